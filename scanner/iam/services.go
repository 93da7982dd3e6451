package iam

import "slices"

// openAnswer is the answer for a class that covers the services that no policy names: anyone, or every
// service.
type openAnswer struct {
	verdict Verdict
	allows  []int // the statements of the resource policy that let them in
}

// rememberOpenAnswer remembers the answer that was just given for those whom a class covers. One
// whose search was cut short says nothing for certain about them.
func (in *whoCanAsker) rememberOpenAnswer(v Verdict, capped bool) {
	if in.class.CoversUnnamedServices() && !capped {
		in.openAnswers = append(in.openAnswers, openAnswer{v, in.allowingStatements()})
	}
}

// coveredByOpenAnswer reports whether the answer just given for unnamed services adds nothing. It does
// not when anyone may do at least as much, by the same statements.
func (in *whoCanAsker) coveredByOpenAnswer(v Verdict) bool {
	if !in.class.IsUnnamedService() {
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
		if s := r.statement(); r.layer == layerResource && !s.Deny && r.outcome.Truth != No {
			indices = append(indices, s.Index)
		}
	}
	return indices
}

// onlyWhenRestricted reports whether unnamed services are listed only because of RestrictPublicBuckets.
// What a statement gives to everybody, the setting leaves to services and takes from all others.
func (q *WhoCanQuestion) onlyWhenRestricted(c *PrincipalClass) bool {
	if !q.Policies.RestrictPublicBuckets || !c.IsUnnamedService() {
		return false
	}
	open := *q
	open.Policies.RestrictPublicBuckets, open.unnamedServices = false, true
	return !slices.ContainsFunc(WhoCan(open), func(a Access) bool { return a.Principal.IsUnnamedService() || a.Capped })
}
