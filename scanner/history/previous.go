package history

import (
	"context"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Previous is the last complete run of a tenant: one that ended, was not
// interrupted, judged everything and read the whole list of exports. Findings
// are compared with it.
type Previous struct {
	Run     int64
	AsOf    time.Time
	Earlier scanner.Earlier

	store    *Store
	book     *book
	failures map[string]Episode // by fingerprint
}

// Previous returns the last complete run of a tenant, or nil where there is
// none to compare with. Call it before Finish.
func (s *Store) Previous(ctx context.Context, tenant string) (*Previous, error) {
	p, err := s.previous(ctx, tenant)
	return p, s.fail("read the last complete run", err)
}

func (s *Store) previous(ctx context.Context, tenant string) (*Previous, error) {
	h := s.pool()
	b, err := readBook(ctx, h)
	if err != nil {
		return nil, err
	}
	run := b.last(text(tenant), true)
	if run == nil {
		return nil, nil
	}
	p := &Previous{
		Run: run.ID, AsOf: run.AsOf, store: s, book: b, failures: map[string]Episode{},
		Earlier: scanner.Earlier{Tenant: tenant, CollectedAt: run.CollectedAt, RulesDigest: run.RulesDigest, Complete: true},
	}
	head, err := run.content(h).head(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range head.Tenants() {
		if t.Name == tenant {
			p.Earlier.Exports = t.ConfigurationIDs
		}
	}
	open, err := openEpisodes(ctx, h, map[string]*runEntry{text(tenant): run})
	for _, e := range open {
		p.Earlier.Findings = append(p.Earlier.Findings, scanner.Prior{Fingerprint: e.Fingerprint, ExportID: e.ExportID, RuleID: e.Rule, Status: e.Status})
		if e.Status == scanner.StatusFail {
			p.failures[e.Fingerprint] = e
		}
	}
	return p, err
}

// Bodies returns the whole findings of the previous run's failures, by
// fingerprint. A failure that the run itself could not assess is read from the
// run where it began. Where that was pruned, the finding holds what the episode
// knows.
func (p *Previous) Bodies(ctx context.Context, fingerprints []string) (map[string]scanner.Finding, error) {
	bodies := make(map[string]scanner.Finding, len(fingerprints))
	runs := map[int64]bool{p.Run: len(fingerprints) > 0}
	for _, id := range fingerprints {
		e := p.failures[id]
		bodies[id] = scanner.Finding{
			RuleID: e.Rule, Severity: e.Severity, Status: e.Status, Tenant: p.Earlier.Tenant, ExportID: e.ExportID,
			Resource: e.Resource, Fingerprint: id, Message: "failed in an earlier run", Reasons: []scanner.Reason{},
			Evidence: []scanner.Location{}, Needs: []string{}, Gaps: []scanner.Gap{}, Controls: []scanner.Control{},
		}
		runs[e.FirstRun] = true
	}
	for _, run := range p.book.runs { // the previous run comes last, and so wins
		if run.Pruned || !runs[run.ID] {
			continue
		}
		err := eachLine(ctx, run.content(p.store.pool()), partFindings, func(f *scanner.Finding) {
			if _, wanted := bodies[f.Fingerprint]; wanted && f.Status == scanner.StatusFail {
				bodies[f.Fingerprint] = *f
			}
		})
		if err != nil {
			return nil, p.store.fail("read findings of the last complete run", err)
		}
	}
	return bodies, nil
}
