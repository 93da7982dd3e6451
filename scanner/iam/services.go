package iam

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// addUnnamedService adds a service that no policy names. It comes last, when all names are known.
func (r *principalList) addUnnamedService(fresh string) {
	name := "example.amazonaws.com"
	for r.seen[name]&(1<<ClassService.rank()) != 0 {
		name = "other-" + name
	}
	r.addService(name, AnyService)
	c := r.candidates[len(r.candidates)-1]
	c.context = contextOf(keys.Service, append(c.context, inAccount(fresh))...) // a service's account is AWS's own
}

// calls reports whether the candidate can call the action at all. A service does not assume a role by
// SAML or web identity. An identity provider without an ARN does nothing else.
func (c *candidate) calls(action string) bool {
	if c.class.Kind == ClassService {
		return !principal.IsFederatedAction(action)
	}
	_, arn := principal.ParseARN(c.principal)
	return c.class.Kind != ClassFederated || arn || principal.IsFederatedAction(action)
}

// openAnswer is the answer for a class that covers the services that no policy names: anyone, or every
// service.
type openAnswer struct {
	verdict Verdict
	allows  []int // the statements of the resource policy that let them in
}

// coversUnnamedServices reports whether a class covers the services that no policy names.
func (c *PrincipalClass) coversUnnamedServices() bool {
	return c.Kind == ClassAnonymous || c.Kind == ClassAnyAccount || c.Kind == ClassService && c.Value == "*"
}

// isUnnamedService reports whether a class is that of the services that no policy names.
func (c *PrincipalClass) isUnnamedService() bool {
	return c.Kind == ClassService && c.Value == AnyService
}

// rememberOpenAnswer remembers the answer that was just given for those whom a class covers.
func (in *whoCanAsker) rememberOpenAnswer(v Verdict) {
	if in.class.coversUnnamedServices() {
		in.openAnswers = append(in.openAnswers, openAnswer{v, in.allowingStatements()})
	}
}

// coveredByOpenAnswer reports whether the answer just given for unnamed services adds nothing. It does
// not when anyone may do at least as much, by the same statements.
func (in *whoCanAsker) coveredByOpenAnswer(v Verdict) bool {
	if !in.class.isUnnamedService() {
		return false
	}
	mine := in.allowingStatements()
	return slices.ContainsFunc(in.openAnswers, func(o openAnswer) bool {
		return o.verdict >= v && !slices.ContainsFunc(mine, func(i int) bool { return !slices.Contains(o.allows, i) })
	})
}

// allowingStatements are the statements of the resource policy that allow what was just asked, or may allow it.
func (in *whoCanAsker) allowingStatements() (indices []int) {
	for i := range in.explain.recorder.records {
		r := &in.explain.recorder.records[i]
		if s := r.statement(); r.layer == layerResource && !s.Deny && r.outcome.truth != No {
			indices = append(indices, s.Index)
		}
	}
	return indices
}

// onlyWhenRestricted reports whether unnamed services are listed only because of RestrictPublicBuckets.
// The setting takes from everybody else what a statement gives to all, and leaves services theirs.
func (q *WhoCanQuestion) onlyWhenRestricted(c *PrincipalClass) bool {
	if !q.Policies.RestrictPublicBuckets || !c.isUnnamedService() {
		return false
	}
	open := *q
	open.Policies.RestrictPublicBuckets = false
	return !slices.ContainsFunc(WhoCan(open), func(a Access) bool { return a.Principal.isUnnamedService() })
}
