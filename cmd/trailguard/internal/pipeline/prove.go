package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
	"github.com/trailguard/trailguard/scanner/fix"
	"github.com/trailguard/trailguard/scanner/texts"
)

// Fixes returns the proven changes for a finding, the smallest first, most at most.
func (f *Fixer) Fixes(ctx context.Context, finding *scanner.Finding, most int) ([]Fix, error) {
	c := &fix.Case{Finding: finding, Record: f.Record(finding), Settings: &f.o.Settings}
	if c.Record == nil || finding.Status != scanner.StatusFail || !fix.Proposes(finding.RuleID) {
		return nil, nil
	}
	c.Neighbours = f.sharing(c.Record)
	for i := range f.tenants {
		if f.tenants[i].Name == finding.Tenant {
			c.Principals = f.tenants[i].Principals
		}
	}
	var proven []Fix
	for _, p := range fix.Proposals(c) {
		done, err := f.prove(ctx, finding, &p)
		if err != nil {
			return nil, err
		}
		if done != nil {
			if proven = append(proven, *done); len(proven) == most {
				break
			}
		}
	}
	return proven, nil
}

// Mend gives the findings of a report that fail and are not waived the smallest change
// that mends each, the gravest first, most findings at most. It returns how many were
// not looked at.
func (f *Fixer) Mend(ctx context.Context, findings []scanner.Finding, most int) (left int, err error) {
	for i := range findings {
		finding := &findings[i]
		if finding.Status != scanner.StatusFail || finding.Waiver != nil || finding.State == scanner.StateResolved || !fix.Proposes(finding.RuleID) {
			continue
		}
		if most--; most < 0 {
			left++
			continue
		}
		fixes, err := f.Fixes(ctx, finding, 1)
		if err != nil {
			return 0, err
		}
		if len(fixes) > 0 {
			p := &fixes[0].Proposal
			finding.Mend(&scanner.Fix{
				Summary: p.Summary(), Kind: p.Kind, Resource: p.Resource, Name: p.Name, Before: p.Before, Document: p.Document,
				Path: scanner.EvidencePath(finding.Tenant, &scanner.Evidence{Kind: p.Kind, Resource: p.Resource, Name: p.Name}),
			})
		}
	}
	return left, nil
}

// prove judges a proposal; nil: it does not hold.
func (f *Fixer) prove(ctx context.Context, finding *scanner.Finding, p *fix.Proposal) (*Fix, error) {
	touched, after, err := f.apply(p, p.Document)
	if err != nil || len(touched) == 0 {
		return nil, nil //nolint:nilerr // AWS would refuse the document: it is no proposal
	}
	done := &Fix{Proposal: *p, Exports: len(touched)}
	for i, at := range touched {
		was, err := f.as(ctx, at)
		if err != nil {
			return nil, err
		}
		is, err := f.say(ctx, after[i])
		if err != nil {
			return nil, err
		}
		if !was.noWorse(is, p.Revives) || f.is(at, finding) && is.rules[finding.RuleID] == scanner.StatusUnknown {
			return nil, nil
		}
		for print := range was.findings {
			if _, still := is.findings[print]; still {
				done.Unchanged++
			} else {
				done.Resolved = append(done.Resolved, print)
			}
		}
	}
	slices.Sort(done.Resolved) // a map has no order
	if !slices.Contains(done.Resolved, finding.Fingerprint) {
		return nil, nil
	}
	if opens, err := f.opens(p); err != nil || opens {
		return nil, err
	}
	return done, nil
}

// as is what all rules say of a record as it is.
func (f *Fixer) as(ctx context.Context, at int) (*judged, error) {
	if f.results[at] == nil {
		said, err := f.say(ctx, f.records[at])
		if err != nil {
			return nil, err
		}
		f.results[at] = said
	}
	return f.results[at], nil
}

