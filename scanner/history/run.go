package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// RunInfo is what is known of a run when it begins.
type RunInfo struct {
	Header  scanner.Header
	Tenants []scanner.Tenant // as the snapshot lists them, in its order
	// ScheduledAt is the time that the run stands for; zero: Header.CollectedAt.
	// A tenant has one run for each.
	ScheduledAt time.Time
	// AsOf is the time as of which everything is judged.
	AsOf time.Time
	// RulesDigest is that of the rules.
	RulesDigest string
	// Selected says that only some exports or rules are judged. Such a run is
	// nothing to compare later runs with, and its snapshot does not come back.
	Selected bool
}

// Run is a run that is being recorded. It is not safe for concurrent use, but
// need not be used by the goroutine that judges.
type Run struct {
	ID      int64
	store   *Store
	info    RunInfo
	number  int    // of the next shard
	tenants []item // results of tenant rules, until the end
	known   *known
	release func() error
}

// BeginRun begins a run, after any other of the same tenants has ended, and
// clears away what a run left behind that was killed. The caller ends it with
// Finish or Abandon. It is ErrBusy when the other run does not end in time, and
// ErrRecorded when a tenant has a run of the same scheduled time.
func (s *Store) BeginRun(ctx context.Context, info RunInfo) (*Run, error) {
	if info.ScheduledAt.IsZero() {
		info.ScheduledAt = info.Header.CollectedAt
	}
	names := make([]string, len(info.Tenants))
	for i := range info.Tenants {
		names[i] = text(info.Tenants[i].Name)
	}
	release, err := s.lock(ctx, names)
	if err != nil {
		return nil, err
	}
	r := &Run{store: s, info: info, release: release, known: newKnown()}
	err = s.within(ctx, "begin a run", func(h handle) error {
		if err := s.clearDead(ctx, h, names); err != nil {
			return err
		}
		return r.begin(ctx, h, names)
	})
	if err != nil {
		return nil, errors.Join(err, release())
	}
	return r, nil
}

