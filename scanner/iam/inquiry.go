package iam

// inquiry asks about one candidate after the other what the same policies let it do.
type inquiry struct {
	policies *Policies
	owner    string // of the resource
	explain  explanation

	// Room for the question about one candidate.
	narrowed Policies
	resource Policy
	request  Request
	eval     eval
}

func newInquiry(p *Policies, owner string) *inquiry {
	return &inquiry{policies: p, owner: owner, explain: explanation{brief: true}}
}

// mayAllow rules out, before anything else is looked at, those of other accounts whom no
// statement that allows anything names: somebody in the resource's own account needs none.
func (in *inquiry) mayAllow(c *candidate, action string) bool {
	p := in.policies
	if in.owner == "" || c.class.Account == in.owner || len(p.Grants) > 0 || p.Resource == nil {
		return true
	}
	e := eval{policies: p.forCandidate(c), caller: parseCaller(c.principal, action)}
	if e.caller.account == in.owner {
		return true
	}
	for i := range p.Resource.statements {
		s := &p.Resource.statements[i]
		if s.deny {
			continue
		}
		if _, v := e.matchPrincipal(s); v != No {
			return true
		}
	}
	return false
}

// accessOf answers for one candidate; ok is false when it may not.
func (in *inquiry) accessOf(c *candidate, question Request) (access Access, ok bool) {
	in.request = question
	req := &in.request
	p, e := &in.narrowed, &in.eval
	*p, *e = *in.policies.forCandidate(c), eval{world: e.world[:0]}
	e.init(req, p)
	p.keep(&in.resource, func(s *statement) bool {
		_, v := e.matchPrincipal(s)
		return v != No
	})
	a := in.explain.of(e)
	if a.Verdict == No {
		return Access{}, false
	}
	access = Access{
		Principal: c.class, Action: req.Action, Verdict: a.Verdict, Needs: a.Needs, Reasons: a.Reasons,
		Witness: a.WitnessAllow, Capped: a.Capped,
	}
	if a.Verdict == Yes {
		w := world{resource: req.Resource}
		if n := len(w.resource); n > 0 && w.resource[n-1] == '*' {
			w.resource = w.resource[:n-1] + "example"
		}
		access.Witness = e.witness(inWorld(req, &w, &Request{}), Yes, &tracer{})
	}
	return access, true
}
