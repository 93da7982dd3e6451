package iam

import "strings"

type callerKind uint8

const (
	callerOther callerKind = iota // an ARN of another shape
	callerUser
	callerRole
	callerRoot
	callerSession
	callerFederatedUser
	callerFederated
	callerService
	callerAnonymous
)

// caller is a request's principal, taken apart.
type caller struct {
	kind      callerKind
	arn       string // as asked
	partition string
	account   string
	name      string // of a role, or of a session's role
	linked    bool   // a service-linked role
}

// arnParts are the first five parts of an ARN and the rest.
type arnParts struct {
	partition, service, region, account, rest string
}

func splitARN(s string) (arnParts, bool) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return arnParts{}, false
	}
	var a arnParts
	for _, f := range []*string{&a.partition, &a.service, &a.region, &a.account} {
		if *f, rest, ok = strings.Cut(rest, ":"); !ok {
			return arnParts{}, false
		}
	}
	a.rest = rest
	return a, true
}

// parseCaller reads a principal. What is no ARN is a service, or an identity provider when
// the action is one that identity providers call.
func parseCaller(principal, act string) caller {
	c := caller{arn: principal}
	if principal == Anonymous || principal == "*" {
		c.kind = callerAnonymous
		return c
	}
	if isAccountID(principal) {
		c.kind, c.account = callerRoot, principal
		return c
	}
	a, ok := splitARN(principal)
	if !ok {
		c.kind = callerService
		if isFederatedAction(act) {
			c.kind = callerFederated
		}
		return c
	}
	c.partition, c.account = a.partition, a.account
	kind, name, _ := strings.Cut(a.rest, "/")
	switch {
	case a.service == "iam" && a.rest == "root":
		c.kind = callerRoot
	case a.service == "iam" && kind == "user":
		c.kind = callerUser
	case a.service == "iam" && kind == "role":
		c.kind, c.name = callerRole, lastPart(name)
		c.linked = strings.HasPrefix(name, "aws-service-role/")
	case a.service == "iam" && (kind == "saml-provider" || kind == "oidc-provider"):
		c.kind = callerFederated
	case a.service == "sts" && kind == "assumed-role":
		c.kind = callerSession
		c.name, _, _ = strings.Cut(name, "/")
		c.linked = strings.HasPrefix(c.name, "AWSServiceRoleFor") // the session's ARN has no path to tell by
	case a.service == "sts" && kind == "federated-user":
		c.kind = callerFederatedUser
	}
	return c
}

func isFederatedAction(act string) bool {
	return strings.EqualFold(act, "sts:AssumeRoleWithWebIdentity") || strings.EqualFold(act, "sts:AssumeRoleWithSAML")
}

