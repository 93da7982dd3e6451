package history

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Previous is the last complete run of a tenant: one that ended, was not
// interrupted, judged everything and read the whole list of exports. Findings
// are compared with it.
type Previous struct {
	Run            int64
	AsOf           time.Time
	SnapshotDigest string
	Earlier        scanner.Earlier

	store  *Store
	priors map[string]episode // failures, by fingerprint
}

// Previous returns the last complete run of a tenant, or nil where there is
// none: then there is nothing to compare with. It is asked before Finish.
func (s *Store) Previous(ctx context.Context, tenant string) (*Previous, error) {
	p, err := s.previous(ctx, s.pool(), text(tenant))
	if p != nil {
		p.Earlier.Tenant = tenant
	}
	return p, s.fail("read the last complete run", err)
}

func (s *Store) previous(ctx context.Context, h handle, tenant string) (*Previous, error) {
	p := &Previous{Earlier: scanner.Earlier{Tenant: tenant, Complete: true}, store: s, priors: map[string]episode{}}
	var err error
	if p.Run, _, err = lastWhole(ctx, h, tenant); err != nil || p.Run == 0 {
		return nil, err
	}
	var collected, asOf string
	_, err = h.one(ctx, "SELECT collected_at, as_of, rules_digest, snapshot_digest FROM run WHERE id = ?", []any{p.Run},
		&collected, &asOf, &p.Earlier.RulesDigest, &p.SnapshotDigest)
	if err != nil {
		return nil, err
	}
	if p.Earlier.CollectedAt, err = parseTime(collected); err != nil {
		return nil, err
	}
	if p.AsOf, err = parseTime(asOf); err != nil {
		return nil, err
	}
	first, err := readHead(ctx, h, p.Run)
	if err != nil {
		return nil, err
	}
	for i := range first.Tenants {
		if text(first.Tenants[i].Name) != tenant {
			continue
		}
		for _, id := range first.Tenants[i].ConfigurationIDs {
			p.Earlier.Exports = append(p.Earlier.Exports, text(id))
		}
	}
	return p, p.readPriors(ctx, h)
}

func (p *Previous) readPriors(ctx context.Context, h handle) error {
	const query = "SELECT " + episodeColumns + " FROM finding WHERE tenant = ? AND first_run <= ? AND (resolved_run IS NULL OR resolved_run > ?)" +
		" ORDER BY export_id, rule, fingerprint, status, id" // a database gives rows in any order
	return h.each(ctx, query, []any{p.Earlier.Tenant, p.Run, p.Run}, func(rows *sql.Rows) error {
		e, err := scanEpisode(rows)
		p.Earlier.Findings = append(p.Earlier.Findings, scanner.Prior{Fingerprint: e.Fingerprint, ExportID: e.Export, RuleID: e.Rule, Status: e.Status})
		if e.Status == scanner.StatusFail {
			p.priors[e.Fingerprint] = e
		}
		return err
	})
}

// Bodies returns failures of the previous run whole, by their fingerprints.
// One that the run itself could not assess has its body in the run where it
// began; where that was pruned, what its row says has to do.
func (p *Previous) Bodies(ctx context.Context, fingerprints []string) (map[string]scanner.Finding, error) {
	bodies := make(map[string]scanner.Finding, len(fingerprints))
	runs := map[int64]bool{}
	for _, id := range fingerprints {
		e := p.priors[id]
		bodies[id] = scanner.Finding{
			RuleID: e.Rule, Severity: scanner.Severity(e.Severity), Status: e.Status, Tenant: p.Earlier.Tenant, ExportID: e.Export,
			Resource: e.Resource, Fingerprint: id, Message: "failed in an earlier run", Reasons: []scanner.Reason{},
			Evidence: []scanner.Location{}, Needs: []string{}, Gaps: []scanner.Gap{}, Controls: []scanner.Control{},
		}
		runs[e.First], runs[p.Run] = true, true
	}
	for _, run := range slices.Sorted(maps.Keys(runs)) { // the previous run comes last, and so counts
		if err := p.bodiesAt(ctx, run, bodies); err != nil {
			return nil, p.store.fail("read findings of the last complete run", err)
		}
	}
	return bodies, nil
}

// bodiesAt replaces bodies by those that a run has. Of a pruned run nothing is
// left.
func (p *Previous) bodiesAt(ctx context.Context, run int64, bodies map[string]scanner.Finding) error {
	var base int64
	h := p.store.pool()
	if _, err := h.one(ctx, "SELECT base FROM run WHERE id = ?", []any{run}, &base); err != nil {
		return err
	}
	return eachFinding(ctx, h, run, base, func(f *scanner.Finding) {
		if _, wanted := bodies[f.Fingerprint]; wanted && f.Status == scanner.StatusFail {
			bodies[f.Fingerprint] = *f
		}
	})
}
