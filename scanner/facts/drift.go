package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// drifts are the changes since the baseline by the fact that judges them.
type drifts struct {
	configuration, widened, lost, protection []scanner.Change
}

// drift derives the four drift facts.
func (e *export) drift() {
	f := &e.facts
	var sorted drifts
	if e.since != nil {
		sorted = e.sortChanges(e.since.Changes)
	}
	f.ConfigurationDrift = e.drifted(sorted.configuration)
	f.AccessWidened = e.drifted(sorted.widened)
	f.AccessLost = e.drifted(sorted.lost)
	f.ProtectionDrift = e.drifted(sorted.protection)
}

// sortChanges gives each change to the facts that judge it. A change that
// cannot be compared counts wherever a change of its kind would.
func (e *export) sortChanges(changes []scanner.Change) drifts {
	var d drifts
	for _, c := range changes {
		aspect := c.Kind.Aspect()
		if aspect == document.AspectConfiguration && c.Effect != scanner.EffectEquivalent {
			d.configuration = append(d.configuration, c)
		}
		if aspect == document.AspectAccess && widens(&c) {
			d.widened = append(d.widened, c)
		}
		if (aspect == document.AspectAccess || aspect == document.AspectWriter) && e.loses(&c) {
			d.lost = append(d.lost, c)
		}
		if aspect == document.AspectProtection && weakens(&c) {
			d.protection = append(d.protection, c)
		}
	}
	return d
}

// widens says whether somebody may do what nobody could before. An effect that
// names no direction is taken for both; an ACL that merely changed grants
// nothing else.
func widens(c *scanner.Change) bool {
	switch c.Effect {
	case scanner.EffectNarrowed, scanner.EffectStronger, scanner.EffectEquivalent:
		return false
	case scanner.EffectChanged:
		return c.Kind != document.KindACL
	case scanner.EffectWidened, scanner.EffectWeaker, scanner.EffectMixed, scanner.EffectAdded, scanner.EffectRemoved,
		scanner.EffectRecreated, scanner.EffectIncomparable:
	}
	return true
}

// loses says whether the writer may no longer do what it could. What narrows
// its own policies, or who may assume its role, does; what narrows a policy of
// the bucket or the key does unless the request that shows it is another's.
// Policies name a role or user by its id, which a re-created one has not.
func (e *export) loses(c *scanner.Change) bool {
	switch c.Effect {
	case scanner.EffectWidened, scanner.EffectWeaker, scanner.EffectEquivalent:
		return false
	case scanner.EffectAdded, scanner.EffectChanged:
		return c.Kind.Aspect() == document.AspectAccess && c.Kind != document.KindACL
	case scanner.EffectNarrowed, scanner.EffectStronger:
		return e.hitsWriter(c)
	case scanner.EffectMixed, scanner.EffectRemoved, scanner.EffectRecreated, scanner.EffectIncomparable:
	}
	return true
}

// hitsWriter says whether the writer is among those who lost something.
func (e *export) hitsWriter(c *scanner.Change) bool {
	shared := c.Kind == document.KindBucketPolicy || c.Kind == document.KindKeyPolicy || c.Kind == document.KindACL
	switch {
	case !shared:
		return true
	case c.Witness == nil:
		return c.Kind != document.KindACL // its grants name no role or user
	default:
		return e.who.arn == "" || c.Witness.Principal == e.who.arn || samePrincipal(c.Witness.Principal, e.who.arn)
	}
}

// weakens says whether a setting protects less. A change in which neither side
// is better counts only for the bucket itself and its owner: it may be another
// one.
func weakens(c *scanner.Change) bool {
	switch c.Effect {
	case scanner.EffectStronger, scanner.EffectNarrowed, scanner.EffectEquivalent:
		return false
	case scanner.EffectChanged, scanner.EffectAdded:
		return c.Kind == document.KindBucket || c.Kind == document.KindBucketOwner
	case scanner.EffectWeaker, scanner.EffectWidened, scanner.EffectMixed, scanner.EffectRemoved, scanner.EffectRecreated,
		scanner.EffectIncomparable:
	}
	return true
}

// drifted is one drift fact: the changes, or the gap of those that cannot be
// compared. A change that is certain decides, whatever else cannot be compared.
func (e *export) drifted(changes []scanner.Change) *Fact[Drift] {
	if e.since == nil {
		return unresolved[Drift](notApplicable(e.resource, "there is no baseline to compare with"))
	}
	value := Drift{Baseline: e.since.Baseline, Changes: []Change{}}
	status := scanner.FactStatus{Resource: e.resource}
	var gaps []scanner.Gap
	for i := range changes {
		c := &changes[i]
		ref, at := e.whereChanged(c)
		if c.Effect == scanner.EffectIncomparable {
			gaps = append(gaps, e.incomparable(c))
			continue
		}
		value.Changes = append(value.Changes, Change{
			Kind: string(c.Kind), Resource: c.Resource, Effect: string(c.Effect), Message: c.Message, At: at,
			Key: driftChangeKey(c),
		})
		status.Reasons = append(status.Reasons, note(at, c.Message))
		status.Evidence = append(status.Evidence, ref)
	}
	if len(value.Changes) == 0 {
		status.Reasons = []scanner.Reason{note("", "nothing that matters here changed since the baseline")}
	}
	if len(value.Changes) == 0 && len(gaps) > 0 {
		return unresolved[Drift](unknown(e.resource, "what changed since the baseline can not be compared: "+gaps[0].Detail, gaps...))
	}
	status.Evidence = evidenceOf(nil, status.Evidence...)
	return known(value, status)
}

// whereChanged is the place of a change in what is there now. What was removed
// has none.
func (e *export) whereChanged(c *scanner.Change) (ref, at string) {
	doc, ok := e.record.Find(c.Kind, c.Resource, c.Name)
	if !ok {
		return "", ""
	}
	return doc.Ref(), scanner.At(doc.Ref(), c.Pointer)
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
	if g, ok := e.record.FindGap(c.Kind, c.Resource, c.Name); ok {
		found := *g
		if found.Detail == "" {
			found.Detail = c.Message
		}
		return found
	}
	return undetermined(c.Kind, c.Resource, c.Message)
}

// removedExports are the tenant's exports that the baseline has and Immuta no
// longer lists. A new one in the place of an old one is not among them.
func removedExports(t *scanner.Tenant, since *Since) *Fact[Drift] {
	if since == nil {
		return unresolved[Drift](notApplicable(t.URL, "there is no baseline to compare with"))
	}
	value := Drift{Baseline: since.Baseline, Changes: []Change{}}
	var gaps []scanner.Gap
	for i := range since.Changes {
		c := &since.Changes[i]
		if c.Effect == scanner.EffectIncomparable {
			gaps = append(gaps, undetermined(c.Kind, c.Resource, c.Message))
			continue
		}
		value.Changes = append(value.Changes, Change{
			Kind: string(c.Kind), Resource: c.Resource, Effect: string(c.Effect), Message: c.Message, Key: driftChangeKey(c),
		})
	}
	if len(value.Changes) == 0 && len(gaps) > 0 {
		return unresolved[Drift](unknown(t.URL, "whether exports are gone can not be told: "+gaps[0].Detail, gaps...))
	}
	text := fmt.Sprintf("%d exports of the baseline are gone", len(value.Changes))
	return known(value, rests(t.URL, nil, note("", text)))
}
