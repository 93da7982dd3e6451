package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Notice is what a destination is to be told. It stays in the history, in its
// outbox, until the destination has it or has refused it.
type Notice struct {
	ID          int64
	Run         int64 // 0: it is about no run that was recorded
	Tenant      string
	Destination string
	Attempts    int64     // to tell it, so far
	Due         time.Time // not before
	Why         string    // what the last attempt said; empty: there was none
}

// Tell has the run's end put a report into the outbox, for a destination: both
// count, or neither.
func (r *Run) Tell(tenant, destination string, report []byte) {
	r.notices = append(r.notices, newNotice(r.ID, tenant, destination, report))
}

// Tell puts a report about no recorded run into the outbox.
func (s *Store) Tell(ctx context.Context, tenant, destination string, report []byte) error {
	return s.within(ctx, "keep a notice", func(h handle) error {
		return h.tell(ctx, [][]any{newNotice(0, tenant, destination, report)})
	})
}

func newNotice(run int64, tenant, destination string, report []byte) []any {
	// A report names most things many times over.
	encoder, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // these options are right
	return []any{run, text(tenant), text(destination), 0, 0, "", encoder.EncodeAll(report, nil)}
}

func (h handle) tell(ctx context.Context, notices [][]any) error {
	for _, n := range notices { // one by one: reports may be large
		if err := h.insert(ctx, "outbox (run, tenant, destination, attempts, due, why, report)", [][]any{n}); err != nil {
			return err
		}
	}
	return nil
}

// Untold returns the outbox, oldest first.
func (s *Store) Untold(ctx context.Context) ([]Notice, error) {
	list := []Notice{}
	err := s.pool().each(ctx, "SELECT id, run, tenant, destination, attempts, due, why FROM outbox ORDER BY id", nil, func(rows *sql.Rows) error {
		var n Notice
		var due int64
		err := rows.Scan(&n.ID, &n.Run, &n.Tenant, &n.Destination, &n.Attempts, &due, &n.Why)
		n.Due = time.Unix(due, 0).UTC()
		list = append(list, n)
		return err
	})
	return list, s.fail("read the outbox", err)
}

// Notice returns the report of a notice. It is ErrNoRun where the outbox has none.
func (s *Store) Notice(ctx context.Context, id int64) ([]byte, error) {
	var data []byte
	found, err := s.pool().one(ctx, "SELECT report FROM outbox WHERE id = ?", []any{id}, &data)
	if err == nil && !found {
		return nil, ErrNoRun
	}
	var report []byte
	if err == nil {
		decoder, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)) // these options are right
		defer decoder.Close()
		report, err = decoder.DecodeAll(data, nil)
	}
	return report, s.fail(fmt.Sprintf("read notice %d", id), err)
}

// Told takes a notice out of the outbox: its destination has it, or refused it.
func (s *Store) Told(ctx context.Context, id int64) error {
	return s.within(ctx, "end a notice", func(h handle) error { return h.exec(ctx, "DELETE FROM outbox WHERE id = ?", id) })
}

// Postpone keeps a notice for another attempt, and why this one failed.
func (s *Store) Postpone(ctx context.Context, id int64, due time.Time, why string) error {
	return s.within(ctx, "postpone a notice", func(h handle) error {
		return h.exec(ctx, "UPDATE outbox SET attempts = attempts + 1, due = ?, why = ? WHERE id = ?", due.Unix(), text(why), id)
	})
}
