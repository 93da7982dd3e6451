package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
	"github.com/trailguard/trailguard/scanner/fix"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/texts"
)

// Fixer finds changes that mend findings, and proves each before it is shown.
type Fixer struct {
	o       JudgeOptions
	header  scanner.Header
	tenants []scanner.Tenant
	records []*scanner.Record
}

// Fix is a proposal that was proven: judged over every export that its document
// touches, the finding is gone, nothing else turns worse and nobody may do what he
// might not before, but for what the export itself needs.
type Fix struct {
	fix.Proposal
	Exports   int // that were judged again
	Resolved  []string
	Unchanged int // findings that are as they were
}

// NewFixer reads a snapshot to its end.
func NewFixer(source *Snapshot, o JudgeOptions) (*Fixer, error) {
	f := &Fixer{o: o, header: source.Header(), tenants: source.Tenants()}
	f.o.Baseline, f.o.Selection = nil, scanner.Selection{}
	for {
		r, err := source.Next()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		f.records = append(f.records, r)
	}
}

// Findings are those of the whole snapshot, in the order of reports.
func (f *Fixer) Findings(ctx context.Context) ([]scanner.Finding, error) {
	report, err := f.judge(ctx, f.records, nil)
	if err != nil {
		return nil, err
	}
	report.Conclude(scanner.Threshold{})
	return report.Findings, nil
}

// Accept makes a fix part of what is there: what is found next comes on top of it.
func (f *Fixer) Accept(done *Fix) error {
	over, err := f.overlay(&done.Proposal)
	if err != nil {
		return err
	}
	held, err := f.hold(f.records, over)
	if err == nil {
		f.records = held.records
	}
	return err
}

// overlay is a proposal as a change.
func (f *Fixer) overlay(p *fix.Proposal) (*overlay.Overlay, error) {
	return overlay.New([]overlay.Change{{
		Origin: "fix", Kind: p.Kind, Resource: p.Resource, Name: p.Name, Text: p.Document, Part: true,
		Is: func(resource string) bool { return resource == p.Resource },
	}}, f.header.CollectedAt)
}

// Record is the record of a finding's export; nil: the finding is a tenant's.
func (f *Fixer) Record(finding *scanner.Finding) *scanner.Record {
	at := slices.IndexFunc(f.records, func(r *scanner.Record) bool {
		return r.Configuration.ID == finding.ExportID && r.Configuration.Tenant == finding.Tenant
	})
	if at < 0 {
		return nil
	}
	return f.records[at]
}

