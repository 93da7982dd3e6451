package history

import (
	"context"
	"strconv"
)

// Checkpoint moves what was committed from the log into the file.
func (s *Store) Checkpoint(ctx context.Context) error {
	return s.pool().exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}

// Unfinished counts the runs that were begun and did not end.
func (s *Store) Unfinished(ctx context.Context) (n int64, err error) {
	_, err = s.pool().one(ctx, "SELECT COUNT(*) FROM run WHERE finished = 0", nil, &n)
	return n, err
}

// LimitPages has the file be full when it has some more pages.
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
