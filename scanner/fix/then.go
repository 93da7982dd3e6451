package fix

import (
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// then proposes changes that are two of one document: the second comes on top of the
// first, where neither of them mends a finding alone.
func then(first, second func(*Case) []Change) func(*Case) []Change {
	return func(c *Case) []Change {
		var found []Change
		for _, a := range first(c) {
			for _, b := range second(c.over(&a)) {
				if b.of() == a.of() {
					found = append(found, a.then(&b))
				}
			}
		}
		return found
	}
}

// over is the case once a change is made.
func (c *Case) over(change *Change) *Case {
	over, record := *c, *c.Record
	record.Evidence = slices.Clone(record.Evidence)
	made := func(e scanner.Evidence) bool { return documentName{e.Kind, e.Resource, e.Name} == change.of() }
	if at := slices.IndexFunc(record.Evidence, made); at >= 0 {
		e := &record.Evidence[at]
		*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, change.Document, e.CollectedAt)
	}
	over.Record = &record
	return &over
}

// then is the change with another on top. Its patch makes the one after the other.
func (ch *Change) then(next *Change) Change {
	both := *next
	both.Before = ch.Before
	both.Patch = slices.Concat(ch.Patch, next.Patch)
	both.Warnings = slices.Clone(ch.Warnings)
	for _, warning := range next.Warnings {
		if !slices.Contains(both.Warnings, warning) {
			both.Warnings = append(both.Warnings, warning)
		}
	}
	both.meant = slices.Clone(ch.meant)
	for i := range next.meant {
		same := func(s statement) bool { return document.Encode(s) == document.Encode(next.meant[i]) }
		if !slices.ContainsFunc(both.meant, same) {
			both.meant = append(both.meant, next.meant[i])
		}
	}
	both.Lifts, both.Revives = ch.Lifts || next.Lifts, ch.Revives || next.Revives
	both.spared = slices.Concat(ch.spared, next.spared)
	both.steps = slices.Concat(ch.each(), next.each())
	return both
}

// each are the changes that it is, in the order in which they are made.
func (ch *Change) each() []Change {
	if ch.steps != nil {
		return ch.steps
	}
	return []Change{*ch}
}
