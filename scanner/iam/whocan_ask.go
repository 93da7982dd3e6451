package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
)

// whoCanAsker asks one question about candidate after candidate.
type whoCanAsker struct {
	policies    *Policies
	owner       string // of the resource
	explain     explanation
	class       PrincipalClass // of the candidate
	openAnswers []openAnswer

	// The question about one candidate. The fields are reused for the next candidate.
	narrowed Policies
	resource Policy
	request  Request
	eval     eval
	world    Request
}

// exhausted reports whether the answers so far have used up the work that a question may take.
func (in *whoCanAsker) exhausted() bool { return in.eval.Steps > maxSteps }

// statements returns the statements of the resource's policy that concern the question.
func (in *whoCanAsker) statements() []policy.Statement {
	if in.policies.Resource == nil {
		return nil
	}
	return in.policies.Resource.doc.Statements
}

func newWhoCanAsker(p *Policies, owner string) *whoCanAsker {
	return &whoCanAsker{policies: p, owner: owner, explain: explanation{brief: true}}
}

// turnTo turns to the next candidate and keeps only the statements that can apply to it. It returns
// false for a candidate of another account to whom no statement of the resource's policies allows
// anything. A candidate in the resource's own account needs no such statement.
func (in *whoCanAsker) turnTo(c *candidate, action string) bool {
	p, e := &in.narrowed, &in.eval
	in.class, *p = c.Class, *in.policies.forCandidate(c)
	*e = eval{Matcher: match.Matcher{
		Caller: principal.ParseCaller(c.Principal, action), World: e.World[:0], Steps: e.Steps + 4*len(in.statements()),
	}}
	e.under(p)
	p.keepStatements(&in.resource, func(s *policy.Statement) bool {
		_, v := e.MatchPrincipal(s)
		return v != No
	})
	return in.owner == "" || c.Class.Account == in.owner || e.Caller.Account == in.owner || p.Resource == nil || p.admits()
}

// ask answers the question about the candidate. ok is false when the candidate may not, or when an
// earlier answer for anyone includes it.
func (in *whoCanAsker) ask(question Request) (access Access, ok bool) {
	in.request = question
	req, e := &in.request, &in.eval
	e.start(req)
	a := in.explain.of(e)
	if a.Verdict == No || in.coveredByOpenAnswer(a.Verdict) {
		return Access{}, false
	}
	in.rememberOpenAnswer(a.Verdict, a.Capped)
	access = Access{
		Principal: in.class, Action: req.Action, Verdict: a.Verdict, Needs: a.Needs, Reasons: a.Reasons, More: in.explain.more,
		Witness: a.WitnessAllow, Capped: a.Capped,
	}
	if access.Witness == nil && a.Verdict == Yes {
		w := world{resource: req.Resource}
		if n := len(w.resource); n > 0 && w.resource[n-1] == '*' {
			w.resource = w.resource[:n-1] + "example"
		}
		access.Witness = e.witness(inWorld(req, &w, &in.world), Yes, &trace.Trace{})
	}
	return access, true
}
