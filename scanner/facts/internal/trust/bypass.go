package trust

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// ExternalIDBypass is who outside the role's account may assume it without an
// ExternalId, or with one that no configuration of this run has.
func (r *Role) ExternalIDBypass() *fact.Of[fact.ExternalIDBypass] {
	if !r.known {
		return fact.Unresolved[fact.ExternalIDBypass](r.status)
	}
	named := externalIDs(r.policy.Doc.Statements())
	certain, uncertain := r.bypasses(r.knownIDs(named))
	value := fact.ExternalIDBypass{RoleARN: r.arn, Accesses: []fact.Access{}, Declared: []string{}}
	status := scanner.FactStatus{Resource: r.arn, Assumptions: r.controls.Taken(r.export.Run.Assumptions, scanner.NoRCP)}
	for _, other := range r.otherIDs(named) {
		value.Declared = append(value.Declared, other.ID)
		status.Assumptions = append(slices.Clip(status.Assumptions), other.Declared())
	}
	if len(certain) > 0 && !r.export.Run.Complete {
		// An id that the policy names may be that of a tenant whose list could
		// not be read. What is left when all of them are taken for known ones is
		// certain.
		stale := certain
		certain, _ = r.bypasses(append(r.knownIDs(named), named...))
		if len(certain) == 0 {
			status.State, status.Gaps = scanner.FactUnknown, r.export.Run.UnreadLists()
			status.Because = "the trust policy names ExternalIds that no configuration read has, and not every tenant's configurations could be read"
			r.giveReasons(stale, &status)
			status.Evidence = proof.Evidence(status.Reasons, r.policy.Ref)
			return fact.Unresolved[fact.ExternalIDBypass](status)
		}
	}
	if len(certain) == 0 && len(uncertain) > 0 {
		status.State, status.Needs = scanner.FactUnknown, needsOf(uncertain)
		status.Because = "whether " + listed.Describe(&uncertain[0].Principal) +
			" can assume the role without a known ExternalId depends on " + proof.DependsOn(status.Needs)
		if len(status.Needs) == 0 && slices.ContainsFunc(uncertain, listed.IsOpen) {
			return fact.Unresolved[fact.ExternalIDBypass](r.open("who can assume the role without a known ExternalId"))
		}
		r.giveReasons(uncertain, &status)
		status.Evidence = proof.Evidence(status.Reasons, r.policy.Ref)
		return fact.Unresolved[fact.ExternalIDBypass](status)
	}
	if gaps := r.mayKeepOut(certain); len(certain) > 0 && len(gaps) > 0 {
		return fact.Unresolved[fact.ExternalIDBypass](r.unread("whether others can assume the role without a known ExternalId", gaps))
	}
	for i := range certain {
		value.Accesses = append(value.Accesses, r.access(&certain[i], howAssumed(&certain[i], named)))
	}
	value.Accesses = listed.Merge(value.Accesses)
	r.giveReasons(certain, &status)
	if len(certain) == 0 {
		status.Reasons = []scanner.Reason{fact.Note(scanner.At(r.policy.Ref, ""),
			"nobody outside account "+r.account+" can assume the role without the id of a configuration")}
	}
	status.Evidence = proof.Evidence(status.Reasons, r.policy.Ref)
	return fact.Known(value, status)
}

// bypasses asks who gets in, and tells those who certainly do from those for
// whom something unknown decides. Services and identity providers send no
// ExternalId: OtherDoors is about them.
func (r *Role) bypasses(known []string) (certain, uncertain []iam.Access) {
	key := view.AnswerKey{Question: "assume", Resource: r.arn, More: strings.Join(known, " ") + " " + r.controls.Key + r.export.ResourceTags().Digest}
	var effort iam.Effort // of one question
	for _, access := range view.Remember(r.policy.Doc, key, &effort, func(cost *iam.Effort) []iam.Access {
		context, absent := r.assumeContext()
		return iam.WhoCanAssume(r.policy.Policy, iam.AssumeQuestion{
			RoleARN: r.arn, Account: r.account, KnownExternalIDs: known,
			Context: context, Absent: absent, Effort: cost,
			RCPs: r.controls.Levels, ManagementAccount: r.controls.Management,
		})
	}) {
		switch {
		case isDoor(&access.Principal):
		case access.Verdict == iam.Yes || (!access.Capped && len(access.OutsideNeeds()) == 0):
			certain = append(certain, access)
		default:
			uncertain = append(uncertain, access)
		}
	}
	return certain, uncertain
}

// externalIDs are all values that a trust policy compares an ExternalId with.
func externalIDs(statements []iam.Statement) []string {
	var ids []string
	for i := range statements {
		ids = append(ids, idsOf(&statements[i], false)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// knownIDs are those of the named ids that a configuration of the run has, or that
// are declared besides. No other id matters, because a policy tells apart only the
// ids it names.
func (r *Role) knownIDs(named []string) []string {
	var ids []string
	for _, id := range named {
		if r.export.Run.HasConfiguration(id) || id == r.export.Config.ID {
			ids = append(ids, id)
		}
	}
	for _, other := range r.otherIDs(named) {
		ids = append(ids, other.ID)
	}
	return ids
}

// otherIDs are those of the named ids that are declared, and that no configuration
// has.
func (r *Role) otherIDs(named []string) []scanner.OtherExternalID {
	var others []scanner.OtherExternalID
	for _, other := range r.export.Expect.OtherExternalIDs {
		if slices.Contains(named, other.ID) && !r.export.Run.HasConfiguration(other.ID) && other.ID != r.export.Config.ID {
			others = append(others, other)
		}
	}
	return others
}

func needsOf(accesses []iam.Access) []string {
	var needs []string
	for i := range accesses {
		needs = append(needs, accesses[i].Needs...)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// howAssumed says with which ExternalId, if any, somebody gets in.
func howAssumed(a *iam.Access, named []string) string {
	if a.Witness == nil {
		return "without the id of a configuration"
	}
	for key, values := range a.Witness.Context {
		switch {
		case !strings.EqualFold(key, externalIDKey) || len(values) == 0:
		case slices.Contains(named, values[0]):
			return fmt.Sprintf("with ExternalId %q", values[0])
		default:
			return fmt.Sprintf("with an ExternalId that no configuration has, such as %q", values[0])
		}
	}
	return "without an ExternalId"
}
