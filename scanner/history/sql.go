package history

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// querier is what a transaction, a connection and a pool have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// handle runs statements that are written with ? on either database.
type handle struct {
	querier
	postgres bool
	// prepared keeps a transaction's statements: long ones take SQLite longer
	// to parse than to run. Nil outside of transactions; pgx keeps its own.
	prepared map[string]*sql.Stmt
}

// prepare returns the statement as one to run, or nil where there is nothing
// to gain. Transactions close theirs.
func (h handle) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	tx, ok := h.querier.(*sql.Tx)
	if !ok || h.prepared == nil {
		return nil, nil
	}
	if stmt := h.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := tx.PrepareContext(ctx, query)
	if err == nil {
		h.prepared[query] = stmt
	}
	return stmt, err
}

// statement numbers the placeholders as Postgres wants them. No statement of
// this package holds a question mark that is none.
func (h handle) statement(query string) string {
	if !h.postgres {
		return query
	}
	var b strings.Builder
	number := 0
	for i := range len(query) {
		if query[i] != '?' {
			b.WriteByte(query[i])
			continue
		}
		number++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(number))
	}
	return b.String()
}

func (h handle) exec(ctx context.Context, query string, args ...any) error {
	_, err := h.count(ctx, query, args...)
	return err
}

// count runs a statement and returns how many rows it changed.
func (h handle) count(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := h.prepare(ctx, query) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return 0, err
	}
	var done sql.Result
	if stmt != nil {
		done, err = stmt.ExecContext(ctx, args...)
	} else {
		done, err = h.ExecContext(ctx, h.statement(query), args...)
	}
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

func (h handle) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	stmt, err := h.prepare(ctx, query) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return nil, err
	}
	if stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return h.QueryContext(ctx, h.statement(query), args...)
}

// each calls a function for every row of an answer. The function scans.
func (h handle) each(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	rows, err := h.query(ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err tells what ended the rows
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one scans the first row and says whether there was one.
func (h handle) one(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	found := false
	err := h.each(ctx, query, args, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(into...)
	})
	return found, err
}

// batch is how many rows or keys one statement holds: few enough for both
// databases' limits on parameters, and for plans that are made anew.
const batch = 500

// list is the text of n placeholders for IN.
func list(n int) string { return "(" + strings.Repeat("?,", n-1) + "?)" }

// insert adds rows with few statements.
func (h handle) insert(ctx context.Context, into string, rows [][]any) error {
	for len(rows) > 0 {
		part := rows[:min(batch, len(rows))]
		rows = rows[len(part):]
		args := make([]any, 0, len(part)*len(part[0]))
		for _, row := range part {
			args = append(args, row...)
		}
		query := "INSERT INTO " + into + " VALUES " + strings.Repeat(list(len(part[0]))+",", len(part)-1) + list(len(part[0]))
		if err := h.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// chunks calls a function with the keys as arguments, batch by batch.
func chunks[K any](keys []K, do func(in string, args []any) error) error {
	for len(keys) > 0 {
		part := keys[:min(batch, len(keys))]
		keys = keys[len(part):]
		args := make([]any, len(part))
		for i := range part {
			args[i] = part[i]
		}
		if err := do(list(len(part)), args); err != nil {
			return err
		}
	}
	return nil
}

// flag is how both databases hold a truth.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// text makes a string fit for a column: Postgres takes neither NUL nor what is
// not UTF-8. Records keep the original.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
