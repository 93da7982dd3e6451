package history

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Checkpoint moves what was committed from the write-ahead log into the file.
func (s *Store) Checkpoint(ctx context.Context) error {
	return s.pool().exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}

// Unfinished counts the runs that were begun and did not end.
func (s *Store) Unfinished(ctx context.Context) (n int64, err error) {
	_, err = s.pool().one(ctx, "SELECT COUNT(*) FROM recording", nil, &n)
	return n, err
}

// LimitPages makes the file full after some more pages.
func (s *Store) LimitPages(ctx context.Context, more int64) error {
	s.db.SetMaxOpenConns(1) // the limit is a connection's
	var n int64
	if _, err := s.pool().one(ctx, "PRAGMA page_count", nil, &n); err != nil {
		return err
	}
	return s.pool().exec(ctx, "PRAGMA max_page_count = "+strconv.FormatInt(n+more, 10))
}

// WithoutKeys alters a history behind its back, foreign keys or not.
func (s *Store) WithoutKeys(ctx context.Context, query string) error {
	s.db.SetMaxOpenConns(1)
	off, on := "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"
	if s.postgres {
		off, on = "SET session_replication_role = replica", "SET session_replication_role = DEFAULT"
	}
	for _, q := range []string{off, query, on} {
		if err := s.pool().exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Column is a column of one of the history's tables.
type Column struct{ Table, Name, Type string }

// Columns returns the columns of all tables.
func (s *Store) Columns(ctx context.Context) (columns []Column, err error) {
	query := `SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' ORDER BY m.name, c.cid`
	if s.postgres {
		query = `SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%' ORDER BY table_name, ordinal_position`
	}
	err = s.pool().each(ctx, query, nil, func(rows *sql.Rows) error {
		var c Column
		err := rows.Scan(&c.Table, &c.Name, &c.Type)
		columns = append(columns, c)
		return err
	})
	return columns, err
}

// Values are expressions that alter the column.
func (c Column) Values() []string {
	other := "(SELECT " + c.Name + " FROM " + c.Table + " x WHERE x." + c.Name + " IS NOT NULL AND x." + c.Name + " <> " + c.Table + "." + c.Name + " LIMIT 1)"
	switch strings.ToLower(c.Type) {
	case "integer", "bigint":
		return []string{c.Name + " + 1", c.Name + " - 1", "0", "NULL", "2", other}
	case "text":
		return []string{c.Name + " || 'x'", "''", other}
	default:
		return []string{"''", other}
	}
}

// LeaveBehind leaves in the history what a killed run leaves.
func (s *Store) LeaveBehind(ctx context.Context, run int64) error {
	for _, query := range []string{
		`INSERT INTO recording (run, base, tenants) VALUES (?, 0, '["acme"]')`,
		"INSERT INTO part (run, kind, number, digest, data) SELECT ?, kind, number, digest, data FROM part WHERE run = 5 AND kind IN ('index', 'documents')",
		"INSERT INTO document (digest, run, number, position) SELECT digest, ?, number, position FROM document WHERE run = 5",
	} {
		if err := s.pool().exec(ctx, query, run); err != nil {
			return err
		}
	}
	return nil
}

// SomeRows returns conditions, each for one row of a table: all rows of most
// tables.
func (s *Store) SomeRows(t *testing.T, table string) (where []string) {
	t.Helper()
	id, most := "rowid", 60
	if s.postgres {
		id, most = "ctid", 5 // a server takes longer for each
	}
	if table == "document" {
		id, most = "digest", min(most, 12)
	}
	var n int
	if _, err := s.pool().one(t.Context(), "SELECT COUNT(*) FROM "+table, nil, &n); err != nil {
		t.Fatal(err)
	}
	for i := range min(n, most) {
		where = append(where, fmt.Sprintf(" WHERE %[1]s = (SELECT %[1]s FROM %[2]s ORDER BY %[1]s LIMIT 1 OFFSET %[3]d)", id, table, i*n/min(n, most)))
	}
	return where
}

// Alter runs a statement that changes a table, keys or not, calls a function,
// and puts the table back. It returns how many rows the statement changed; the
// error is that of the statement, which the database may refuse.
func (s *Store) Alter(t *testing.T, table, query string, do func()) (changed int64, refused error) {
	t.Helper()
	s.db.SetMaxOpenConns(1)
	must := func(query string) {
		t.Helper()
		if err := s.pool().exec(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if s.postgres {
		must("SET session_replication_role = replica")
	} else {
		must("PRAGMA foreign_keys = OFF")
		must("PRAGMA synchronous = OFF") // this file need not survive a loss of power
	}
	// A copy, not a transaction: a pool drops a connection that has one open.
	must("CREATE TEMPORARY TABLE kept AS SELECT * FROM " + table)
	changed, refused = s.pool().count(t.Context(), query)
	if refused == nil && changed > 0 {
		do()
	}
	must("DELETE FROM " + table)
	must("INSERT INTO " + table + " SELECT * FROM kept")
	must("DROP TABLE kept")
	return changed, refused
}

// ContentBytes are those of all parts of all runs.
func (s *Store) ContentBytes(ctx context.Context) (n int64, err error) {
	_, err = s.pool().one(ctx, "SELECT SUM(LENGTH(data)) FROM part", nil, &n)
	return n, err
}
