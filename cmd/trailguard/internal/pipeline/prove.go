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
		if len(proven) > 0 && len(p.Changes) > len(proven[0].Changes) {
			break // one document mends it: with another it would be more than it takes
		}
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
			finding.Mend(mending(finding, &fixes[0].Proposal))
		}
	}
	return left, nil
}

// mending is a proposal as reports say it.
func mending(finding *scanner.Finding, p *fix.Proposal) *scanner.Fix {
	var documents []scanner.FixedDocument
	for i := range p.Changes {
		c := &p.Changes[i]
		documents = append(documents, scanner.FixedDocument{
			Kind: c.Kind, Resource: c.Resource, Name: c.Name, Before: c.Before, Document: c.Document,
			Path: scanner.EvidencePath(finding.Tenant, &scanner.Evidence{Kind: c.Kind, Resource: c.Resource, Name: c.Name}),
		})
	}
	return scanner.NewFix(p.Summary(), documents)
}

// prove judges a proposal; nil: it does not hold.
func (f *Fixer) prove(ctx context.Context, finding *scanner.Finding, p *fix.Proposal) (*Fix, error) {
	touched, after, err := f.apply(proposed(p))
	own := slices.IndexFunc(touched, func(at int) bool { return f.is(at, finding) })
	if err != nil || own < 0 {
		return nil, nil //nolint:nilerr // AWS would refuse the document: it is no proposal
	}
	// Most proposals that do not hold do not mend the finding: its export tells at once.
	touched[0], touched[own] = touched[own], touched[0]
	after[0], after[own] = after[own], after[0]
	done := &Fix{Proposal: *p, Exports: len(touched)}
	revives := slices.ContainsFunc(p.Changes, func(c fix.Change) bool { return c.Revives })
	for i, at := range touched {
		was, err := f.as(ctx, at)
		if err != nil {
			return nil, err
		}
		is, err := f.say(ctx, after[i])
		if err != nil {
			return nil, err
		}
		if !was.noWorse(is, revives, len(p.Changes) > 1) || i == 0 && is.rules[finding.RuleID] == scanner.StatusUnknown {
			return nil, nil
		}
		for print := range was.findings {
			if _, still := is.findings[print]; still {
				done.Unchanged++
			} else {
				done.Resolved = append(done.Resolved, print)
			}
		}
		if i == 0 && !slices.Contains(done.Resolved, finding.Fingerprint) {
			return nil, nil
		}
	}
	slices.Sort(done.Resolved) // a map has no order
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
// known any more. Where something works again, what did not apply to it is left out,
// unless it fails though other documents change as well that can see to it.
func (j *judged) noWorse(after *judged, revived, others bool) bool {
	leftOut := func(rule string) bool {
		seenTo := others && after.rules[rule] == scanner.StatusFail && fix.TakesSeveral(rule)
		return revived && j.rules[rule] == scanner.StatusNotApplicable && !seenTo
	}
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

// opens says whether a proposal lets anybody do what he might not, or protects less.
// What each change means to allow is denied in its document before and after, so that
// only what is more counts.
func (f *Fixer) opens(p *fix.Proposal) (bool, error) {
	var was, will []put
	lifts := false
	for i := range p.Changes {
		c := &p.Changes[i]
		before, after := c.Masked()
		if before != c.Before {
			was = append(was, put{c, before})
		}
		will = append(will, put{c, after})
		lifts = lifts || c.Lifts
	}
	touched, after, err := f.apply(will)
	if err != nil {
		return false, err
	}
	before, err := f.masked(was, touched)
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
			// S3 has not been asked about the new policy.
			return c.Kind != document.KindBucketPolicyStatus && !unread(before, p, &c)
		default:
			return !lifts
		}
	}), nil
}

// unread says whether a document that cannot be compared is one that nobody could read,
// before as after, and that the proposal leaves as it is. The policies of a role or user
// add up, so that one of them changes what all of them allow.
func unread(before []*scanner.Record, p *fix.Proposal, c *scanner.Change) bool {
	own := func(k document.Kind) bool { return k.OfIdentity() || k == document.KindIdentityPolicies }
	if slices.ContainsFunc(p.Changes, func(made fix.Change) bool {
		return made.Resource == c.Resource && (made.Kind == c.Kind || own(made.Kind) && own(c.Kind))
	}) {
		return false
	}
	return slices.ContainsFunc(before, func(r *scanner.Record) bool {
		return slices.ContainsFunc(r.Gaps, func(g scanner.Gap) bool { return g.Kind == c.Kind && g.Resource == c.Resource })
	})
}

// masked are records as they are, but for documents whose text is another.
func (f *Fixer) masked(was []put, touched []int) ([]*scanner.Record, error) {
	changed, masked, err := f.apply(was)
	if err != nil {
		return nil, err
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
