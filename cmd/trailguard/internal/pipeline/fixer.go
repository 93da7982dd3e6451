package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
	"github.com/trailguard/trailguard/scanner/overlay"
)

// Fixer finds changes that mend findings, and proves each before it is shown. It is not
// safe for concurrent use.
type Fixer struct {
	o       JudgeOptions
	header  scanner.Header
	tenants []scanner.Tenant
	records []*scanner.Record
	judge   *Judge           // of single records
	exports map[exportID]int // the record of each
	by      map[string][]int // the records by what they hold documents of
	results map[int]*judged  // of records as they are, as far as somebody asked
}

// judged is what all rules say of one export.
type judged struct {
	rules    map[string]scanner.Status
	findings map[string]string // rules by fingerprint
}

// Fix is a proposal that was proven: judged over every export that any of its documents
// touches, the finding is gone, nothing else turns worse and nobody may do what he
// might not before, but for what the export itself needs.
type Fix struct {
	fix.Proposal
	Exports   int // that were judged again
	Resolved  []string
	Unchanged int // findings that are as they were
}

// NewFixer returns a fixer of the records that are added to it.
func NewFixer(header scanner.Header, tenants []scanner.Tenant, o JudgeOptions) *Fixer {
	f := &Fixer{o: o, header: header, tenants: tenants, exports: map[exportID]int{}, by: map[string][]int{}, results: map[int]*judged{}}
	f.o.Baseline, f.o.Selection = nil, scanner.Selection{}
	f.judge = NewJudge(f.hold(nil), f.o)
	return f
}

// ReadFixer returns a fixer of a whole snapshot, which it reads to its end.
func ReadFixer(source scanner.Records, o JudgeOptions) (*Fixer, error) {
	f := NewFixer(source.Header(), source.Tenants(), o)
	err := Each(source, func(r *scanner.Record) error {
		f.Add(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Add adds a record, which stays as it is.
func (f *Fixer) Add(r *scanner.Record) {
	f.records = append(f.records, r)
	id := exportID{r.Configuration.Tenant, r.Configuration.ID}
	if _, there := f.exports[id]; !there {
		f.exports[id] = len(f.records) - 1
	}
	f.index(len(f.records) - 1)
}

// index notes what a record holds documents of: a resource, and a managed policy by its
// ARN, whoever has it.
func (f *Fixer) index(at int) {
	note := func(of string) {
		if list := f.by[of]; of != "" && (len(list) == 0 || list[len(list)-1] != at) {
			f.by[of] = append(list, at)
		}
	}
	for i := range f.records[at].Evidence {
		e := &f.records[at].Evidence[i]
		switch e.Kind.Subject() {
		case document.SubjectBucket, document.SubjectWriter, document.SubjectKey:
			note(e.Resource)
			note(managed(e.Name))
		default:
		}
	}
}

// managed is the ARN of a managed policy by evidence's name of it; empty: it is none.
func managed(name string) string {
	if at := strings.Index(name, "arn:"); at == 0 || at > 0 && strings.HasPrefix(name, "group/") {
		return name[at:]
	}
	return ""
}

// Findings are those of the whole snapshot, in the order of reports.
func (f *Fixer) Findings(ctx context.Context) ([]scanner.Finding, error) {
	report, err := NewJudge(f.hold(f.records), f.o).Report(ctx)
	if err != nil {
		return nil, err
	}
	report.Conclude(scanner.Threshold{})
	return report.Findings, nil
}

// Accept makes a fix part of what is there: what is found next comes on top of it.
func (f *Fixer) Accept(done *Fix) error {
	touched, after, err := f.apply(proposed(&done.Proposal))
	for i, at := range touched {
		f.records[at] = after[i]
		delete(f.results, at)
	}
	return err
}

// Record is the record of a finding's export; nil: the finding is a tenant's.
func (f *Fixer) Record(finding *scanner.Finding) *scanner.Record {
	at, ok := f.exports[exportID{finding.Tenant, finding.ExportID}]
	if !ok {
		return nil
	}
	return f.records[at]
}

// put is a text in the place of a change's document.
type put struct {
	*fix.Change
	text string
}

// proposed are a proposal's documents as they would be.
func proposed(p *fix.Proposal) []put {
	var list []put
	for i := range p.Changes {
		list = append(list, put{&p.Changes[i], p.Changes[i].Document})
	}
	return list
}

// apply puts texts in the place of documents, all of them at once, in every record that
// holds any, and returns those that are another by it.
func (f *Fixer) apply(list []put) (touched []int, after []*scanner.Record, err error) {
	var changes []overlay.Change
	var holders []int
	for _, p := range list {
		change := overlay.Change{
			Origin: "fix", Kind: p.Kind, Resource: p.Resource, Name: p.Name, Text: p.text, Part: true,
			Is: func(resource string) bool { return resource == p.Resource },
		}
		arn := managed(p.Name)
		if arn == "" {
			changes, holders = append(changes, change), append(holders, f.by[p.Resource]...)
			continue
		}
		// It is one policy, whoever has it.
		change.Name, change.Resource, change.Is = arn, "", func(string) bool { return true }
		bound := change
		bound.Kind = document.KindBoundary
		changes, holders = append(changes, change, bound), append(holders, f.by[arn]...)
	}
	over, err := overlay.New(changes, f.header.CollectedAt)
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(holders)
	for _, at := range slices.Compact(holders) {
		r, err := over.Apply(f.records[at])
		if err != nil {
			return nil, nil, err
		}
		if !slices.EqualFunc(r.Evidence, f.records[at].Evidence, func(a, b scanner.Evidence) bool {
			return a.Ref() == b.Ref() && a.Absent == b.Absent && a.Digest == b.Digest
		}) {
			touched, after = append(touched, at), append(after, r)
		}
	}
	return touched, after, nil
}

// sharing are the records that have a bucket, a writer or a key in common with one.
func (f *Fixer) sharing(with *scanner.Record) []*scanner.Record {
	var all []int
	for i := range with.Evidence {
		e := &with.Evidence[i]
		switch e.Kind.Subject() {
		case document.SubjectBucket, document.SubjectWriter, document.SubjectKey:
			all = append(all, f.by[e.Resource]...)
		default:
		}
	}
	slices.Sort(all)
	var found []*scanner.Record
	for _, at := range slices.Compact(all) {
		found = append(found, f.records[at])
	}
	return found
}
