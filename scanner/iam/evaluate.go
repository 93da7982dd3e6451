package iam

import "strings"

// Evaluate answers a question. A Yes or No that the known context decides takes no allocation;
// when unknown keys or a set of resources leave it open, their representative values are tried.
func Evaluate(req *Request, p *Policies) Verdict {
	var e eval
	e.init(req, p)
	if v := e.verdict(); v != Depends {
		return v
	}
	return refine(req, p).verdict
}

// eval is one evaluation. It lives on the stack.
type eval struct {
	req      *Request
	policies *Policies
	caller   caller
	resource string // without the trailing star of a set
	set      bool
	owner    string // account of the resource, empty when unknown
	service  serviceKind
	plain    bool // no key is unknown

	world    []assignment // values tried for unknown keys
	tracer   *tracer      // collects what is unknown; may be nil
	recorder *recorder    // collects what every statement did; may be nil
}

// serviceKind tells apart the services whose rules of combination differ.
type serviceKind uint8

const (
	otherService serviceKind = iota
	s3Service
	kmsService
	stsService
)

// assignment is a value tried for an unknown key; no values means absent.
type assignment struct {
	key    string
	values []string
}

func (e *eval) init(req *Request, p *Policies) {
	e.req, e.policies = req, p
	e.caller = parseCaller(req.Principal, req.Action)
	e.resource = req.Resource
	if n := len(req.Resource); n > 0 && req.Resource[n-1] == '*' {
		e.resource, e.set = req.Resource[:n-1], true
	}
	e.plain = !req.OthersUnknown && len(req.Unknown) == 0 && len(req.AlwaysPresent) == 0
	e.service = serviceOf(req.Action)
	e.owner = req.ResourceAccount
	if e.owner == "" {
		e.owner = ownerOf(req.Resource, &e.caller)
	}
}

func serviceOf(act string) serviceKind {
	switch {
	case len(act) > 3 && hasPrefixFold(act, "s3:"):
		return s3Service
	case len(act) > 4 && hasPrefixFold(act, "kms:"):
		return kmsService
	case hasPrefixFold(act, "sts:assumerole") || hasPrefixFold(act, "sts:tagsession") || hasPrefixFold(act, "sts:setsourceidentity"):
		return stsService
	}
	return otherService
}

// ownerOf takes the account from the ARN. What is no ARN belongs to the caller's account, as
// with actions that have no resource.
func ownerOf(resource string, c *caller) string {
	a, ok := splitARN(resource)
	if ok {
		if isAccountID(a.account) {
			return a.account
		}
		return ""
	}
	if strings.HasPrefix(resource, "arn:") {
		return ""
	}
	return c.account
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
	for i := range e.world {
		if e.world[i].key == key {
			if len(e.world[i].values) == 0 {
				return keyAbsent, nil
			}
			return keyPresent, e.world[i].values
		}
	}
	if e.plain {
		if v, ok := e.req.Context.get(key); ok {
			return keyPresent, v
		}
		return keyAbsent, nil
	}
	return e.lookupUnknown(key)
}

// lookupUnknown lets Unknown win over Context: what is said to be unknown is not relied on.
func (e *eval) lookupUnknown(key string) (keyState, []string) {
	r := e.req
	if containsKey(r.AlwaysPresent, key) {
		if v, ok := r.Context.get(key); ok && !containsKey(r.Unknown, key) {
			return keyPresent, v
		}
		return keyUnknownPresent, nil
	}
	if containsKey(r.Unknown, key) {
		return keyUnknown, nil
	}
	if v, ok := r.Context.get(key); ok {
		return keyPresent, v
	}
	if r.OthersUnknown && !containsKey(r.Absent, key) {
		return keyUnknown, nil
	}
	return keyAbsent, nil
}

// outcome is what a statement does to the request.
type outcome struct {
	truth Verdict
	level level
	cause cause
	index int // of the condition, for causeCondition
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
func (e *eval) match(s *statement) outcome {
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
	for i := range s.conditions {
		v := e.matchCondition(&s.conditions[i])
		if v == No {
			return outcome{cause: causeCondition, index: i}
		}
		truth = min(truth, v)
	}
	return outcome{truth: truth, level: l}
}

func (e *eval) matchAction(s *statement) bool {
	for i := range s.actions {
		if s.actions[i].matchFold(e.req.Action) {
			return !s.notAction
		}
	}
	return s.notAction
}

func (e *eval) matchResource(s *statement) Verdict {
	if !s.hasResource {
		return Yes
	}
	found := No
	for i := range s.resources {
		var v Verdict
		if r := &s.resources[i]; e.set {
			v = r.matchPrefixSet(e, e.resource)
		} else {
			v = r.matchText(e, e.resource)
		}
		if found = max(found, v); found == Yes {
			break
		}
	}
	if found == Depends && e.set {
		e.blockedBySet()
	}
	if s.notResource {
		return not(found)
	}
	return found
}

// matchCondition evaluates one operator on one key.
func (e *eval) matchCondition(c *condition) Verdict {
	state, values := e.lookup(c.key)
	if c.kind == opNull {
		return e.matchNull(c, state)
	}
	switch state {
	case keyUnknown, keyUnknownPresent:
		e.blockedByCondition(c)
		return Depends
	case keyAbsent:
		return absent(&c.operator)
	case keyPresent:
	}
	switch c.qualifier {
	case forAnyValue:
		found := No
		for _, v := range values {
			if found = max(found, e.matchValue(c, v, c.negated)); found == Yes {
				break
			}
		}
		return found
	case forAllValues:
		return e.matchAll(c, values, c.negated)
	case noQualifier:
	}
	found := e.matchAll(c, values, false)
	if c.negated {
		return not(found)
	}
	return found
}

// absent is an operator's value for a key that the request does not have.
func absent(op *operator) Verdict {
	switch {
	case op.ifExists || op.qualifier == forAllValues:
		return Yes
	case op.qualifier == forAnyValue:
		return No
	}
	return verdictOf(op.negated)
}

// matchAll demands that every value of the request matches.
func (e *eval) matchAll(c *condition, values []string, negated bool) Verdict {
	all := Yes
	for _, v := range values {
		if all = min(all, e.matchValue(c, v, negated)); all == No {
			break
		}
	}
	return all
}

// matchValue compares one value of the request with the policy's list: any of it, or none of it.
func (e *eval) matchValue(c *condition, value string, negated bool) Verdict {
	found := No
	for i := range c.values {
		if found = max(found, c.values[i].match(&c.operator, e, value)); found == Yes {
			break
		}
	}
	if negated {
		return not(found)
	}
	return found
}

func (e *eval) matchNull(c *condition, state keyState) Verdict {
	found := No
	for i := range c.values {
		if !c.values[i].ok {
			continue
		}
		var v Verdict
		switch wantAbsent := strings.EqualFold(c.values[i].raw, "true"); state {
		case keyAbsent:
			v = verdictOf(wantAbsent)
		case keyPresent, keyUnknownPresent:
			v = verdictOf(!wantAbsent)
		case keyUnknown:
			v = Depends
		}
		found = max(found, v)
	}
	if found == Depends {
		e.blockedByCondition(c)
	}
	return found
}