func lastPart(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func isAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// isIdentity reports whether the caller has identity policies: it belongs to an account.
func (c *caller) isIdentity() bool {
	switch c.kind {
	case callerService, callerAnonymous, callerFederated:
		return false
	case callerOther, callerUser, callerRole, callerRoot, callerSession, callerFederatedUser:
	}
	return true
}

type entryKind uint8

const (
	entryNobody entryKind = iota // a deleted identity, a wildcard inside an ARN, garbage
	entryAnyone
	entryAccount
	entryUser
	entryRole
	entrySession
	entryFederatedUser
	entryOther
	entryService
	entryFederated
	entryCanonical
)

// principalEntry is one entry of a Principal element, taken apart.
type principalEntry struct {
	Principal
	kind      entryKind
	partition string // empty matches every partition
	account   string
	name      string // of a role
}

func newPrincipalEntry(kind PrincipalKind, value string) principalEntry {
	e := principalEntry{Principal: Principal{Kind: kind, Value: value}}
	if value == "*" {
		e.kind = entryAnyone
		if kind == PrincipalAWS {
			e.Kind = PrincipalAnyone
		}
		return e
	}
	switch kind {
	case PrincipalService:
		e.kind = entryService
	case PrincipalFederated:
		e.kind = entryFederated
	case PrincipalCanonicalUser:
		e.kind = entryCanonical
	case PrincipalAWS:
		e.setAWS(value)
	case PrincipalAnyone:
		e.kind = entryAnyone
	}
	return e
}

func (e *principalEntry) setAWS(value string) {
	if isAccountID(value) {
		e.kind, e.account = entryAccount, value
		return
	}
	a, ok := splitARN(value)
	if !ok || strings.ContainsAny(value, "*?") {
		return // nobody: AIDA… and AROA… are deleted identities, and only a lone "*" is a wildcard
	}
	e.partition, e.account = a.partition, a.account
	kind, name, _ := strings.Cut(a.rest, "/")
	switch {
	case a.service == "iam" && a.rest == "root":
		e.kind = entryAccount
	case a.service == "iam" && kind == "user":
		e.kind = entryUser
	case a.service == "iam" && kind == "role":
		e.kind, e.name = entryRole, lastPart(name)
	case a.service == "sts" && kind == "assumed-role":
		e.kind = entrySession
	case a.service == "sts" && kind == "federated-user":
		e.kind = entryFederatedUser
	default:
		e.kind = entryOther
	}
}

// level says how directly a statement names the caller. The more directly, the less an
// implicit deny elsewhere counts.
type level uint8

const (
	levelNone    level = iota
	levelAccount       // through its account: a delegation
	levelRole          // the role: adds to what the identity policies allow
	levelUser          // the user: an implicit deny of identity policy and boundary does not count
	levelSession       // the session itself, or anyone: no implicit deny counts
	levels
)

// matchEntry compares one entry with the caller. Depends means an account known only by a
// canonical user id.
func (e *eval) matchEntry(p *principalEntry) (level, Verdict) {
	c := &e.caller
	direct := levelNone
	switch p.kind {
	case entryAnyone:
		if anyOf(p.Kind, c.kind) {
			direct = levelSession
		}
	case entryAccount:
		if p.account == c.account && c.isIdentity() && (p.partition == "" || c.partition == "" || p.partition == c.partition) {
			direct = levelAccount
		}
	case entryRole:
		switch {
		case c.kind == callerRole && p.Value == c.arn:
			direct = levelRole
		case c.kind == callerSession && p.name == c.name && p.account == c.account && p.partition == c.partition:
			direct = levelRole
		}
	case entryUser:
		if c.kind == callerUser && p.Value == c.arn {
			direct = levelUser
		}
	case entrySession, entryFederatedUser, entryOther:
		if p.Value == c.arn {
			direct = levelSession
		}
	case entryService:
		if c.kind == callerService && p.Value == c.arn {
			direct = levelSession
		}
	case entryFederated:
		if c.kind == callerFederated && p.Value == c.arn {
			direct = levelSession
		}
	case entryCanonical:
		return e.matchCanonical(p)
	case entryNobody:
	}
	return direct, verdictOf(direct != levelNone)
}

// anyOf reports whether a wildcard under the given kind covers the caller.
func anyOf(kind PrincipalKind, c callerKind) bool {
	switch kind {
	case PrincipalService:
		return c == callerService
	case PrincipalFederated:
		return c == callerFederated
	case PrincipalAnyone, PrincipalAWS, PrincipalCanonicalUser:
	}
	return true
}

func (e *eval) matchCanonical(p *principalEntry) (level, Verdict) {
	if e.caller.kind == callerOther && e.caller.arn == p.Value {
		return levelSession, Yes
	}
	if !e.caller.isIdentity() {
		return levelNone, No
	}
	account, known := e.policies.CanonicalUsers[p.Value]
	if !known {
		return levelAccount, Depends
	}
	if account != e.caller.account {
		return levelNone, No
	}
	return levelAccount, Yes
}

// matchPrincipal gives the most direct level at which the statement applies to the caller.
func (e *eval) matchPrincipal(s *statement) (level, Verdict) {
	if !s.hasPrincipal {
		return levelSession, Yes // who it applies to is decided by where the policy is attached
	}
	if s.notPrincipal {
		return levelSession, not(e.spared(s))
	}
	best, truth := levelNone, No
	for i := range s.principals {
		if l, v := e.matchEntry(&s.principals[i]); v > truth || v == truth && l > best {
			best, truth = l, v
		}
	}
	return best, truth
}

// spared reports whether NotPrincipal exempts the caller. For a Deny the list must hold the
// caller's account, its role or user, and its session, as AWS demands; a principal with a
// boundary is never exempt. For an Allow, unsupported by AWS, whoever is named is exempt.
func (e *eval) spared(s *statement) Verdict {
	if !s.deny {
		return e.namedIn(s, levelNone+1, levels)
	}
	if !e.caller.isIdentity() {
		return e.namedIn(s, levelSession, levels)
	}
	if e.hasBoundary() {
		return No
	}
	everyone := e.anyoneIn(s)
	all := e.namedIn(s, levelAccount, levelAccount)
	switch e.caller.kind {
	case callerRole, callerUser:
		all = min(all, e.namedIn(s, levelRole, levelUser))
	case callerSession:
		all = min(all, e.namedIn(s, levelRole, levelRole), e.namedIn(s, levelSession, levelSession))
	case callerFederatedUser, callerOther:
		all = min(all, e.namedIn(s, levelSession, levelSession))
	case callerRoot, callerFederated, callerService, callerAnonymous:
	}
	return max(everyone, all)
}

// namedIn reports whether an entry names the caller at a level within the given bounds.
func (e *eval) namedIn(s *statement, from, to level) Verdict {
	found := No
	for i := range s.principals {
		if l, v := e.matchEntry(&s.principals[i]); l >= from && l <= to {
			found = max(found, v)
		}
	}
	return found
}

func (e *eval) anyoneIn(s *statement) Verdict {
	for i := range s.principals {
		if s.principals[i].kind == entryAnyone && anyOf(s.principals[i].Kind, e.caller.kind) {
			return Yes
		}
	}
	return No
}
