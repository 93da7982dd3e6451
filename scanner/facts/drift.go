package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

const noBaseline = "there is no baseline to compare with"

// changed is one fact about changes. Where something cannot be compared the fact
// is unknown, and lists what is certain all the same: that may be enough for a
// rule to fail.
func (e *export) changed(aspects ...document.Aspect) *fact.Of[fact.Drift] {
	if e.since == nil {
		return fact.Unresolved[fact.Drift](fact.NotApplicable(e.Resource, noBaseline))
	}
	value := fact.Drift{Baseline: e.since.Baseline, Changes: []fact.Change{}}
	status := scanner.FactStatus{Resource: e.Resource}
	for i := range e.since.Changes {
		c := &e.since.Changes[i]
		switch {
		case !slices.Contains(aspects, c.Kind.Aspect()) && (!ofTags(c) || !slices.Contains(aspects, document.AspectAccess)):
		case c.Effect == scanner.EffectIncomparable:
			status.Gaps = append(status.Gaps, e.incomparable(c))
		default:
			at := e.whereChanged(c)
			value.Changes = append(value.Changes, changeAsSeen(c, at, e.hitsWriter(c)))
			status.Reasons = append(status.Reasons, scanner.Reason{At: at, Index: -1, Note: c.Message, Listed: true})
		}
	}
	drift := fact.Known(value, status)
	switch {
	case len(status.Gaps) > 0:
		drift.State, drift.Because = scanner.FactUnknown, "what changed since the baseline cannot be compared: "+status.Gaps[0].Detail
	case len(value.Changes) == 0:
		drift.Reasons = []scanner.Reason{fact.Note("", "nothing that matters here changed since the baseline")}
	}
	return drift
}

// ofTags says that a change is of the writer's tags. They are compared where policies
// go by them, and are then of the access that anybody has.
func ofTags(c *scanner.Change) bool {
	return c.Kind.Aspect() == document.AspectWriter && strings.HasSuffix(c.Pointer, "/Tags")
}

// changeAsSeen is a change as rules see it.
func changeAsSeen(c *scanner.Change, at string, hitsWriter bool) fact.Change {
	return fact.Change{
		Kind: string(c.Kind), Resource: c.Resource, Effect: string(c.Effect), HitsWriter: hitsWriter,
		Message: c.Message, At: at, Key: driftChangeKey(c),
	}
}

// hitsWriter says whether the writer may be among those who lost something. What
// changes its own policies, or who may assume its role, hits it. What changes a
// policy that others share does unless the request that shows it is another's.
func (e *export) hitsWriter(c *scanner.Change) bool {
	switch {
	case c.Kind.Aspect() != document.AspectAccess && c.Kind.Aspect() != document.AspectWriter:
		return false
	case c.Kind.Subject() == document.SubjectWriter:
		return true
	case c.Witness == nil:
		return c.Kind != document.KindACL // its grants name no role or user
	default:
		return e.Writer.ARN == "" || c.Witness.Principal == e.Writer.ARN || identities.Same(c.Witness.Principal, e.Writer.ARN)
	}
}

// whereChanged is the place of a change in what is there now. What was removed
// has none.
func (e *export) whereChanged(c *scanner.Change) string {
	doc, ok := e.Record.Find(c.Kind, c.Resource, c.Name)
	if !ok {
		return ""
	}
	return scanner.At(doc.Ref(), c.Pointer)
}

// driftChangeKey tells the changes of one fact apart. A pointer into a policy
// holds the index of a statement, which says nothing lasting.
func driftChangeKey(c *scanner.Change) string {
	key := fmt.Sprintf("%s %s %s", c.Kind, c.Resource, c.Name)
	if c.Kind.Aspect() != document.AspectAccess {
		key += " " + c.Pointer
	}
	return key
}

// incomparable is the gap behind a change that cannot be compared.
func (e *export) incomparable(c *scanner.Change) scanner.Gap {
	if g, ok := e.Record.FindGap(c.Kind, c.Resource, c.Name); ok {
		found := *g
		if found.Detail == "" {
			found.Detail = c.Message
		}
		return found
	}
	return proof.Undetermined(c.Kind, c.Resource, scanner.Said(c.Message))
}

// removedExports are the tenant's exports that the baseline has and Immuta no
// longer lists. A new one in the place of an old one is not among them.
func removedExports(t *scanner.Tenant, since *Since) *fact.Of[fact.Drift] {
	if since == nil {
		return fact.Unresolved[fact.Drift](fact.NotApplicable(t.URL, noBaseline))
	}
	value := fact.Drift{Baseline: since.Baseline, Changes: []fact.Change{}}
	var gaps []scanner.Gap
	for i := range since.Changes {
		if c := &since.Changes[i]; c.Effect == scanner.EffectIncomparable {
			gaps = append(gaps, proof.Undetermined(c.Kind, c.Resource, scanner.Said(c.Message)))
		} else {
			value.Changes = append(value.Changes, changeAsSeen(c, "", false))
		}
	}
	if len(value.Changes) == 0 && len(gaps) > 0 {
		return fact.Unresolved[fact.Drift](fact.Unknown(t.URL, "whether exports are gone cannot be told: "+gaps[0].Detail, gaps...))
	}
	text := fmt.Sprintf("%d exports of the baseline are gone", len(value.Changes))
	return fact.Known(value, fact.Rests(t.URL, nil, fact.Note("", text)))
}
