package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// byGrants is what the grants on a key add to an answer.
type byGrants struct {
	refs    []string         // the document, where it took part
	reasons []scanner.Reason // the grants that decided
}

// askWithGrants answers a question about the key. A grant only ever adds: what the
// policies allow by themselves, and what they deny, is decided without.
func (e *export) askWithGrants(q *view.Question) (view.Ruling, byGrants) {
	r := e.Ask(q)
	if !r.Open && (r.Verdict == iam.Yes || r.ExplicitDeny) {
		return r, byGrants{}
	}
	l := e.Look(document.KindKeyGrants)
	if !l.Read() {
		gap := e.GapOf(document.KindKeyGrants)
		q.Granted = &gap
		return e.Ask(q), byGrants{}
	}
	list, gap := view.Decode(e.Run, l, (*document.KeyGrants).Valid)
	if gap != nil {
		q.Granted = gap
		return e.Ask(q), byGrants{}
	}
	by := byGrants{refs: []string{l.Ref()}}
	var at []int
	for i := range list.Grants {
		if list.Grants[i].Reaches(e.BucketARN) {
			q.Grants, at = append(q.Grants, list.Grants[i].Allows()), append(at, i)
		}
	}
	if len(q.Grants) == 0 {
		return r, by
	}
	all := q.Grants
	if r = e.Ask(q); r.Verdict != iam.Yes || r.Open {
		return r, by
	}
	for i := range all {
		one := *q
		one.Grants = all[i : i+1]
		if len(all) > 1 && e.Ask(&one).Verdict != iam.Yes {
			continue // it does not by itself
		}
		text := fmt.Sprintf("%s allows %s", list.Grants[at[i]].Title(), q.Request.Action)
		by.reasons = append(by.reasons, fact.Note(l.At(fmt.Sprintf("/Grants/%d", at[i])), text))
	}
	return r, by
}
