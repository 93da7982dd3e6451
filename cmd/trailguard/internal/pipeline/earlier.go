package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// Earlier is what a run is compared with: the baseline, or the last complete
// run of each of its tenants.
type Earlier struct {
	tenants []scanner.Earlier
	// failures are those that today's rules found, by fingerprint.
	failures map[string]scanner.Finding
	// runs are those that were judged by today's rules when they were recorded.
	// The history keeps their findings.
	runs map[string]*history.Previous // by tenant
	// seen is when each export was seen, once somebody has asked for one.
	seen map[exportID]time.Time
}

// addReport takes what a report says of a tenant.
func (e *Earlier) addReport(r *scanner.Report, tenant string) {
	e.tenants = append(e.tenants, r.Earlier(tenant))
	if e.failures == nil {
		e.failures = map[string]scanner.Finding{}
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Tenant == tenant && f.Status == scanner.StatusFail {
			e.failures[f.Fingerprint] = *f
		}
	}
}

// addRun takes a tenant's last complete run.
func (e *Earlier) addRun(p *history.Previous) {
	e.tenants = append(e.tenants, p.Earlier)
	if e.runs == nil {
		e.runs = map[string]*history.Previous{}
	}
	e.runs[p.Earlier.Tenant] = p
}

// Since says when an export was seen before; zero: it was not, as far as is known.
func (e *Earlier) Since(c *scanner.ExportConfiguration) time.Time {
	if e.seen == nil {
		e.seen = map[exportID]time.Time{}
		for i := range e.tenants {
			for _, id := range e.tenants[i].Exports {
				e.seen[exportID{e.tenants[i].Tenant, id}] = e.tenants[i].CollectedAt
			}
		}
	}
	return e.seen[exportID{c.Tenant, c.ID}]
}

// Compare sets the states of a report's findings, and returns those to add.
func (e *Earlier) Compare(ctx context.Context, r *scanner.Report) ([]scanner.Finding, error) {
	missing := scanner.Compare(r, e.tenants)
	wanted := map[string][]string{} // fingerprints by tenant
	for i := range missing {
		wanted[missing[i].Tenant] = append(wanted[missing[i].Tenant], missing[i].Fingerprint)
	}
	bodies := map[string]map[string]scanner.Finding{}
	for tenant, run := range e.runs {
		var err error
		if bodies[tenant], err = run.Bodies(ctx, wanted[tenant]); err != nil {
			return nil, fmt.Errorf("compare with run %d: %w", run.Run, err)
		}
	}
	findings := make([]scanner.Finding, len(missing))
	for i := range missing {
		m := &missing[i]
		body, ok := bodies[m.Tenant][m.Fingerprint]
		if !ok {
			body = e.failures[m.Fingerprint]
		}
		findings[i] = m.Finding(body)
	}
	return findings, nil
}

// LastRuns returns the last complete runs of tenants. One is judged by today's
// rules where they have changed, so that a change of rules never looks like a
// change of the world. A run whose snapshot does not come back stays as it was
// judged: its states are then incomparable.
func LastRuns(ctx context.Context, store *history.Store, tenants []scanner.Tenant, o JudgeOptions) (*Earlier, error) {
	e := &Earlier{}
	again := map[int64]*scanner.Report{} // tenants may share a run
	for i := range tenants {
		previous, err := store.Previous(ctx, tenants[i].Name)
		if err != nil {
			return nil, err
		}
		if previous == nil {
			continue
		}
		if previous.Earlier.RulesDigest != o.Engine.Digest() && again[previous.Run] == nil {
			if again[previous.Run], err = judgeAgain(ctx, store, previous, o); err != nil {
				return nil, err
			}
		}
		if report := again[previous.Run]; report != nil {
			e.addReport(report, tenants[i].Name)
		} else {
			e.addRun(previous)
		}
	}
	return e, nil
}

// judgeAgain returns nothing where the run's snapshot does not come back.
func judgeAgain(ctx context.Context, store *history.Store, previous *history.Previous, o JudgeOptions) (*scanner.Report, error) {
	records, err := store.Records(ctx, previous.Run)
	if errors.Is(err, history.ErrNoRun) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	o.AsOf, o.Selection, o.Baseline = previous.AsOf, scanner.Selection{}, nil
	report, err := NewJudge(records, o).Report(ctx)
	if err != nil {
		return nil, fmt.Errorf("judge run %d by today's rules: %w", previous.Run, err)
	}
	return report, nil
}
