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

// Run is a run that is being recorded. It is not safe for concurrent use.
type Run struct {
	ID      int64
	store   *Store
	info    RunInfo
	number  int    // of the next shard
	tenants []item // results of tenant rules, until the end
	known   *blobIDs
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
	r := &Run{store: s, info: info, release: release, known: newBlobIDs()}
	err = s.within(ctx, "begin a run", func(h handle) error {
		if err := clearDead(ctx, h, names); err != nil {
			return err
		}
		return r.begin(ctx, h, names)
	})
	if err != nil {
		return nil, errors.Join(err, release())
	}
	r.known.next(true)
	return r, nil
}

func (r *Run) begin(ctx context.Context, h handle, names []string) error {
	settings, err := json.Marshal(r.info.Header.Settings, durations(), encoding())
	if err != nil {
		return fmt.Errorf("pack the settings: %w", err)
	}
	p := &packer{store: r.store, h: h}
	d := newDocument(string(settings))
	if err := r.store.intern(ctx, p, []storedDocument{d}, r.known, true); err != nil {
		return err
	}
	id, _ := r.known.get(d.digest)
	const insert = `INSERT INTO run (collected_at, as_of, tool_version, rules_digest, judge_digest, settings, selected)
VALUES (?, ?, ?, ?, '', ?, ?) RETURNING id`
	i := &r.info
	_, err = h.one(ctx, insert, []any{
		formatTime(i.Header.CollectedAt), formatTime(i.AsOf), text(i.Header.ToolVersion), i.RulesDigest, id, flag(i.Selected),
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
	tenant := &r.info.Tenants[position]
	exports := make([]string, len(tenant.ConfigurationIDs))
	for i, id := range tenant.ConfigurationIDs {
		exports[i] = text(id)
	}
	subjects, err := internSubjects(ctx, h, name, exports, true)
	if err != nil {
		return err
	}
	body, err := r.store.packTenant(tenant, exports, subjects)
	if err != nil {
		return err
	}
	return h.exec(ctx, "INSERT INTO run_tenant (run, tenant, position, scheduled_at, listed, previous, rules_changed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		r.ID, name, position, scheduled, flag(tenant.Complete), previous, flag(previous != 0 && rules != r.info.RulesDigest), body)
}

// lastWhole returns a tenant's last complete run with its rules, 0 for none.
func lastWhole(ctx context.Context, h handle, tenant string) (run int64, rules string, err error) {
	_, err = h.one(ctx, `SELECT r.id, r.rules_digest FROM run_tenant t JOIN run r ON r.id = t.run
WHERE t.tenant = ? AND t.whole = 1 AND r.finished = 1 ORDER BY r.id DESC LIMIT 1`, []any{tenant}, &run, &rules)
	return run, rules, err
}

// clearDead undoes runs of these tenants that never ended. Whoever calls it
// holds the lock which such a run would hold if it were alive.
func clearDead(ctx context.Context, h handle, tenants []string) error {
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
	for _, run := range dead {
		if err := undo(ctx, h, run); err != nil {
			return fmt.Errorf("clear away run %d, which never ended: %w", run, err)
		}
	}
	return nil
}

// undo takes back everything that a run wrote, but for documents: nothing
// refers to those, and pruning removes them.
func undo(ctx context.Context, h handle, run int64) error {
	for _, query := range []string{
		"DELETE FROM finding WHERE first_run = ?",
		"UPDATE finding SET resolved_run = NULL, last_run = NULL, ending = '' WHERE resolved_run = ?",
		"DELETE FROM result WHERE from_run = ?",
		"UPDATE result SET to_run = NULL WHERE to_run = ?",
		"DELETE FROM config_version WHERE from_run = ?",
		"UPDATE config_version SET to_run = NULL WHERE to_run = ?",
		"DELETE FROM drift_event WHERE run = ?",
		"DELETE FROM shard WHERE run = ?",
		"DELETE FROM run_tenant WHERE run = ?",
		"DELETE FROM run WHERE id = ?",
	} {
		if err := h.exec(ctx, query, run); err != nil {
			return err
		}
	}
	return nil
}

// Shard records exports in one transaction. All of them count from Finish on.
func (r *Run) Shard(ctx context.Context, entries []Entry) error {
	err := r.store.within(ctx, "record a shard", func(h handle) error {
		return r.store.recordExports(ctx, h, r.ID, r.number, entries, r.known)
	})
	r.known.next(err == nil)
	if err != nil {
		return err
	}
	r.number++
	return nil
}

// Tenant takes the results of the rules about a tenant, to be recorded at the
// end.
func (r *Run) Tenant(tenant *scanner.Tenant, results []scanner.Result) error {
	packed, err := packResults(results, tenant.Gaps)
	if err != nil {
		return fmt.Errorf("tenant %s: %w", tenant.Name, err)
	}
	r.tenants = append(r.tenants, item{tenant: text(tenant.Name), results: packed, judged: slices.Clone(results)})
	return nil
}

// Abandon gives the run up: nothing of it stays. It does nothing after Finish.
func (r *Run) Abandon(ctx context.Context) error {
	if r.release == nil {
		return nil
	}
	release := r.release
	r.release = nil
	err := r.store.within(context.WithoutCancel(ctx), "give a run up", func(h handle) error { return undo(ctx, h, r.ID) })
	return errors.Join(err, release())
}
