package aws

import (
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
)

// batch is what was collected about one subject.
type batch struct {
	evidence []scanner.Evidence
	gaps     []scanner.Gap
}

// read adds what was read, and reports whether it can be an answer of AWS.
func (b *batch) read(kind document.Kind, from gate.Answer, resource, name, text string) bool {
	e := scanner.NewEvidence(kind, from.Call, resource, name, text, from.At)
	e.RequestID = from.RequestID
	if gap, beyond := e.Excess(); beyond {
		b.gaps = append(b.gaps, gap)
		return false
	}
	b.evidence = append(b.evidence, e)
	return true
}

func (b *batch) absent(kind document.Kind, from gate.Answer, resource, name string) {
	e := scanner.NewAbsence(kind, from.Call, resource, name, from.At)
	e.RequestID = from.RequestID
	b.evidence = append(b.evidence, e)
}

// fail records that a kind could not be read.
func (b *batch) fail(kind document.Kind, resource, name string, f *failure) {
	b.gaps = append(b.gaps, f.gap(kind, resource, name))
}

// gap makes a gap of a failure, in place of evidence.
func (f *failure) gap(kind document.Kind, resource, name string) scanner.Gap {
	g := scanner.Gap{
		Kind: kind, Call: f.call, Resource: resource, Name: name,
		Reason: f.reason, Code: f.code, RequestID: f.requestID, Detail: f.detail,
	}
	if f.reason != scanner.ReasonSubjectMissing && !f.beyondPermissions() {
		g.Permission = permissionOf(f.call)
	}
	return g
}

// beyondPermissions reports whether no permission helps against a refusal: the
// credentials are refused or belong to another account, a policy bars whatever
// is granted, or S3 answers only the bucket owner's account.
func (f *failure) beyondPermissions() bool {
	return f.reason == scanner.ReasonDenied && (f.status == 0 || f.barred != "" || f.elsewhere || isCredentialCode(f.code) || f.is("MethodNotAllowed"))
}

// with returns the failure with a further clause in its detail. Where a policy
// bars the reader whatever it is granted, it is another clause that says so.
func (f *failure) with(hint string) *failure {
	if f.barred != "" {
		hint = "no grant to the reader mends that: have whoever keeps the " + f.barred + " let it through, or accept the gap"
	}
	if hint == "" {
		return f
	}
	hinted := *f
	if hinted.detail != "" {
		hinted.detail += "; "
	}
	hinted.detail += hint
	return &hinted
}

// toward returns the failure with advice on how to give the program the
// credentials that it lacks.
func (f *failure) toward(hint string) *failure {
	hinted := *f.with(hint)
	hinted.elsewhere = true
	return &hinted
}

// gather runs functions concurrently, each with a batch of its own, and joins
// the batches in the order of the functions.
func gather(fill ...func(*batch)) batch {
	parts := make([]batch, len(fill))
	var group crash.Group
	for i, f := range fill {
		group.Go(func() { f(&parts[i]) })
	}
	group.Wait()
	joined := batch{}
	for _, part := range parts {
		joined.add(part)
	}
	return joined
}

func (b *batch) add(other batch) {
	b.evidence = append(b.evidence, other.evidence...)
	b.gaps = append(b.gaps, other.gaps...)
}

// into adds the batch to a record and sorts the record.
func (b *batch) into(record *scanner.Record) {
	record.Evidence = append(slices.Clip(record.Evidence), b.evidence...)
	slices.SortStableFunc(record.Evidence, scanner.CompareEvidence)
	// The accounts of a record may share levels of the organization.
	record.Evidence = slices.CompactFunc(record.Evidence, func(x, y scanner.Evidence) bool { return x.Ref() == y.Ref() })
	record.Gaps = append(slices.Clip(record.Gaps), b.gaps...)
	slices.SortStableFunc(record.Gaps, scanner.CompareGaps)
	record.Gaps = slices.Compact(record.Gaps)
}
