package scanner

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/document"
)

// Excess is the gap in the place of a document that is larger than any that AWS
// stores, and whether it is one. What such a document says is not AWS's word.
func (e *Evidence) Excess() (Gap, bool) { return e.beyond(e.Kind.Excess(e.Name, e.Text)) }

func (e *Evidence) beyond(clause string) (Gap, bool) {
	return Gap{
		Kind: e.Kind, Call: e.Call, Resource: e.Resource, Name: e.Name, Reason: ReasonMalformed,
		Detail: clause + ": find out what answered in AWS's place, and collect it again",
	}, clause != ""
}

// WithinLimits is the record with gaps in the place of documents that are larger
// than any that AWS stores. It is the record itself where there are none.
func (r *Record) WithinLimits() *Record {
	limited, gaps := *r, []Gap{}
	limited.Evidence = make([]Evidence, 0, len(r.Evidence))
	size, first := 0, -1 // of the identity policies
	for i := range r.Evidence {
		e := &r.Evidence[i]
		if gap, beyond := e.Excess(); beyond {
			gaps = append(gaps, gap)
			continue
		}
		if e.Kind == document.KindIdentityPolicy {
			if size += len(e.Text); first < 0 {
				first = i
			}
		}
		limited.Evidence = append(limited.Evidence, *e)
	}
	if clause := document.KindIdentityPolicy.ExcessTogether(size); clause != "" {
		gap, _ := r.Evidence[first].beyond(clause)
		gap.Kind, gap.Name = document.KindIdentityPolicies, ""
		gaps = append(gaps, gap)
		limited.Evidence = slices.DeleteFunc(limited.Evidence, func(e Evidence) bool { return e.Kind == document.KindIdentityPolicy })
	}
	if len(gaps) == 0 {
		return r
	}
	limited.Gaps = append(slices.Clip(r.Gaps), gaps...)
	slices.SortStableFunc(limited.Gaps, CompareGaps)
	return &limited
}
