package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Evaluate answers a question. A Yes or No that the known context decides takes no allocation;
// when unknown keys or a set of resources leave it open, their representative values are tried.
func Evaluate(req *Request, p *Policies) Verdict {
	v, _ := evaluate(req, p, 0)
	return v
}

// evaluate answers a question that is part of a larger one, and adds to the steps of that.
func evaluate(req *Request, p *Policies, steps int) (Verdict, int) {
	e := eval{steps: steps}
	e.init(req, p)
	if v := e.verdict(); v != Depends {
		return v, e.steps
	}
	return refine(req, p, e.steps)
}

// eval is one evaluation. It lives on the stack.
type eval struct {
	req      *Request
	policies *Policies
	caller   principal.Caller
	resource string // without the trailing star of a set
	set      bool
	owner    string // account of the resource, empty when unknown
	service  policy.Service
	plain    bool // no key is unknown

	world    []assignment // values tried for unknown keys
	tracer   *trace.Trace // collects what is unknown; may be nil
	recorder *recorder    // collects what every statement did; may be nil
	steps    int          // of work, see maxSteps
}

// assignment is a value tried for an unknown key; no values means absent.
type assignment struct {
	key    string
	values []string
}

func (e *eval) init(req *Request, p *Policies) {
	e.policies = p
	e.caller = principal.ParseCaller(req.Principal, req.Action)
	e.start(req)
}

// start turns to a question about the caller.
func (e *eval) start(req *Request) {
	e.req, e.service = req, policy.ServiceOf(req.Action)
	e.prepare(req)
}

// startInWorld prepares an evaluation of another's question in one world. The action is the same, so
// that the caller need not be read again unless the world names another.
func (e *eval) startInWorld(other *eval, req *Request) {
	e.req, e.policies = req, other.policies
	e.caller, e.service = other.caller, other.service
	if req.Principal != e.caller.ARN {
		e.caller = principal.ParseCaller(req.Principal, req.Action) // another of those for whom a principal stands in
	}
	e.prepare(req)
}

// prepare reads from a request what changes from world to world. The caller must be known.
func (e *eval) prepare(req *Request) {
	e.resource, e.set = req.Resource, false
	if n := len(req.Resource); n > 0 && req.Resource[n-1] == '*' {
		e.resource, e.set = req.Resource[:n-1], true
	}
	e.plain = !req.OthersUnknown && len(req.Unknown) == 0 && len(req.AlwaysPresent) == 0
	e.owner = req.ResourceAccount
	if e.owner == "" {
		e.owner = ownerOf(req.Resource, &e.caller)
	}
}

// ownerOf takes the account from the ARN. What is no ARN belongs to the caller's account, as
// with actions that have no resource.
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

type keyState uint8

const (
	keyAbsent keyState = iota
	keyPresent
	keyUnknown        // absent or any value
	keyUnknownPresent // any value
)

// lookup finds a key given in lower case.
func (e *eval) lookup(key string) (keyState, []string) {
	e.steps += 1 + len(e.world)
	for i := range e.world {
		if e.world[i].key == key {
			if len(e.world[i].values) == 0 {
				return keyAbsent, nil
			}
			return keyPresent, e.world[i].values
		}
	}
	if e.plain {
		if v, ok := e.req.Context.Get(key); ok {
			return keyPresent, v
		}
		return keyAbsent, nil
	}
	return e.lookupUnknown(key)
}

// lookupUnknown lets Unknown win over Context: what is said to be unknown is not relied on.
func (e *eval) lookupUnknown(key string) (keyState, []string) {
	r := e.req
	if pattern.ContainsFold(r.AlwaysPresent, key) {
		if v, ok := r.Context.Get(key); ok && !pattern.ContainsFold(r.Unknown, key) {
			return keyPresent, v
		}
		return keyUnknownPresent, nil
	}
	if pattern.ContainsFold(r.Unknown, key) {
		return keyUnknown, nil
	}
	if v, ok := r.Context.Get(key); ok {
		return keyPresent, v
	}
	if !r.OthersUnknown || pattern.ContainsFold(r.Absent, key) {
		return keyAbsent, nil
	}
	switch c := keys.In(r.Kind, key); c.State {
	case keys.Absent:
		return keyAbsent, nil
	case keys.Fixed:
		return keyPresent, c.Values
	case keys.OneOf:
		if !slices.Contains(c.Values, "") {
			return keyUnknownPresent, nil
		}
	case keys.Present:
		return keyUnknownPresent, nil
	default:
	}
	return keyUnknown, nil
}

// outcome is what a statement does to the request.
type outcome struct {
	truth Verdict
	level level
	cause cause
	index int32 // of the condition, for causeCondition
}

type cause uint8

const (
	causeNone cause = iota
	causeAction
	causeResource
	causePrincipal
	causeCondition
)

// match evaluates one statement. The cheap and selective elements come first.
func (e *eval) match(s *policy.Statement) outcome {
	e.steps++
	if !e.matchAction(s) {
		return outcome{cause: causeAction}
	}
	truth := e.matchResource(s)
	if truth == No {
		return outcome{cause: causeResource}
	}
	l, v := e.matchPrincipal(s)
	if v == No {
		return outcome{cause: causePrincipal}
	}
	truth = min(truth, v)
	for i := range s.Conditions {
		v := e.matchCondition(&s.Conditions[i])
		if v == No {
			return outcome{cause: causeCondition, index: int32(i)}
		}
		truth = min(truth, v)
	}
	return outcome{truth: truth, level: l}
}

func (e *eval) matchAction(s *policy.Statement) bool {
	for i := range s.Actions {
		e.steps += s.Actions[i].Cost(e.req.Action)
		if s.Actions[i].MatchFold(e.req.Action) {
			return !s.NotAction
		}
	}
	return s.NotAction
}

func (e *eval) matchResource(s *policy.Statement) Verdict {
	if !s.HasResource {
		return Yes
	}
	found := No
	for i := range s.Resources {
		var v Verdict
		r := &s.Resources[i]
		e.steps += r.Cost(e.resource)
		if e.set {
			v = e.matchPrefixSet(&r.Template, e.resource)
		} else {
			v = e.matchText(&r.Template, e.resource)
		}
		if found = max(found, v); found == Yes {
			break
		}
	}
	if found == Depends && e.set {
		e.blockedBySet()
	}
	if s.NotResource {
		return not(found)
	}
	return found
}