// say judges one record.
func (f *Fixer) say(ctx context.Context, r *scanner.Record) (*judged, error) {
	of := &scanner.Judged{Record: r.WithinLimits(), Collected: r}
	if err := f.judge.guarded(ctx, of); err != nil {
		return nil, err
	}
	said := &judged{rules: map[string]scanner.Status{}, findings: map[string]string{}}
	for i := range of.Results {
		result := &of.Results[i]
		said.rules[result.RuleID] = result.Status
		for j := range result.Findings {
			said.findings[result.Findings[j].Fingerprint] = result.RuleID
		}
	}
	return said, nil
}

// is says whether a record is that of a finding's export.
func (f *Fixer) is(at int, finding *scanner.Finding) bool {
	c := &f.records[at].Configuration
	return c.ID == finding.ExportID && c.Tenant == finding.Tenant
}

// noWorse says whether no finding is new afterwards, and nothing that was known is not
// known any more. Where something works again, what did not apply to it is left out.
func (j *judged) noWorse(after *judged, revived bool) bool {
	leftOut := func(rule string) bool { return revived && j.rules[rule] == scanner.StatusNotApplicable }
	for print, rule := range after.findings {
		if _, known := j.findings[print]; !known && !leftOut(rule) {
			return false
		}
	}
	for rule, status := range after.rules {
		if worse(j.rules[rule], status) && !leftOut(rule) {
			return false
		}
	}
	return true
}

// worse says whether a rule that did not fail does now, or cannot be told.
func worse(was, is scanner.Status) bool {
	rank := func(s scanner.Status) int {
		if s == scanner.StatusNotApplicable {
			s = scanner.StatusPass // there is nothing that could fail
		}
		return slices.Index(scanner.Statuses(), s)
	}
	return rank(is) < rank(was)
}

// opens says whether a change lets anybody do what he might not, or protects less. What
// it means to allow is denied before and after, so that only what is more counts.
func (f *Fixer) opens(p *fix.Proposal) (bool, error) {
	was, will := p.Masked()
	touched, after, err := f.apply(p, will)
	if err != nil {
		return false, err
	}
	before, err := f.masked(p, was, touched)
	if err != nil {
		return false, err
	}
	changes, err := f.compare(before, after)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(changes, func(c scanner.Change) bool {
		switch c.Effect {
		case scanner.EffectNarrowed, scanner.EffectStronger, scanner.EffectEquivalent:
			return false
		case scanner.EffectIncomparable:
			return c.Kind != document.KindBucketPolicyStatus // S3 has not been asked about the new policy
		default:
			return !p.Lifts
		}
	}), nil
}

// masked are the records as they are, but for one document where its text is another.
func (f *Fixer) masked(p *fix.Proposal, text string, touched []int) ([]*scanner.Record, error) {
	var changed []int
	var masked []*scanner.Record
	if text != p.Before {
		var err error
		if changed, masked, err = f.apply(p, text); err != nil {
			return nil, err
		}
	}
	before := make([]*scanner.Record, len(touched))
	for i, at := range touched {
		before[i] = f.records[at]
		if m := slices.Index(changed, at); m >= 0 {
			before[i] = masked[m]
		}
	}
	return before, nil
}

// compare tells what is another in records, by meaning.
func (f *Fixer) compare(before, after []*scanner.Record) ([]scanner.Change, error) {
	was := f.hold(before)
	was.tenants = nil
	for _, r := range before { // as many as it takes to know that the exports are still there
		was.tenants = append(was.tenants, scanner.Tenant{Name: r.Configuration.Tenant, ConfigurationIDs: []string{r.Configuration.ID}})
	}
	var err error
	if was.texts, err = texts.New(); err != nil {
		return nil, err
	}
	index, err := drift.NewIndex(was, was.tenants, drift.Options{Equivalent: true})
	if err != nil {
		return nil, err
	}
	defer index.Close()
	var changes []scanner.Change
	for _, r := range after {
		of, err := index.Compare(r)
		if err != nil {
			return nil, fmt.Errorf("compare with what is there: %w", err)
		}
		changes = append(changes, of...)
	}
	return changes, nil
}
