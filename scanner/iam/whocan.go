package iam

import "slices"

// WhoCanQuestion asks who may do an action on a resource.
type WhoCanQuestion struct {
	// Action and Resource are as in Request.
	Action, Resource string
	// ResourceAccount owns the resource.
	ResourceAccount string
	// Policies are those of the resource: Resource, RCPs, RestrictPublicBuckets, Grants and the
	// like. What belongs to a principal is ignored: everybody is taken to have all that their
	// own account can give them.
	Policies Policies
	// Context and Absent are as in Request. Every other key is unknown, but for those that
	// follow from the principal.
	Context Context
	Absent  []string
}

// WhoCan lists everybody who may: whoever a policy names, the resource's own account, any AWS
// account, anonymous, services and identity providers, the widest classes first. Those who may
// not are left out. Somebody in an account stands for all of that account whom no policy names.
func WhoCan(q WhoCanQuestion) []Access {
	p := Policies{
		Identity: []*Policy{AllowAll("identity policies")}, Resource: q.Policies.Resource, RCPs: q.Policies.RCPs,
		RestrictPublicBuckets: q.Policies.RestrictPublicBuckets, Grants: q.Policies.Grants,
		AWSManagedKey: q.Policies.AWSManagedKey, ManagementAccount: q.Policies.ManagementAccount,
		CanonicalUsers: q.Policies.CanonicalUsers,
	}
	owner := q.ResourceAccount
	if owner == "" {
		owner = ownerOf(q.Resource, &caller{})
	}
	question := Request{Action: q.Action, Resource: q.Resource, ResourceAccount: owner, Context: q.Context, Absent: q.Absent, OthersUnknown: true}
	p.narrow(&question, false)
	r := newRoster(p.documents(), owner, partitionOf(q.Resource))
	for i := range p.Grants {
		kind := PrincipalAWS
		if _, ok := splitARN(p.Grants[i].Grantee); !ok && !isAccountID(p.Grants[i].Grantee) {
			kind = PrincipalService
		}
		e := newPrincipalEntry(kind, p.Grants[i].Grantee)
		r.addEntry(&e, r.freshAccount(), false)
	}
	slices.SortFunc(r.found, func(a, b candidate) int { return a.class.compare(b.class) })
	var out []Access
	for i := range r.found {
		c := &r.found[i]
		if _, arn := splitARN(c.principal); c.class.Kind == ClassFederated && !arn && !isFederatedAction(q.Action) {
			continue // a provider that is no resource calls nothing else
		}
		req := c.request(q.Action, q.Resource, owner, q.Context, q.Absent)
		if a, ok := accessOf(c, &req, p.forCandidate(c)); ok {
			out = append(out, a)
		}
	}
	return out
}

// documents are the policies that belong to the resource.
func (p *Policies) documents() []*Policy {
	var out []*Policy
	if p.Resource != nil {
		out = append(out, p.Resource)
	}
	for _, level := range p.RCPs {
		out = append(out, level...)
	}
	return out
}

// forCandidate makes a canonical user's account known as itself, so that it can be asked about.
func (p *Policies) forCandidate(c *candidate) *Policies {
	if c.class.Kind != ClassCanonicalUser {
		return p
	}
	q := *p
	q.CanonicalUsers = map[string]string{c.class.Value: canonicalAccount}
	return &q
}

// canonicalAccount stands for the account that a canonical user id names. No account has this id.
const canonicalAccount = "canonical"

func partitionOf(resource string) string {
	if a, ok := splitARN(resource); ok && a.partition != "" && a.partition != "*" {
		return a.partition
	}
	return "aws"
}

// accessOf answers for one candidate; ok is false when it may not.
func accessOf(c *candidate, req *Request, p *Policies) (access Access, ok bool) {
	if quick(req, p) == No {
		return Access{}, false
	}
	narrowed := *p
	narrowed.narrow(req, true)
	p = &narrowed
	a := Explain(req, p)
	if a.Verdict == No {
		return Access{}, false
	}
	access = Access{
		Principal: c.class, Action: req.Action, Verdict: a.Verdict, Needs: a.Needs, Reasons: a.Reasons,
		Witness: a.WitnessAllow, Capped: a.Capped,
	}
	if a.Verdict == Yes {
		w := &world{resource: req.Resource}
		if n := len(w.resource); n > 0 && w.resource[n-1] == '*' {
			w.resource = w.resource[:n-1] + "example"
		}
		access.Witness = witness(req, p, w, Yes, &tracer{})
	}
	return access, true
}

// narrow leaves in the resource's policies only the statements that can apply: to the action and
// resource, and, when asked, to the principal. The others change no answer.
func (p *Policies) narrow(req *Request, principal bool) {
	var e eval
	e.init(req, p)
	keep := func(doc *Policy) *Policy {
		out := *doc
		out.statements = nil
		for i := range doc.statements {
			s := &doc.statements[i]
			if !e.matchAction(s) || e.matchResource(s) == No {
				continue
			}
			if principal {
				if _, v := e.matchPrincipal(s); v == No {
					continue
				}
			}
			if out.statements == nil {
				out.statements = make([]statement, 0, len(doc.statements)-i)
			}
			out.statements = append(out.statements, *s)
		}
		return &out
	}
	if p.Resource != nil {
		p.Resource = keep(p.Resource)
	}
	if len(p.RCPs) == 0 {
		return
	}
	levels := make([][]*Policy, len(p.RCPs))
	for i, l := range p.RCPs {
		for _, doc := range l {
			if doc != nil {
				levels[i] = append(levels[i], keep(doc))
			}
		}
	}
	p.RCPs = levels
}

// quick is the verdict without a search.
func quick(req *Request, p *Policies) Verdict {
	var e eval
	e.init(req, p)
	return e.verdict()
}
