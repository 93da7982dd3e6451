package iam

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// Evaluate answers a question. Where the known context decides, it allocates nothing. Otherwise it
// tries representative values of the unknown keys or of the set of resources.
func Evaluate(req *Request, p *Policies) Verdict {
	v, _ := evaluate(req, p, 0)
	return v
}

// evaluate answers a question that is part of a larger one, and returns the steps of both.
func evaluate(req *Request, p *Policies, steps int) (Verdict, int) {
	e := eval{Matcher: match.Matcher{Steps: steps}}
	e.init(req, p)
	if v := e.verdict(); v != Depends {
		return v, e.Steps
	}
	return refine(req, p, e.Steps)
}

// eval is one evaluation. It lives on the stack.
type eval struct {
	match.Matcher
	req      *Request
	policies *Policies
	owner    string // account of the resource, empty when unknown
	service  policy.Service
	recorder *recorder // collects what every statement did; may be nil
}

// tell copies what the request says about condition keys.
func (r *Request) tell(k *match.Keys) {
	k.Context, k.OthersUnknown, k.Kind = r.Context, r.OthersUnknown, r.Kind
	k.Unknown, k.AlwaysPresent, k.Absent = r.Unknown, r.AlwaysPresent, r.Absent
	k.Plain = !r.OthersUnknown && len(r.Unknown) == 0 && len(r.AlwaysPresent) == 0
}

func (e *eval) init(req *Request, p *Policies) {
	e.under(p)
	e.Caller = principal.ParseCaller(req.Principal, req.Action)
	e.start(req)
}

// under starts an evaluation under policies.
func (e *eval) under(p *Policies) {
	e.policies, e.CanonicalUsers, e.Bounded = p, p.CanonicalUsers, p.HasBoundary || len(p.Boundary) > 0
}

// start turns to a question about the caller.
func (e *eval) start(req *Request) {
	e.req, e.service = req, policy.ServiceOf(req.Action)
	e.prepare(req)
}

// startInWorld prepares an evaluation of another's question in one world. The action is the same,
// so the caller is parsed again only where the world names another one.
func (e *eval) startInWorld(other *eval, req *Request) {
	e.req, e.policies = req, other.policies
	e.CanonicalUsers, e.Bounded = other.CanonicalUsers, other.Bounded
	e.Caller, e.service = other.Caller, other.service
	if req.Principal != e.Caller.ARN {
		e.Caller = principal.ParseCaller(req.Principal, req.Action) // another of those for whom the principal stands
	}
	e.prepare(req)
}

// prepare reads what differs from world to world. The caller must be known.
func (e *eval) prepare(req *Request) {
	e.Action = req.Action
	req.tell(&e.Keys)
	e.Resource, e.Set = req.Resource, false
	if n := len(req.Resource); n > 0 && req.Resource[n-1] == '*' {
		e.Resource, e.Set = req.Resource[:n-1], true
	}
	e.owner = req.ResourceAccount
	if e.owner == "" {
		e.owner = ownerOf(req.Resource, &e.Caller)
	}
}

// ownerOf returns the account of an ARN. A resource without an ARN belongs to the caller's account,
// and so does the resource of an action that has none.
func ownerOf(resource string, c *principal.Caller) string {
	a, ok := principal.ParseARN(resource)
	if ok {
		if principal.IsAccountID(a.Account) {
			return a.Account
		}
		return ""
	}
	if strings.HasPrefix(resource, "arn:") {
		return ""
	}
	return c.Account
}
