package iam

import "slices"

// openAnswer is the answer for a class that includes the services that no policy names: anyone, or
// every service.
type openAnswer struct {
	verdict Verdict
	allows  []int // the statements of the resource policy that let them in
}

// rememberOpenAnswer keeps the answer just given, if its class includes unnamed services. An answer
// whose search was cut short is not kept, since it is not certain.
func (in *whoCanAsker) rememberOpenAnswer(v Verdict, capped bool) {
	if in.class.CoversUnnamedServices() && !capped {
		in.openAnswers = append(in.openAnswers, openAnswer{v, in.allowingStatements()})
	}
}

// coveredByOpenAnswer reports whether the answer just given for unnamed services says nothing new,
// because anyone may do at least as much by the same statements.
func (in *whoCanAsker) coveredByOpenAnswer(v Verdict) bool {
	if !in.class.IsUnnamedService() {
		return false
	}
	mine := in.allowingStatements()
	return slices.ContainsFunc(in.openAnswers, func(o openAnswer) bool {
		return o.verdict >= v && !slices.ContainsFunc(mine, func(i int) bool { return !slices.Contains(o.allows, i) })
	})
}

// allowingStatements returns the statements of the resource policy that allow, or may allow, what
// was just asked.
func (in *whoCanAsker) allowingStatements() (indices []int) {
	for i := range in.explain.recorder.records {
		r := &in.explain.recorder.records[i]
		if s := r.statement(); r.layer == layerResource && !s.Deny && r.outcome.Truth != No {
			indices = append(indices, s.Index)
		}
	}
	return indices
}

// onlyWhenRestricted reports whether unnamed services are listed only because of
// RestrictPublicBuckets. That setting leaves to services what a statement gives to everybody, and
// takes it from all others.
func (q *WhoCanQuestion) onlyWhenRestricted(c *PrincipalClass) bool {
	if !q.Policies.RestrictPublicBuckets || !c.IsUnnamedService() {
		return false
	}
	open := *q
	open.Policies.RestrictPublicBuckets, open.unnamedServices = false, true
	return !slices.ContainsFunc(WhoCan(open), func(a Access) bool { return a.Principal.IsUnnamedService() || a.Capped })
}
