package history

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
)

// querier is the common part of a transaction, a connection and a pool.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// handle runs statements that are written with ? on either database.
type handle struct {
	querier
	postgres bool
}

// statement numbers the placeholders for Postgres. In this package, every
// question mark in a statement is a placeholder.
func (h handle) statement(query string) string {
	if !h.postgres {
		return query
	}
	var b strings.Builder
	for number, part := range strings.Split(query, "?") {
		if number > 0 {
			b.WriteString("$" + strconv.Itoa(number))
		}
		b.WriteString(part)
	}
	return b.String()
}

func (h handle) exec(ctx context.Context, query string, args ...any) error {
	_, err := h.count(ctx, query, args...)
	return err
}

// count runs a statement and returns how many rows it changed.
func (h handle) count(ctx context.Context, query string, args ...any) (int64, error) {
	done, err := h.ExecContext(ctx, h.statement(query), args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// each calls a function for every row of an answer. The function scans.
func (h handle) each(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	rows, err := h.QueryContext(ctx, h.statement(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err says why the rows ended
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one scans the first row, and says whether there is one.
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
// databases' limits on parameters, and to plan quickly.
const batch = 500

// list returns n placeholders.
func list(n int) string { return "(" + strings.Repeat("?,", n-1) + "?)" }

// insert adds rows with few statements.
func (h handle) insert(ctx context.Context, into string, rows [][]any) error {
	for part := range slices.Chunk(rows, batch) {
		query := "INSERT INTO " + into + " VALUES " + strings.Repeat(list(len(part[0]))+",", len(part)-1) + list(len(part[0]))
		if err := h.exec(ctx, query, slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

// text makes a name valid UTF-8 without NUL, so that JSON gives it back unchanged.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
