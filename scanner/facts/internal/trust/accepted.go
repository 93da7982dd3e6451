package trust

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

const externalIDKey = "sts:ExternalId"

// ExternalIDAccepted is whether Immuta can assume the role with the configuration's
// id, and else why not.
func (r *Role) ExternalIDAccepted() *fact.Of[fact.ExternalIDAccepted] {
	value := fact.ExternalIDAccepted{
		RoleARN: r.arn, ConfigurationID: r.export.Config.ID,
		DemandedIDs: []string{}, Immuta: []string{}, Trustees: []string{}, Instead: []string{},
	}
	if !r.known {
		if r.status.State == scanner.FactNotApplicable && r.arn != "" {
			value.Cause, value.Why, value.At = causeNoRole, "the role does not exist", scanner.At(r.policy.Ref, "")
			return fact.Known(value, fact.Rests(r.arn, r.status.Evidence, fact.Note(value.At, value.Why)))
		}
		return fact.Unresolved[fact.ExternalIDAccepted](r.status)
	}
	value.DemandedIDs = demandedIDs(r.policy.Doc.Statements())
	callers := r.immuta()
	value.Immuta, value.Trustees = fact.NonNil(slices.Concat(callers.Accounts, callers.Principals)), trustees(&callers)
	best := r.mayAssume(&callers, r.export.Config.ID, nil)
	status := scanner.FactStatus{
		Resource: r.arn, Assumptions: r.controls.Taken(r.export.AssumptionsWith(best.Declared), scanner.NoRCP),
		Reasons: proof.Of(r.refs(), best.Reasons, best.Considered),
	}
	if provider, ok := r.byProvider(&callers); ok && best.Verdict != iam.Yes {
		best = iam.Answer{Verdict: iam.Yes, Reasons: provider.Reasons}
		status.Reasons = proof.Of(r.refs(), provider.Reasons)
	}
	if r.export.Config.Planned && best.Verdict != iam.Yes {
		return fact.Unresolved[fact.ExternalIDAccepted](r.untilCreated())
	}
	if proof.Undecided(&best) {
		return fact.Unresolved[fact.ExternalIDAccepted](r.open("whether Immuta can assume the role with the configuration's id"))
	}
	if best.Verdict == iam.Depends {
		status.State, status.Needs, status.DeclaredIn = scanner.FactUnknown, best.Needs, view.DeclaredIn(view.DeclaredAssumes, keys.Assume, best.Needs)
		status.Because = "whether Immuta can assume the role with the configuration's id depends on " + proof.DependsOn(best.Needs)
		status.Evidence = proof.Evidence(status.Reasons, r.policy.Ref, r.export.ConfigRef)
		return fact.Unresolved[fact.ExternalIDAccepted](status)
	}
	if best.Verdict == iam.Yes && len(r.controls.Gaps) > 0 {
		return fact.Unresolved[fact.ExternalIDAccepted](r.unread("whether Immuta can assume the role with the configuration's id", r.controls.Gaps))
	}
	value.Accepted = best.Verdict == iam.Yes
	value.At = proof.FirstAt(status.Reasons, r.nearestAllow())
	if !value.Accepted {
		r.explainLockout(&callers, &best, &value)
		status.Reasons = append([]scanner.Reason{fact.Note(value.At, value.Why)}, status.Reasons...)
	}
	status.Evidence = proof.Evidence(status.Reasons, r.policy.Ref, r.export.ConfigRef)
	return fact.Known(value, status)
}

// untilCreated is the status of whether an export can assume the role that is not made
// yet, where the role is for certain ids alone: which one it will have Immuta says.
func (r *Role) untilCreated() scanner.FactStatus {
	gap := proof.Undetermined(document.KindConfiguration, r.export.Resource,
		"the export has no id yet; put the id that Immuta gives it into the trust policy's condition on "+externalIDKey+", and scan again")
	gap.Name = "id"
	status := fact.Unknown(r.arn, "whether Immuta can assume the role is not known until the export has its id", gap)
	status.Evidence = []string{r.policy.Ref}
	return status
}

// mayAssume asks whether any of the callers may assume the role with an
// ExternalId. They call STS themselves.
func (r *Role) mayAssume(callers *iam.Callers, id string, effort *iam.Effort) iam.Answer {
	known := map[string]string{"aws:ResourceAccount": r.account, externalIDKey: id}
	absent := r.export.ResourceTags().Put(known, nil)
	req := iam.Request{
		Absent: absent, Action: assumeActions[0], Resource: r.arn, ResourceAccount: r.account,
		Context: r.export.Run.Requests.ByKind[keys.Assume].WithEach(known), OthersUnknown: true, Kind: keys.Assume, Effort: effort,
	}
	r.export.Declare(&req, r.export.Expect.AssumeRequests)
	r.export.Place(&req, r.account, view.ResourceOrgKey, view.ResourcePathsKey, r.export.Expect.Organization)
	return iam.AskAnybody(&req, r.policies(), callers)
}

// byProvider is the door of an identity provider that Immuta comes by, which
// takes no ExternalId.
func (r *Role) byProvider(callers *iam.Callers) (iam.Access, bool) {
	for _, access := range r.whoIsTrusted() {
		if access.Principal.Kind == iam.ClassFederated && slices.Contains(callers.Principals, access.Principal.Value) {
			return access, true
		}
	}
	return iam.Access{}, false
}

// demandedIDs are the literal ids that the Allow statements demand, sorted.
func demandedIDs(statements []iam.Statement) []string {
	ids := []string{}
	for i := range statements {
		if statements[i].Effect == iam.Allow {
			ids = append(ids, idsOf(&statements[i], true)...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// idsOf are the ids that a statement compares an ExternalId with, only those
// that it demands or all.
func idsOf(s *iam.Statement, demanded bool) (ids []string) {
	for _, c := range s.Conditions {
		demands := strings.HasPrefix(c.Operator, "String") && !strings.HasPrefix(c.Operator, "StringNot")
		if strings.EqualFold(c.Key, externalIDKey) && (demands || !demanded) {
			ids = append(ids, c.Values...)
		}
	}
	return ids
}

// nearestAllow is the place of the first statement that lets anybody in.
func (r *Role) nearestAllow() string {
	return scanner.At(r.policy.Ref, view.FirstAllow(r.policy.Policy))
}
