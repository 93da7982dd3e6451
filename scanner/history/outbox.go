package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner/history/internal/delta"
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

// Tell has the run's end put a report into the outbox, for each destination: all
// count, or none.
func (r *Run) Tell(tenant string, destinations []string, report []byte) error {
	rows, err := notices(r.ID, tenant, destinations, report)
	r.notices = append(r.notices, rows...)
	return err
}

// Tell puts a report about no recorded run into the outbox, for each destination.
func (s *Store) Tell(ctx context.Context, tenant string, destinations []string, report []byte) error {
	rows, err := notices(0, tenant, destinations, report)
	if err != nil {
		return s.fail("keep a notice", err)
	}
	return s.within(ctx, "keep a notice", func(h handle) error { return h.tell(ctx, rows) })
}

// notices are rows of the outbox.
func notices(run int64, tenant string, destinations []string, report []byte) ([][]any, error) {
	packed, err := delta.Compress(report, nil) // it names most things many times over
	rows := make([][]any, len(destinations))
	for i, destination := range destinations {
		rows[i] = []any{run, text(tenant), text(destination), 0, 0, "", packed}
	}
	return rows, err
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
		report, err = delta.Decompress(data, nil)
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
