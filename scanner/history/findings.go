package history

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Filter says which episodes Findings returns. An empty field passes all.
type Filter struct {
	// Run is the run as of whose end is asked; 0: each tenant's last.
	Run         int64
	Tenant      string
	ExportID    string
	Rule        string
	Severity    scanner.Severity
	Status      scanner.Status
	Fingerprint string // or its beginning
	// Ended includes episodes that are over.
	Ended bool
}

// Episode is one finding from the run that first had it to the one that no
// longer did.
type Episode struct {
	Tenant      string           `json:"tenant"`
	ExportID    string           `json:"exportId,omitempty"` // empty: the finding is about the tenant
	Rule        string           `json:"ruleId"`
	Severity    scanner.Severity `json:"severity"`
	Status      scanner.Status   `json:"status"`
	Resource    string           `json:"resource"`
	Fingerprint string           `json:"fingerprint"`
	FirstRun    int64            `json:"firstRun"`
	FirstSeen   time.Time        `json:"firstSeen"`
	// LastRun is the last complete run of an episode that ended; 0: there was
	// none before its end, or it goes on.
	LastRun int64 `json:"lastRun,omitzero"`
	// ResolvedRun is the run that no longer had it; 0: it goes on.
	ResolvedRun int64     `json:"resolvedRun,omitzero"`
	ResolvedAt  time.Time `json:"resolvedAt,omitzero"`
	Ending      string    `json:"ending,omitempty"` // one of the End constants; empty: it goes on
}

// Findings returns episodes, sorted by tenant, export, severity, rule and
// beginning.
func (s *Store) Findings(ctx context.Context, f Filter) ([]Episode, error) {
	h := s.pool()
	ends, err := lastRuns(ctx, h, f.Run)
	if err != nil {
		return nil, s.fail("read findings", err)
	}
	times, err := runTimes(ctx, h)
	if err != nil {
		return nil, s.fail("read findings", err)
	}
	if f.Run != 0 && len(ends) == 0 {
		return nil, s.fail("read findings", ErrNoRun)
	}
	episodes := []Episode{}
	for tenant, run := range ends {
		if f.Tenant != "" && f.Tenant != tenant {
			continue
		}
		found, err := f.read(ctx, h, tenant, run, times)
		if err != nil {
			return nil, s.fail("read findings", err)
		}
		episodes = append(episodes, found...)
	}
	// The tenants come from a map.
	slices.SortFunc(episodes, func(a, b Episode) int {
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ExportID, b.ExportID), cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
			strings.Compare(a.Rule, b.Rule), strings.Compare(a.Resource, b.Resource), strings.Compare(a.Fingerprint, b.Fingerprint),
			cmp.Compare(a.FirstRun, b.FirstRun), cmp.Compare(a.Status, b.Status))
	})
	return episodes, nil
}

// lastRuns are the tenants' last runs that ended, or the one that is asked for.
func lastRuns(ctx context.Context, h handle, run int64) (map[string]int64, error) {
	query, args := "SELECT t.tenant, MAX(r.id) FROM run_tenant t JOIN run r ON r.id = t.run WHERE r.finished = 1", []any(nil)
	if run != 0 {
		query, args = query+" AND r.id = ?", []any{run}
	}
	ends := map[string]int64{}
	err := h.each(ctx, query+" GROUP BY t.tenant", args, func(rows *sql.Rows) error {
		var tenant string
		var id int64
		err := rows.Scan(&tenant, &id)
		ends[tenant] = id
		return err
	})
	return ends, err
}

func runTimes(ctx context.Context, h handle) (map[int64]time.Time, error) {
	times := map[int64]time.Time{}
	err := h.each(ctx, "SELECT id, collected_at FROM run", nil, func(rows *sql.Rows) error {
		var id int64
		var collected string
		if err := rows.Scan(&id, &collected); err != nil {
			return err
		}
		at, err := parseTime(collected)
		times[id] = at
		return err
	})
	return times, err
}

func (f *Filter) read(ctx context.Context, h handle, tenant string, run int64, times map[int64]time.Time) ([]Episode, error) {
	query := "SELECT " + episodeColumns + " FROM finding WHERE tenant = ? AND first_run <= ?"
	args := []any{tenant, run}
	if !f.Ended {
		query += " AND (resolved_run IS NULL OR resolved_run > ?)"
		args = append(args, run)
	}
	for _, c := range []struct{ column, value string }{
		{"export_id", f.ExportID}, {"rule", f.Rule}, {"severity", string(f.Severity)}, {"status", string(f.Status)},
	} {
		if c.value != "" {
			query += " AND " + c.column + " = ?"
			args = append(args, c.value)
		}
	}
	var episodes []Episode
	err := h.each(ctx, query, args, func(rows *sql.Rows) error {
		e, err := scanEpisode(rows)
		if err == nil && strings.HasPrefix(e.Fingerprint, f.Fingerprint) {
			episodes = append(episodes, e.show(run, times))
		}
		return err
	})
	return episodes, err
}

// show is the episode as it stood at the end of a run.
func (e *episode) show(run int64, times map[int64]time.Time) Episode {
	shown := Episode{
		Tenant: e.Tenant, ExportID: e.Export, Rule: e.Rule, Severity: scanner.Severity(e.Severity), Status: e.Status, Resource: e.Resource,
		Fingerprint: e.Fingerprint, FirstRun: e.First, FirstSeen: times[e.First],
	}
	if e.Resolved != 0 && e.Resolved <= run {
		shown.LastRun, shown.ResolvedRun, shown.ResolvedAt, shown.Ending = e.Last, e.Resolved, times[e.Resolved], e.Ending
	}
	return shown
}
