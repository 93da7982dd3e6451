package pipeline

import (
	"context"
	"fmt"

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
