package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// RunInfo is what is known of a run at its beginning.
type RunInfo struct {
	Header  scanner.Header
	Tenants []scanner.Tenant // as the snapshot lists them, in its order
	// AsOf is the time for which everything is judged.
	AsOf time.Time
	// RulesDigest is the digest of the rules.
	RulesDigest string
	// Selected says that only some exports or rules are judged. Later runs are
	// not compared with such a run, and its snapshot cannot be read back.
	Selected bool
}

// Run is a run that is being recorded. It is not safe for concurrent use.
type Run struct {
	ID      int64
	store   *Store
	info    RunInfo
	names   []string // of the tenants
	number  int64    // of the next shard
	notices [][]any  // rows of the outbox
	release func() error
}

// BeginRun begins a run once no other run of the same tenants is being
// recorded, and removes what a killed run left behind. The caller ends it with
// Finish or Abandon. The error is ErrBusy when the other run does not end in
// time, and ErrRecorded when a tenant has a run of the same time.
func (s *Store) BeginRun(ctx context.Context, info RunInfo) (*Run, error) {
	r := &Run{store: s, info: info, names: make([]string, len(info.Tenants))}
	for i := range info.Tenants {
		r.names[i] = text(info.Tenants[i].Name)
	}
	release, err := s.lock(ctx, r.names)
	if err != nil {
		return nil, err
	}
	r.release = release
	if err := s.within(ctx, "begin a run", func(h handle) error { return r.begin(ctx, h) }); err != nil {
		return nil, errors.Join(err, release())
	}
	return r, nil
}

func (r *Run) begin(ctx context.Context, h handle) error {
	if err := h.clearDead(ctx, r.names); err != nil {
		return err
	}
	b, err := readBook(ctx, h)
	if err != nil {
		return err
	}
	for _, run := range b.runs {
		for _, name := range run.Tenants {
			if run.CollectedAt.Equal(r.info.Header.CollectedAt) && slices.Contains(r.names, name) {
				return &Error{
					Name: r.store.name, Problem: fmt.Sprintf("tenant %s has run %d for %s", name, run.ID, run.CollectedAt.Format(time.RFC3339)),
					Advice: "nothing was recorded", Err: ErrRecorded,
				}
			}
		}
	}
	base := int64(0)
	if len(r.names) > 0 {
		base = b.keyRun(r.names[0])
	}
	tenants, err := json.Marshal(r.names, body.Options())
	if err != nil {
		return fmt.Errorf("pack names of tenants: %w", err)
	}
	_, err = h.one(ctx, "INSERT INTO recording (base, tenants) VALUES (?, ?) RETURNING run", []any{base, string(tenants)}, &r.ID)
	return err
}

// clearDead undoes runs of these tenants that never ended; nil: of all tenants.
// The caller holds the lock that such a run would hold if it were alive.
func (h handle) clearDead(ctx context.Context, tenants []string) error {
	var dead []int64
	err := h.each(ctx, "SELECT run, tenants FROM recording", nil, func(rows *sql.Rows) error {
		var run int64
		var encoded string
		if err := rows.Scan(&run, &encoded); err != nil {
			return err
		}
		var names []string
		if err := json.Unmarshal([]byte(encoded), &names); err != nil {
			return fmt.Errorf("tenants of run %d: %w", run, err)
		}
		if tenants == nil || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(tenants, n) }) {
			dead = append(dead, run)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, run := range dead {
		if err := h.undo(ctx, run); err != nil {
			return fmt.Errorf("clear away run %d, which never ended: %w", run, err)
		}
	}
	return nil
}

// undo removes everything that a run wrote. No other run refers to it.
func (h handle) undo(ctx context.Context, run int64) error {
	for _, table := range []string{"part", "document", "recording"} {
		if err := h.exec(ctx, "DELETE FROM "+table+" WHERE run = ?", run); err != nil {
			return err
		}
	}
	return nil
}

// Shard records exports in one transaction. They count from Finish on.
func (r *Run) Shard(ctx context.Context, records []*scanner.Record) error {
	err := r.store.within(ctx, "record a shard", func(h handle) error { return h.recordShard(ctx, r.ID, r.number, records) })
	if err == nil {
		r.number++
	}
	return err
}

// Abandon removes the run. It does nothing after Finish.
func (r *Run) Abandon(ctx context.Context) error {
	if r.release == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := r.store.within(ctx, "give a run up", func(h handle) error { return h.undo(ctx, r.ID) })
	return errors.Join(err, r.end())
}

// end releases the lock.
func (r *Run) end() error {
	release := r.release
	r.release = nil
	return release()
}
