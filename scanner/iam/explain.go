package iam

import (
	"slices"
	"strings"
)

// Explain answers a question with the statements that decided, every Deny that was considered,
// what is missing for a yes, and, where the answer depends, the keys that decide and a concrete
// request for either side.
func Explain(req *Request, p *Policies) Answer {
	var (
		e eval
		l layers
	)
	e.init(req, p)
	e.recorder, e.tracer = newRecorder(), &tracer{}
	e.gather(&l)
	a := Answer{Verdict: e.combine(&l), Reasons: []Reason{}, Needs: []string{}}
	if a.Verdict == Depends {
		return explainOpen(req, p, e.tracer)
	}
	a.prove(&e, &l)
	return a
}

// explainOpen handles questions that Kleene's logic leaves open.
func explainOpen(req *Request, p *Policies, t *tracer) Answer {
	r := refine(req, p)
	a := Answer{Verdict: r.verdict, Capped: r.capped, Reasons: []Reason{}, Needs: []string{}}
	switch r.verdict {
	case Depends:
		a.WitnessAllow = witness(req, p, r.yes, Yes, t)
		a.WitnessDeny = witness(req, p, r.no, No, t)
		a.Needs = needs(req, p, t, &r)
		a.proveIn(req, p, nil)
	case No:
		a.proveIn(req, p, r.no) // no world allows it; this is one of them
	case Yes:
		a.proveIn(req, p, nil)
	}
	return a
}

// proveIn evaluates again, in a world or with everything unknown, and takes the proof from there.
func (a *Answer) proveIn(req *Request, p *Policies, w *world) {
	var (
		e eval
		l layers
	)
	if w != nil {
		concrete := concreteRequest(req, w)
		req = &concrete
	}
	e.init(req, p)
	e.recorder = newRecorder()
	e.gather(&l)
	a.prove(&e, &l)
}

// prove fills in what decided.
func (a *Answer) prove(e *eval, l *layers) {
	a.ExplicitDeny = a.Verdict == No && l.deny == Yes
	if a.Verdict == No && !a.ExplicitDeny {
		a.Missing = e.missing(l)
		if e.publicAccessRestricted() && !e.caller.isService() && e.owner != e.caller.account {
			_, a.Reasons = IsPublic(e.policies.Resource)
		}
	}
	decided, considered := 0, 0
	records := e.recorder.records
	for i := range records {
		r := &records[i]
		if r.decisive = a.decides(e, l, r); r.decisive {
			decided++
		} else if r.statement.deny {
			considered++
		}
	}
	if decided > 0 {
		a.Reasons = slices.Grow(a.Reasons, decided)
	}
	if considered > 0 {
		a.Considered = make([]Reason, 0, considered)
	}
	for i := range records {
		switch r := &records[i]; {
		case r.decisive:
			a.Reasons = append(a.Reasons, reasonFor(r.policy, r.statement, r.note(e)))
		case r.statement.deny:
			a.Considered = append(a.Considered, reasonFor(r.policy, r.statement, r.note(e)))
		}
	}
}

// decides reports whether a statement carried the verdict.
func (a *Answer) decides(e *eval, l *layers, r *record) bool {
	o := &r.outcome
	switch a.Verdict {
	case No:
		return r.statement.deny && o.truth == Yes && a.ExplicitDeny
	case Depends:
		return o.truth == Depends || o.truth == Yes && !r.statement.deny && l.deny == No && e.needs(l, r)
	case Yes:
		return !r.statement.deny && o.truth != No && e.needs(l, r)
	}
	return false
}

// needs reports whether an allowing statement's layer takes part in the decision.
func (e *eval) needs(l *layers, r *record) bool {
	if !e.caller.isIdentity() || r.layer == layerSCP {
		return true
	}
	if e.owner != e.caller.account {
		return true
	}
	switch direct := &l.resource.allow; {
	case direct[levelSession] == Yes:
		return r.layer == layerResource && r.outcome.level == levelSession
	case direct[levelUser] == Yes && len(e.policies.Session) == 0:
		return r.layer == layerResource && r.outcome.level == levelUser
	}
	delegates := e.service == kmsService || e.service == stsService
	return r.layer != layerResource || r.outcome.level != levelAccount || delegates
}

func (c *caller) isService() bool { return c.kind == callerService || c.kind == callerFederated }

// note says in words what a statement did.
func (r *record) note(e *eval) string {
	switch r.outcome.cause {
	case causeAction:
		return "the action does not match"
	case causeResource:
		return "the resource does not match"
	case causePrincipal:
		return "the principal does not match"
	case causeCondition:
		return e.conditionNote(&r.statement.conditions[r.outcome.index])
	case causeNone:
	}
	if r.outcome.truth == Depends {
		return e.openNote(r.statement)
	}
	return "matches"
}

// conditionNote says why a condition does not hold.
func (e *eval) conditionNote(c *condition) string {
	why, value := "the key is never absent", ""
	switch state, values := e.lookup(c.key); state {
	case keyPresent:
		why, value = "the key holds ", values[0]
		if len(values) > 1 {
			value = strings.Join(values, ", ")
		}
	case keyAbsent:
		why = "the key is absent"
	case keyUnknown, keyUnknownPresent:
	}
	return "the condition " + c.fullName() + " " + c.name + " does not hold: " + why + value
}

// openNote says what a statement's effect depends on.
func (e *eval) openNote(s *statement) string {
	if e.matchResource(s) == Depends {
		return "matches some of the resources"
	}
	for i := range s.conditions {
		if c := &s.conditions[i]; e.matchCondition(c) == Depends {
			return "depends on " + c.name
		}
	}
	return "depends on whom a canonical user id names"
}

// concreteRequest is the question in one world.
func concreteRequest(req *Request, w *world) Request {
	c := *req
	c.Unknown, c.AlwaysPresent, c.Absent, c.OthersUnknown = nil, nil, nil, false
	c.Resource = w.resource
	for _, k := range req.Unknown {
		c.Context = c.Context.With(k)
	}
	for _, k := range req.AlwaysPresent {
		if _, ok := c.Context.get(strings.ToLower(k)); !ok {
			c.Context = c.Context.With(k, "example")
		}
	}
	for _, a := range w.values {
		c.Context = c.Context.With(a.key, a.values...)
	}
	return c
}

// witness turns a world into a request, provided that it gives the verdict that it stands for.
func witness(req *Request, p *Policies, w *world, want Verdict, t *tracer) *Witness {
	if w == nil {
		return nil
	}
	c := concreteRequest(req, w)
	var e eval
	e.init(&c, p)
	if e.verdict() != want {
		return nil
	}
	values := make(map[string][]string, len(c.Context.entries))
	for _, entry := range c.Context.entries {
		name := entry.name
		if name == entry.key {
			name = displayName(req, t, name)
		}
		values[name] = slices.Clone(entry.values)
	}
	return &Witness{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: values}
}
