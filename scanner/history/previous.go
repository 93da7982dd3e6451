package history

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Previous is the last complete run of a tenant: one that ended, was not
// interrupted, judged everything and read the whole list of exports. Findings
// are compared with it.
type Previous struct {
	Tenant         string
	Run            int64
	CollectedAt    time.Time
	AsOf           time.Time
	RulesDigest    string
	SnapshotDigest string

	store   *Store
	exports map[string]bool  // that the tenant had
	priors  map[string]prior // by fingerprint
	// rejudged holds findings by fingerprint, after Rejudge.
	rejudged map[string]scanner.Finding
}

// prior is a finding of the previous run.
type prior struct {
	subject, first int64
	export, rule   string
	severity       scanner.Severity
	resource       string
	status         scanner.Status
}

// Previous returns the last complete run of a tenant, or nil where there is
// none: then there is nothing to compare with. It is asked before Finish.
func (s *Store) Previous(ctx context.Context, tenant string) (*Previous, error) {
	p, err := s.previous(ctx, s.pool(), text(tenant))
	return p, s.fail("read the last complete run", err)
}

func (s *Store) previous(ctx context.Context, h handle, tenant string) (*Previous, error) {
	p := &Previous{Tenant: tenant, store: s, exports: map[string]bool{}, priors: map[string]prior{}}
	var err error
	if p.Run, _, err = lastWhole(ctx, h, tenant); err != nil || p.Run == 0 {
		return nil, err
	}
	var collected, asOf string
	_, err = h.one(ctx, "SELECT collected_at, as_of, rules_digest, snapshot_digest FROM run WHERE id = ?", []any{p.Run},
		&collected, &asOf, &p.RulesDigest, &p.SnapshotDigest)
	if err != nil {
		return nil, err
	}
	if p.CollectedAt, err = parseTime(collected); err != nil {
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
	if _, err := h.one(ctx, "SELECT body FROM run_tenant WHERE run = ? AND tenant = ?", []any{p.Run, p.Tenant}, &body); err != nil {
		return err
	}
	kept, err := p.store.unpackTenant(body)
	if err != nil {
		return err
	}
	names, err := exportNames(ctx, h, p.Tenant)
	for _, id := range kept.subjects {
		p.exports[names[id]] = true
	}
	p.exports[""] = true // the tenant itself
	return err
}

func (p *Previous) readPriors(ctx context.Context, h handle) error {
	const query = `SELECT f.subject, f.fingerprint, f.rule, f.severity, f.status, f.resource, f.first_run, s.export_id FROM finding f
JOIN subject s ON s.id = f.subject WHERE s.tenant = ? AND f.first_run <= ? AND (f.resolved_run IS NULL OR f.resolved_run > ?)`
	return h.each(ctx, query, []any{p.Tenant, p.Run, p.Run}, func(rows *sql.Rows) error {
		var q prior
		var fingerprint sql.RawBytes
		var severity, status string
		if err := rows.Scan(&q.subject, &fingerprint, &q.rule, &severity, &status, &q.resource, &q.first, &q.export); err != nil {
			return err
		}
		q.severity, q.status = scanner.Severity(severity), scanner.Status(status)
		// A failure outweighs the unknown that ran beside it.
		id := hex.EncodeToString(fingerprint)
		if p.priors[id].status != scanner.StatusFail {
			p.priors[id] = q
		}
		return nil
	})
}

// Rejudge puts the results of today's rules over the previous run's snapshot
// (Store.Records) in the place of those that it was judged with, so that a
// change of rules never looks like a change of the world.
func (p *Previous) Rejudge(findings []scanner.Finding, rulesDigest string) {
	p.RulesDigest, p.priors, p.rejudged = rulesDigest, map[string]prior{}, map[string]scanner.Finding{}
	for i := range findings {
		f := &findings[i]
		if text(f.Tenant) != p.Tenant || p.priors[f.Fingerprint].status == scanner.StatusFail {
			continue
		}
		p.priors[f.Fingerprint] = prior{export: text(f.ExportID), rule: f.RuleID, severity: f.Severity, resource: f.Resource, status: f.Status}
		if f.Status == scanner.StatusFail {
			p.rejudged[f.Fingerprint] = *f
		}
	}
}

func (p *Previous) extras(ctx context.Context, resolved, carried []string) ([]scanner.Finding, error) {
	bodies, err := p.bodies(ctx, append(slices.Clone(resolved), carried...))
	if err != nil {
		return nil, p.store.fail("read findings of the last complete run", err)
	}
	extras := make([]scanner.Finding, 0, len(bodies))
	for _, fingerprint := range resolved {
		f := bodies[fingerprint]
		f.State = scanner.StateResolved
		extras = append(extras, f)
	}
	for _, fingerprint := range carried {
		f := bodies[fingerprint]
		f.Status, f.State = scanner.StatusUnknown, scanner.StateIncomparable
		f.Message = fmt.Sprintf("failed on %s and could not be looked at now, since the tenant's list of exports could not be read whole: %s",
			p.CollectedAt.UTC().Format(time.DateOnly), f.Message)
		extras = append(extras, f)
	}
	return extras, nil
}

// bodies returns whole findings. One that the previous run itself could not
// assess has its body in the run where it began; where that was pruned, what
// its row says has to do.
func (p *Previous) bodies(ctx context.Context, fingerprints []string) (map[string]scanner.Finding, error) {
	bodies := make(map[string]scanner.Finding, len(fingerprints))
	missing := map[int64][]string{} // by run
	for _, id := range fingerprints {
		if f, ok := p.rejudged[id]; ok {
			bodies[id] = f
			continue
		}
		q := p.priors[id]
		bodies[id] = scanner.Finding{
			RuleID: q.rule, Severity: q.severity, Status: q.status, Tenant: p.Tenant, ExportID: q.export, Resource: q.resource, Fingerprint: id,
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
			return nil, err
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
