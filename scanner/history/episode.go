package history

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// The ways in which an episode ends.
const (
	EndResolved = "resolved" // the rule was assessed, and no longer finds it
	EndGone     = "gone"     // the export was deleted
	// EndRules: it ended in the first run with other rules, so that nobody
	// knows whether the world changed.
	EndRules = "rules"
)

// episode is a row of finding: one finding from the run that first had it to
// the one that no longer did. A failure's episode goes on while the rule can
// not be assessed; an unknown's own episode then runs beside it.
//
// As JSON it is also a line of a shard's episodes: what the run began or ended.
type episode struct {
	id          int64
	Tenant      string         `json:"tenant"`
	Export      string         `json:"export"` // empty: the finding is about the tenant
	Fingerprint string         `json:"fingerprint"`
	Rule        string         `json:"rule"`
	Severity    string         `json:"severity"`
	Status      scanner.Status `json:"status"`
	Resource    string         `json:"resource"`
	First       int64          `json:"first"`
	Last        int64          `json:"last"`     // the last complete run that had it; 0: none, or it goes on
	Resolved    int64          `json:"resolved"` // 0: it goes on
	Ending      string         `json:"ending"`
}

const episodeColumns = "id, tenant, export_id, fingerprint, rule, severity, status, resource, first_run, last_run, resolved_run, ending"

func scanEpisode(rows *sql.Rows) (episode, error) {
	var e episode
	var fingerprint []byte
	var last, resolved sql.NullInt64
	err := rows.Scan(&e.id, &e.Tenant, &e.Export, &fingerprint, &e.Rule, &e.Severity, (*string)(&e.Status), &e.Resource, &e.First, &last, &resolved, &e.Ending)
	e.Fingerprint, e.Last, e.Resolved = hex.EncodeToString(fingerprint), last.Int64, resolved.Int64
	if resolved.Valid && resolved.Int64 == 0 {
		e.Resolved = -1 // no run writes this, and it is not the same as none
	}
	return e, err
}

// fingerprintBytes is how a fingerprint is stored.
func fingerprintBytes(fingerprint string) []byte {
	raw, err := hex.DecodeString(fingerprint)
	if err != nil {
		return []byte(fingerprint)
	}
	return raw
}

// outlook is what ends episodes in one tenant.
type outlook struct {
	previous     int64 // the last complete run; 0: none
	rulesChanged bool  // since then
}

// identity tells the open episodes of one subject apart.
type identity struct {
	fingerprint string
	status      scanner.Status
}

// judge compares a subject's open episodes with its results, and returns those
// that begin and those that end.
func (o outlook) judge(open []episode, it *item) (begun, ended []episode) {
	now := map[identity]bool{}
	unassessed := map[string]bool{} // fingerprints
	known := map[identity]bool{}
	for i := range open {
		known[identity{open[i].Fingerprint, open[i].Status}] = true
	}
	for i := range it.results {
		for j := range it.results[i].Findings {
			f := &it.results[i].Findings[j]
			id := identity{hex.EncodeToString(fingerprintBytes(f.Fingerprint)), f.Status}
			if f.Status == scanner.StatusUnknown || f.Status == scanner.StatusError {
				unassessed[id.fingerprint] = true
			}
			if !now[id] && !known[id] {
				begun = append(begun, episode{
					Tenant: it.tenant, Export: it.export, Fingerprint: id.fingerprint, Rule: text(f.RuleID), Severity: string(f.Severity),
					Status: f.Status, Resource: text(f.Resource),
				})
			}
			now[id] = true
		}
	}
	if len(open) == 0 {
		return begun, nil
	}
	statuses := statusesByRule(it.results)
	for _, e := range open {
		if !it.gone && now[identity{e.Fingerprint, e.Status}] {
			continue
		}
		status, ran := statuses[e.Rule]
		assessed := ran && status != scanner.StatusUnknown && status != scanner.StatusError && !unassessed[e.Fingerprint]
		if e.Ending = o.ending(&e, it.gone, ran, assessed); e.Ending != "" {
			e.Last = o.previous
			ended = append(ended, e)
		}
	}
	return begun, ended
}