func (r *Run) begin(ctx context.Context, h handle, names []string) error {
	base := int64(0)
	if len(names) > 0 {
		var err error
		if base, err = keyRun(ctx, h, names[0]); err != nil {
			return err
		}
	}
	packed, err := packHead(ctx, h, &r.info, base)
	if err != nil {
		return err
	}
	const insert = `INSERT INTO run (collected_at, as_of, tool_version, rules_digest, selected, base, head) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`
	i := &r.info
	_, err = h.one(ctx, insert, []any{
		formatTime(i.Header.CollectedAt), formatTime(i.AsOf), text(i.Header.ToolVersion), i.RulesDigest, flag(i.Selected), base, packed,
	}, &r.ID)
	if err != nil {
		return err
	}
	for position, name := range names {
		if err := r.beginTenant(ctx, h, position, name); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) beginTenant(ctx context.Context, h handle, position int, name string) error {
	scheduled := formatTime(r.info.ScheduledAt)
	var other int64
	found, err := h.one(ctx, "SELECT run FROM run_tenant WHERE tenant = ? AND scheduled_at = ?", []any{name, scheduled}, &other)
	if err != nil {
		return err
	}
	if found {
		return &Error{
			Name: r.store.name, Problem: fmt.Sprintf("tenant %s has run %d for %s", name, other, r.info.ScheduledAt.UTC().Format(time.RFC3339)),
			Advice: "nothing was recorded", Err: ErrRecorded,
		}
	}
	previous, rules, err := lastWhole(ctx, h, name)
	if err != nil {
		return err
	}
	return h.exec(ctx, "INSERT INTO run_tenant (run, tenant, position, scheduled_at, listed, previous, rules_changed) VALUES (?, ?, ?, ?, ?, ?, ?)",
		r.ID, name, position, scheduled, flag(r.info.Tenants[position].Complete), previous, flag(previous != 0 && rules != r.info.RulesDigest))
}

// lastWhole returns a tenant's last complete run with its rules, 0 for none.
func lastWhole(ctx context.Context, h handle, tenant string) (run int64, rules string, err error) {
	_, err = h.one(ctx, `SELECT r.id, r.rules_digest FROM run_tenant t JOIN run r ON r.id = t.run
WHERE t.tenant = ? AND t.whole = 1 AND r.finished = 1 ORDER BY r.id DESC LIMIT 1`, []any{tenant}, &run, &rules)
	return run, rules, err
}

// clearDead undoes runs of these tenants that never ended. Whoever calls it
// holds the lock which such a run would hold if it were alive.
func (s *Store) clearDead(ctx context.Context, h handle, tenants []string) error {
	var dead []int64
	err := chunks(tenants, func(in string, args []any) error {
		return h.each(ctx, "SELECT DISTINCT r.id FROM run r JOIN run_tenant t ON t.run = r.id WHERE r.finished = 0 AND t.tenant IN "+in, args,
			func(rows *sql.Rows) error {
				var id int64
				err := rows.Scan(&id)
				dead = append(dead, id)
				return err
			})
	})
	if err != nil {
		return err
	}
	for _, run := range slices.Compact(slices.Sorted(slices.Values(dead))) {
		if err := s.undo(ctx, h, run); err != nil {
			return fmt.Errorf("clear away run %d, which never ended: %w", run, err)
		}
	}
	return nil
}

// abandonedEntry is what the ledger says of a run that never ended.
type abandonedEntry struct {
	Batches string `json:"batches"` // digest over the rows' digests
}

// undo takes back everything that a run wrote, but for documents: another run
// may refer to them by now. The ledger covers those, and pruning removes them.
func (s *Store) undo(ctx context.Context, h handle, run int64) error {
	for _, query := range []string{
		"DELETE FROM finding WHERE first_run = ?",
		"UPDATE finding SET resolved_run = NULL, last_run = NULL, ending = '' WHERE resolved_run = ?",
		"DELETE FROM shard WHERE run = ?",
		"DELETE FROM run_tenant WHERE run = ?",
		"DELETE FROM run WHERE id = ?",
	} {
		if err := h.exec(ctx, query, run); err != nil {
			return err
		}
	}
	var left int64
	if _, err := h.one(ctx, "SELECT COUNT(*) FROM batch WHERE run = ?", []any{run}, &left); err != nil || left == 0 {
		return err
	}
	if err := s.lockLedger(ctx, h); err != nil {
		return err
	}
	digest, err := batchesOf(ctx, h, run)
	if err != nil {
		return err
	}
	_, err = appendLedger(ctx, h, ledger.Abandoned, run, abandonedEntry{digest})
	return err
}

// Shard records exports in one transaction. All of them count from Finish on.
func (r *Run) Shard(ctx context.Context, entries []Entry) error {
	err := r.store.within(ctx, "record a shard", func(h handle) error {
		return r.store.recordExports(ctx, h, r.ID, r.number, entries, r.known)
	})
	r.known.next(err == nil)
	if err == nil {
		r.number++
	}
	return err
}

// Tenant takes the results of the rules about a tenant, to be recorded at the
// end.
func (r *Run) Tenant(tenant *scanner.Tenant, results []scanner.Result) error {
	r.tenants = append(r.tenants, item{tenant: text(tenant.Name), results: slices.Clone(results)})
	return nil
}

// Abandon gives the run up: nothing of it stays. It does nothing after Finish.
func (r *Run) Abandon(ctx context.Context) error {
	if r.release == nil {
		return nil
	}
	release := r.release
	r.release = nil
	err := r.store.within(context.WithoutCancel(ctx), "give a run up", func(h handle) error {
		return r.store.undo(context.WithoutCancel(ctx), h, r.ID)
	})
	return errors.Join(err, release())
}
