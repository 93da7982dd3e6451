package history

import "context"

// Checkpoint moves what was committed from the log into the file.
func (s *Store) Checkpoint(ctx context.Context) error {
	return s.pool().exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}
