package facts

import (
	"fmt"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

// continuity looks for times in which nothing arrived although something was due.
// A hole that is there is certain, whoever else writes under the path; that there
// is none is certain only where every object is the export's.
func (e *export) continuity() *fact.Of[fact.Continuity] {
	a, status := e.arrivedRead()
	switch {
	case status.State == scanner.FactNotApplicable:
		return fact.Unresolved[fact.Continuity](status)
	case e.Expect.MayBeIdle:
		return fact.Unresolved[fact.Continuity](fact.NotApplicable(a.resource, "the operator declared that the tenant may be idle (expect.mayBeIdle)"))
	case a.doc == nil:
		return fact.Unresolved[fact.Continuity](status)
	}
	since := e.Run.Now.AddDate(0, 0, -e.Expect.Continuity())
	if a.doc.Since.IsZero() || a.doc.Since.After(since) {
		detail := "the listing does not tell what arrived on each day since " + since.UTC().Format(time.DateOnly) + "; collect a new snapshot"
		return fact.Unresolved[fact.Continuity](fact.Unknown(a.resource, detail, proof.Undetermined(document.KindDelivery, a.resource, detail)))
	}
	if !a.undated && e.Config.CreatedAt.After(since) {
		since = e.Config.CreatedAt
	}
	holes := slices.DeleteFunc(a.doc.Silences(since, e.Run.Now), func(s document.Silence) bool { return s.To.Sub(s.From) <= a.window.allowed })
	if len(holes) > 0 {
		return e.interrupted(&a, since, holes)
	}
	doubt, policy := e.whoseDelivery(a.doc)
	switch {
	case policy != nil:
		return fact.Unresolved[fact.Continuity](fact.Unknown(a.resource, proof.Because("who else writes to the whole bucket", policy), *policy))
	case doubt != "":
		detail := fmt.Sprintf("what arrived may be another's: %s; give the export a path of its own in Immuta", doubt)
		return fact.Unresolved[fact.Continuity](fact.Unknown(a.resource, detail, proof.Undetermined(document.KindDelivery, a.resource, detail)))
	}
	value := e.arrivedSince(&a, since)
	value.Continuous = true
	return fact.Known(value, e.continuityStatus(&a, &value))
}

// interrupted is about holes: the first that is certain, else why the first is not.
func (e *export) interrupted(a *arrived, since time.Time, holes []document.Silence) *fact.Of[fact.Continuity] {
	var doubts []scanner.FactStatus
	for _, hole := range holes {
		doubt := e.doubtful(a, since, &hole)
		if doubt != nil {
			doubts = append(doubts, *doubt)
			continue
		}
		value := e.arrivedSince(a, since)
		value.Holes, value.HoleHours, value.Lasts = len(holes), int(hole.To.Sub(hole.From)/time.Hour), hole.To.Equal(e.Run.Now)
		value.HoleFrom, value.HoleTo = moment(hole.From), moment(hole.To)
		status := e.continuityStatus(a, &value)
		status.Evidence = append(status.Evidence, e.Look(document.KindLifecycle).Ref())
		return fact.Known(value, status)
	}
	return fact.Unresolved[fact.Continuity](doubts[0])
}

// doubtful says why a hole may be none. What explains its beginning alone makes it
// shorter.
func (e *export) doubtful(a *arrived, since time.Time, hole *document.Silence) *scanner.FactStatus {
	leads := hole.From.Equal(since)
	doubt := func(gap *scanner.Gap, detail string) *scanner.FactStatus {
		if gap == nil {
			found := proof.Undetermined(document.KindDelivery, a.resource, detail)
			gap = &found
		}
		status := fact.Unknown(a.resource, fmt.Sprintf("no object is there from %s to %s, and %s", moment(hole.From), moment(hole.To), detail), *gap)
		return &status
	}
	switch {
	case !a.doc.Complete:
		return doubt(nil, fmt.Sprintf("there are more than the %d that were listed; %s", a.doc.Objects, startAnew))
	case !a.window.certain:
		return doubt(&a.window.gap, proof.Because("when one is due", &a.window.gap))
	case a.undated:
		return doubt(&a.undatedGap, "the export may be younger: Immuta did not tell when it was created")
	}
	lasts := func() bool { return hole.To.Sub(hole.From) > a.window.allowed }
	if leads && e.Config.UpdatedAt.After(hole.From) && !a.usedBefore(since) {
		moved := doubt(nil, "the export may have written elsewhere until it was changed in Immuta on "+moment(e.Config.UpdatedAt))
		if hole.From = e.Config.UpdatedAt; !lasts() {
			return moved
		}
	}
	doc, _, status, ok := setting(e, document.KindLifecycle, anyText[document.Lifecycle])
	if !ok {
		return doubt(&status.Gaps[0], proof.Because("whether a lifecycle rule removed them", &status.Gaps[0]))
	}
	if kept := e.keptSince(doc); kept.After(hole.From) {
		removed := doubt(nil, fmt.Sprintf(
			"a lifecycle rule removes what arrived before %s; set expect.continuityDays to no more days than objects are kept", moment(kept)))
		if hole.From = kept; !lasts() {
			return removed
		}
	}
	return nil
}

// usedBefore says that objects of the export were there before a moment.
func (a *arrived) usedBefore(moment time.Time) bool {
	after := 0
	for i := range a.doc.Days {
		if a.doc.Days[i].First.Before(moment) {
			return true
		}
		after += a.doc.Days[i].Objects
	}
	return a.doc.Objects > after
}

// keptSince is the moment since which no lifecycle rule removed what arrived. One
// on a tag does not reach it: Immuta's uploads carry none.
func (e *export) keptSince(doc *document.Lifecycle) (kept time.Time) {
	for i := range doc.Rules {
		rule := &doc.Rules[i]
		if rule.Expiration == nil || !rule.Reaches(e.Config.Prefix()) || rule.Filter.Tagged() {
			continue
		}
		var since time.Time
		switch {
		case rule.Expiration.Date != nil && !rule.Expiration.Date.After(e.Run.Now):
			since = e.Run.Now
		case rule.Expiration.Days > 0:
			since = e.Run.Now.AddDate(0, 0, -int(rule.Expiration.Days))
		}
		if since.After(kept) {
			kept = since
		}
	}
	return kept
}

// moment is how a time is written in a sentence.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (e *export) arrivedSince(a *arrived, since time.Time) fact.Continuity {
	v := fact.Continuity{
		Bucket: e.Config.Endpoint.Bucket, Prefix: e.Config.Prefix(), AllowedHours: int(a.window.allowed / time.Hour), Since: moment(since),
	}
	for i := range a.doc.Days {
		if day := &a.doc.Days[i]; !day.Last.Before(since) {
			v.Objects, v.Bytes = v.Objects+day.Objects, v.Bytes+int(day.Bytes)
		}
	}
	return v
}

func (e *export) continuityStatus(a *arrived, v *fact.Continuity) scanner.FactStatus {
	text := fmt.Sprintf("%d objects of %d bytes arrived since %s, never more than %d hours apart", v.Objects, v.Bytes, v.Since, v.AllowedHours)
	if !v.Continuous {
		text = fmt.Sprintf("nothing that is still there arrived from %s to %s", v.HoleFrom, v.HoleTo)
	}
	return fact.Rests(a.resource, []string{a.look.Ref(), e.ConfigRef},
		fact.Note(a.look.At("/Days"), text),
		fact.Note(e.ConfigAt("/interval"), fmt.Sprintf("an object is due every %d hours, grace included", v.AllowedHours)))
}
