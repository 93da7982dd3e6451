package history

import (
	"context"
	"database/sql"
	"encoding/hex"
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
	priors map[string]prior // by fingerprint
}

// prior is a finding of the previous run, as far as its body is concerned.
type prior struct {
	scanner.Prior
	subject, first int64
	severity       scanner.Severity
	resource       string
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
	p := &Previous{Earlier: scanner.Earlier{Tenant: tenant, Complete: true}, store: s, priors: map[string]prior{}}
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
	if err := p.readExports(ctx, h); err != nil {
		return nil, err
	}
	return p, p.readPriors(ctx, h)
}

func (p *Previous) readExports(ctx context.Context, h handle) error {
	var body []byte
	if _, err := h.one(ctx, "SELECT body FROM run_tenant WHERE run = ? AND tenant = ?", []any{p.Run, p.Earlier.Tenant}, &body); err != nil {
		return err
	}
	kept, err := p.store.unpackTenant(body)
	if err != nil {
		return err
	}
	names, err := exportNames(ctx, h, p.Earlier.Tenant)
	for _, id := range kept.subjects {
		p.Earlier.Exports = append(p.Earlier.Exports, names[id])
	}
	return err
}

func (p *Previous) readPriors(ctx context.Context, h handle) error {
	const query = `SELECT f.subject, f.fingerprint, f.rule, f.severity, f.status, f.resource, f.first_run, s.export_id FROM finding f
JOIN subject s ON s.id = f.subject WHERE s.tenant = ? AND f.first_run <= ? AND (f.resolved_run IS NULL OR f.resolved_run > ?)`
	return h.each(ctx, query, []any{p.Earlier.Tenant, p.Run, p.Run}, func(rows *sql.Rows) error {
		var q prior
		var fingerprint sql.RawBytes
		var severity, status string
		if err := rows.Scan(&q.subject, &fingerprint, &q.RuleID, &severity, &status, &q.resource, &q.first, &q.ExportID); err != nil {
			return err
		}
		q.Fingerprint, q.Status, q.severity = hex.EncodeToString(fingerprint), scanner.Status(status), scanner.Severity(severity)
		p.Earlier.Findings = append(p.Earlier.Findings, q.Prior)
		if q.Status == scanner.StatusFail {
			p.priors[q.Fingerprint] = q
		}
		return nil
	})
}

// Bodies returns failures of the previous run whole, by their fingerprints.
// One that the run itself could not assess has its body in the run where it
// began; where that was pruned, what its row says has to do.
func (p *Previous) Bodies(ctx context.Context, fingerprints []string) (map[string]scanner.Finding, error) {
	bodies := make(map[string]scanner.Finding, len(fingerprints))
	missing := map[int64][]string{} // by run
	for _, id := range fingerprints {
		q := p.priors[id]
		bodies[id] = scanner.Finding{
			RuleID: q.RuleID, Severity: q.severity, Status: q.Status, Tenant: p.Earlier.Tenant, ExportID: q.ExportID, Resource: q.resource, Fingerprint: id,
			Message: "failed in an earlier run", Reasons: []scanner.Reason{}, Evidence: []scanner.Location{}, Needs: []string{},
			Gaps: []scanner.Gap{}, Controls: []scanner.Control{},
		}
		missing[q.first] = append(missing[q.first], id)
		if q.first != p.Run {
			missing[p.Run] = append(missing[p.Run], id)
		}
	}
	runs := make([]int64, 0, len(missing))
	for run := range missing {
		runs = append(runs, run)
	}
	slices.Sort(runs) // the previous run comes last, and so counts
	for _, run := range runs {
		if err := p.bodiesAt(ctx, run, missing[run], bodies); err != nil {
			return nil, p.store.fail("read findings of the last complete run", err)
		}
	}
	return bodies, nil
}

func (p *Previous) bodiesAt(ctx context.Context, run int64, fingerprints []string, bodies map[string]scanner.Finding) error {
	h := p.store.pool()
	wanted := map[int64]map[string]bool{} // by subject
	var subjects []int64
	for _, id := range fingerprints {
		subject := p.priors[id].subject
		if wanted[subject] == nil {
			wanted[subject] = map[string]bool{}
			subjects = append(subjects, subject)
		}
		wanted[subject][id] = true
	}
	rows, err := rowsAt(ctx, h, tableResult, subjects, run)
	if err != nil {
		return err
	}
	for _, subject := range subjects {
		row, ok := rows[subject]
		if !ok {
			continue // pruned
		}
		results, err := p.store.resultsAt(ctx, h, row, nil)
		if err != nil {
			return err
		}
		for i := range results {
			for _, f := range results[i].Findings {
				if f.Status == scanner.StatusFail && wanted[subject][f.Fingerprint] {
					bodies[f.Fingerprint] = f
				}
			}
		}
	}
	return nil
}