// Fixes returns the proven changes for a finding, the smallest first, most at most.
func (f *Fixer) Fixes(ctx context.Context, finding *scanner.Finding, most int) ([]Fix, error) {
	c := &fix.Case{Finding: finding, Record: f.Record(finding), Settings: &f.o.Settings}
	if c.Record == nil || finding.Status != scanner.StatusFail {
		return nil, nil
	}
	c.Neighbours = f.sharing(c.Record)
	var before *scanner.Report
	var proven []Fix
	for _, p := range fix.Proposals(c) {
		if before == nil {
			var err error
			if before, err = f.judge(ctx, c.Neighbours, nil); err != nil {
				return nil, err
			}
		}
		done, err := f.prove(ctx, c, &p, before)
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

// sharing are the records that have a bucket, a writer or a key in common with one.
func (f *Fixer) sharing(with *scanner.Record) []*scanner.Record {
	resources := map[string]bool{}
	shared := func(r *scanner.Record, visit func(string) bool) bool {
		for i := range r.Evidence {
			switch e := &r.Evidence[i]; e.Kind.Subject() {
			case document.SubjectBucket, document.SubjectWriter, document.SubjectKey:
				if visit(e.Resource) {
					return true
				}
			default:
			}
		}
		return false
	}
	shared(with, func(resource string) bool { resources[resource] = true; return false })
	var found []*scanner.Record
	for _, r := range f.records {
		if r == with || shared(r, func(resource string) bool { return resources[resource] }) {
			found = append(found, r)
		}
	}
	return found
}

// prove judges a proposal; nil: it does not hold.
func (f *Fixer) prove(ctx context.Context, c *fix.Case, p *fix.Proposal, before *scanner.Report) (*Fix, error) {
	if p.Kind.Excess(p.Name, p.Document) != "" {
		return nil, nil
	}
	over, err := f.overlay(p)
	if err != nil {
		return nil, err
	}
	after, err := f.judge(ctx, c.Neighbours, over)
	if err != nil || !mends(before, after, c.Finding) {
		return nil, err
	}
	opens, err := f.opens(c.Neighbours, over)
	meant := p.Grants && trusted(after, c.Finding, p.Kind)
	if err != nil || opens && !meant {
		return nil, err
	}
	done := &Fix{Proposal: *p, Exports: len(c.Neighbours)}
	for i := range before.Findings {
		if print := before.Findings[i].Fingerprint; has(after, print) {
			done.Unchanged++
		} else {
			done.Resolved = append(done.Resolved, print)
		}
	}
	return done, nil
}

// judge judges records, as an overlay has them where there is one.
func (f *Fixer) judge(ctx context.Context, records []*scanner.Record, over *overlay.Overlay) (*scanner.Report, error) {
	held, err := f.hold(records, over)
	if err != nil {
		return nil, err
	}
	return NewJudge(held, f.o).Report(ctx)
}

// mends says whether a finding is gone, none is new, and nothing that was known is
// not known any more.
func mends(before, after *scanner.Report, finding *scanner.Finding) bool {
	if has(after, finding.Fingerprint) {
		return false
	}
	for i := range after.Findings {
		if !has(before, after.Findings[i].Fingerprint) {
			return false
		}
	}
	for i := range after.Exports {
		was, is := &before.Exports[i], &after.Exports[i]
		for rule, status := range is.Results {
			if worse(was.Results[rule], status) {
				return false
			}
		}
		if was.ID == finding.ExportID && was.Tenant == finding.Tenant && is.Results[finding.RuleID] == scanner.StatusUnknown {
			return false
		}
	}
	return true
}

// trusted says whether whoever a proposal lets in is meant to be: with a trust policy,
// that is Immuta alone, under the export's id.
func trusted(after *scanner.Report, finding *scanner.Finding, kind document.Kind) bool {
	if kind != document.KindTrustPolicy {
		return true // what it allows is the writer's, by its making
	}
	for i := range after.Exports {
		e := &after.Exports[i]
		if e.ID != finding.ExportID || e.Tenant != finding.Tenant {
			continue
		}
		for _, rule := range []string{"principal_expected", "external_id_required", "external_id_equals_configuration_id", "no_other_doors"} {
			if s := e.Results[rule]; s != scanner.StatusPass && s != scanner.StatusNotApplicable {
				return false
			}
		}
		return true
	}
	return false
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

func has(r *scanner.Report, fingerprint string) bool {
	return slices.ContainsFunc(r.Findings, func(f scanner.Finding) bool { return f.Fingerprint == fingerprint })
}

// opens says whether a change lets anybody do what he might not, or protects less.
func (f *Fixer) opens(records []*scanner.Record, over *overlay.Overlay) (bool, error) {
	before, err := f.hold(records, nil)
	if err != nil {
		return false, err
	}
	if before.texts, err = texts.New(); err != nil {
		return false, err
	}
	index, err := drift.NewIndex(before, f.tenants, drift.Options{Equivalent: true})
	if err != nil {
		return false, err
	}
	defer index.Close()
	after, err := f.hold(records, over)
	if err != nil {
		return false, err
	}
	var changes []scanner.Change
	for _, r := range after.records {
		of, err := index.Compare(r)
		if err != nil {
			return false, fmt.Errorf("compare with what is there: %w", err)
		}
		changes = append(changes, of...)
	}
	return slices.ContainsFunc(changes, func(c scanner.Change) bool {
		switch c.Effect {
		case scanner.EffectNarrowed, scanner.EffectStronger, scanner.EffectEquivalent:
			return false
		case scanner.EffectIncomparable:
			return c.Kind != document.KindBucketPolicyStatus // S3 has not been asked about the new policy
		default:
			return true
		}
	}), nil
}