// ending is how an episode ends whose finding is not there any more; empty: it
// goes on.
func (o outlook) ending(e *episode, gone, ran, assessed bool) string {
	switch {
	case gone:
		return EndGone
	case !ran && !o.rulesChanged:
		return "" // the rule was not selected
	case e.Status == scanner.StatusFail && ran && !assessed:
		return "" // nobody could look whether it still fails
	case o.rulesChanged:
		return EndRules
	default:
		return EndResolved
	}
}

// statusesByRule are a subject's statuses by rule.
func statusesByRule(results []scanner.Result) map[string]scanner.Status {
	statuses := make(map[string]scanner.Status, len(results))
	for i := range results {
		statuses[results[i].RuleID] = results[i].Status
	}
	return statuses
}

// outlooksOf are what ends episodes in each tenant of a run.
func outlooksOf(ctx context.Context, h handle, run int64) (map[string]outlook, error) {
	outlooks := map[string]outlook{}
	err := h.each(ctx, "SELECT tenant, previous, rules_changed FROM run_tenant WHERE run = ?", []any{run}, func(rows *sql.Rows) error {
		var tenant string
		var o outlook
		var changed int64
		err := rows.Scan(&tenant, &o.previous, &changed)
		o.rulesChanged = changed != 0
		outlooks[tenant] = o
		return err
	})
	return outlooks, err
}

// openEpisodes returns the open episodes of a shard's subjects.
func openEpisodes(ctx context.Context, h handle, items []item) (map[[2]string][]episode, error) {
	exports := map[string][]string{} // by tenant
	for i := range items {
		exports[items[i].tenant] = append(exports[items[i].tenant], items[i].export)
	}
	open := map[[2]string][]episode{}
	for tenant, ids := range exports {
		err := chunks(ids, func(in string, args []any) error {
			return h.each(ctx, "SELECT "+episodeColumns+" FROM finding WHERE resolved_run IS NULL AND tenant = ? AND export_id IN "+in,
				append([]any{tenant}, args...), func(rows *sql.Rows) error {
					e, err := scanEpisode(rows)
					subject := [2]string{e.Tenant, e.Export}
					open[subject] = append(open[subject], e)
					return err
				})
		})
		if err != nil {
			return nil, err
		}
	}
	return open, nil
}

// recordEpisodes writes what a shard began and ended, and returns it in one
// order.
func recordEpisodes(ctx context.Context, h handle, run int64, items []item) ([]episode, error) {
	outlooks, err := outlooksOf(ctx, h, run)
	if err != nil {
		return nil, err
	}
	open, err := openEpisodes(ctx, h, items)
	if err != nil {
		return nil, err
	}
	var begun, ended []episode
	for i := range items {
		it := &items[i]
		o, ok := outlooks[it.tenant]
		if !ok {
			return nil, fmt.Errorf("export %s belongs to tenant %s, which the run does not have", it.export, it.tenant)
		}
		b, e := o.judge(open[[2]string{it.tenant, it.export}], it)
		begun, ended = append(begun, b...), append(ended, e...)
	}
	rows := make([][]any, len(begun))
	for i := range begun {
		e := &begun[i]
		e.First = run
		rows[i] = []any{e.Tenant, e.Export, fingerprintBytes(e.Fingerprint), e.Rule, e.Severity, string(e.Status), e.Resource, run}
	}
	if err := endEpisodes(ctx, h, run, ended); err != nil {
		return nil, err
	}
	return append(begun, ended...), h.insert(ctx, "finding (tenant, export_id, fingerprint, rule, severity, status, resource, first_run)", rows)
}

// endEpisodes ends together those that end in the same way.
func endEpisodes(ctx context.Context, h handle, run int64, ended []episode) error {
	type end struct {
		last   int64
		ending string
	}
	ids := map[end][]int64{}
	for i := range ended {
		e := &ended[i]
		e.Resolved = run
		k := end{e.Last, e.Ending}
		ids[k] = append(ids[k], e.id)
	}
	for k, list := range ids {
		err := chunks(list, func(in string, args []any) error {
			return h.exec(ctx, "UPDATE finding SET resolved_run = ?, last_run = ?, ending = ? WHERE id IN "+in,
				append([]any{run, sql.NullInt64{Int64: k.last, Valid: k.last != 0}, k.ending}, args...)...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
