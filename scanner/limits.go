package scanner

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/document"
)

// Excess returns the gap that replaces a document larger than any that AWS
// stores, and whether this is one. Such a document cannot be what AWS said.
func (e *Evidence) Excess() (Gap, bool) { return e.beyond(e.Kind.Excess(e.Name, e.Text)) }

func (e *Evidence) beyond(clause string) (Gap, bool) {
	if clause == "" {
		return Gap{}, false
	}
	return Gap{
		Kind: e.Kind, Call: e.Call, Resource: e.Resource, Name: e.Name, Reason: ReasonMalformed,
		Detail: clause + ": find out what answered in AWS's place, and collect it again",
	}, true
}

// WithinLimits returns the record with gaps in place of documents that are
// larger than any that AWS stores. It returns the record itself where there are
// none.
func (r *Record) WithinLimits() *Record {
	var gaps []Gap
	size, first := 0, -1 // of all identity policies
	for i := range r.Evidence {
		e := &r.Evidence[i]
		if gap, beyond := e.Excess(); beyond {
			gaps = append(gaps, gap)
		} else if e.Kind == document.KindIdentityPolicy {
			if size += len(e.Text); first < 0 {
				first = i
			}
		}
	}
	together := document.KindIdentityPolicy.ExcessTogether(size)
	if together != "" {
		gap, _ := r.Evidence[first].beyond(together)
		gap.Kind, gap.Name = document.KindIdentityPolicies, ""
		gaps = append(gaps, gap)
	}
	if len(gaps) == 0 {
		return r
	}
	limited := *r
	limited.Evidence = slices.DeleteFunc(slices.Clone(r.Evidence), func(e Evidence) bool {
		_, beyond := e.Excess()
		return beyond || together != "" && e.Kind == document.KindIdentityPolicy
	})
	limited.Gaps = append(slices.Clip(r.Gaps), gaps...)
	slices.SortStableFunc(limited.Gaps, CompareGaps)
	return &limited
}
