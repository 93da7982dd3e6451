package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// drifts are the changes since the baseline by the fact that judges them.
type drifts struct {
	configuration, widened, lost, protection []scanner.Change
}

// drift derives the four drift facts.
func (e *export) drift() {
	b, f := &e.builder, &e.facts
	changes, baseline, ok := []scanner.Change(nil), "", false
	if e.d.options.Changes != nil {
		changes, baseline, ok = e.d.options.Changes(e.record)
	}
	sorted := e.sortChanges(changes)
	put(b, "configuration_drift", &f.ConfigurationDrift, e.drifted(sorted.configuration, baseline, ok))
	put(b, "access_widened", &f.AccessWidened, e.drifted(sorted.widened, baseline, ok))
	put(b, "access_lost", &f.AccessLost, e.drifted(sorted.lost, baseline, ok))
	put(b, "protection_drift", &f.ProtectionDrift, e.drifted(sorted.protection, baseline, ok))
}

// sortChanges gives each change to the facts that judge it. A change that
// cannot be compared counts wherever a change of its kind would.
func (e *export) sortChanges(changes []scanner.Change) drifts {
	var d drifts
	for _, c := range changes {
		switch driftKind(c.Kind) {
		case driftConfiguration:
			if c.Effect != scanner.EffectEquivalent {
				d.configuration = append(d.configuration, c)
			}
		case driftPolicy:
			if widens(c.Effect) {
				d.widened = append(d.widened, c)
			}
			if e.loses(&c) {
				d.lost = append(d.lost, c)
			}
		case driftSetting:
			if weakens(c.Effect) {
				d.protection = append(d.protection, c)
			}
		}
	}
	return d
}

// The drift facts' shares of the kinds of evidence.
type driftShare int

const (
	driftSetting driftShare = iota
	driftConfiguration
	driftPolicy
)

// driftKind says what a change of a kind is judged as. A kind that is neither
// the configuration nor a policy is a setting that protects the trail.
func driftKind(k scanner.Kind) driftShare {
	//exhaustive:ignore // every other kind is a setting
	switch k {
	case scanner.KindConfiguration, scanner.KindConfigurations, scanner.KindTenant:
		return driftConfiguration
	case scanner.KindBucketPolicy, scanner.KindTrustPolicy, scanner.KindIdentityPolicy, scanner.KindIdentityPolicies,
		scanner.KindBoundary, scanner.KindKeyPolicy, scanner.KindACL, scanner.KindRole, scanner.KindUser, scanner.KindAccessKeys:
		return driftPolicy
	default:
		return driftSetting
	}
}

// widens says whether somebody may do what nobody could before. An effect that
// names no direction is taken for both.
func widens(f scanner.Effect) bool {
	return f == scanner.EffectWidened || f == scanner.EffectWeaker || anyDirection(f)
}

// loses says whether the writer may no longer do what it could. What narrows
// its own policies, or who may assume its role, does; what narrows a policy of
// the bucket or the key does unless the request that shows it is another's.
func (e *export) loses(c *scanner.Change) bool {
	if anyDirection(c.Effect) {
		return true
	}
	if c.Effect != scanner.EffectNarrowed && c.Effect != scanner.EffectStronger {
		return false
	}
	shared := c.Kind == scanner.KindBucketPolicy || c.Kind == scanner.KindKeyPolicy || c.Kind == scanner.KindACL
	if !shared || c.Witness == nil || e.who.arn == "" {
		return true
	}
	return c.Witness.Principal == e.who.arn || samePrincipal(c.Witness.Principal, e.who.arn)
}

func weakens(f scanner.Effect) bool {
	return f == scanner.EffectWeaker || f == scanner.EffectWidened || anyDirection(f)
}

// anyDirection says that an effect does not tell in which direction it goes.
func anyDirection(f scanner.Effect) bool {
	switch f {
	case scanner.EffectMixed, scanner.EffectAdded, scanner.EffectRemoved, scanner.EffectChanged, scanner.EffectRecreated, scanner.EffectIncomparable:
		return true
	case scanner.EffectWidened, scanner.EffectNarrowed, scanner.EffectWeaker, scanner.EffectStronger, scanner.EffectEquivalent:
		return false
	}
	return true
}

// drifted is one drift fact: the changes, or the gap of those that cannot be
// compared. A change that is certain decides, whatever else cannot be compared.
func (e *export) drifted(changes []scanner.Change, baseline string, ok bool) answer[Drift] {
	if !ok {
		return open[Drift](notApplicable(e.resource, "there is no baseline to compare with"))
	}
	value := Drift{Baseline: baseline, Changes: []Change{}}
	status := scanner.FactStatus{Resource: e.resource}
	var gaps []scanner.Gap
	for i := range changes {
		c := &changes[i]
		ref := scanner.Ref(c.Kind, c.Resource, c.Name)
		at := scanner.At(ref, c.Pointer)
		if c.Effect == scanner.EffectIncomparable {
			gaps = append(gaps, e.incomparable(c))
			continue
		}
		value.Changes = append(value.Changes, Change{
			Kind: string(c.Kind), Resource: c.Resource, Effect: string(c.Effect), Message: c.Message, At: at,
			Key: fmt.Sprintf("%s %s %s", c.Kind, c.Resource, c.Name),
		})
		status.Reasons = append(status.Reasons, note(at, c.Message))
		status.Evidence = append(status.Evidence, ref)
	}
	if len(value.Changes) == 0 && len(gaps) > 0 {
		return open[Drift](unknown(e.resource, "what changed since the baseline can not be compared: "+gaps[0].Detail, gaps...))
	}
	status.Evidence = evidenceOf(nil, status.Evidence...)
	return known(value, status)
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
