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

// parseCaller reads a principal. What is no ARN is a service, or an identity provider when
// the action is one that identity providers call.
func parseCaller(principal, act string) caller {
	c := caller{arn: principal}
	if principal == Anonymous || principal == "*" {
		c.kind = callerAnonymous
		return c
	}
	if IsAccountID(principal) {
		c.kind, c.account = callerRoot, principal
		return c
	}
	a, ok := ParseARN(principal)
	if !ok {
		c.kind = callerService
		if isFederatedAction(act) {
			c.kind = callerFederated
		}
		return c
	}
	c.partition, c.account = a.Partition, a.Account
	kind, name, _ := strings.Cut(a.Resource, "/")
	switch {
	case a.Service == "iam" && a.Resource == "root":
		c.kind = callerRoot
	case a.Service == "iam" && kind == "user":
		c.kind = callerUser
	case a.Service == "iam" && kind == "role":
		c.kind, c.name = callerRole, lastPart(name)
		c.linked = strings.HasPrefix(name, "aws-service-role/")
	case a.Service == "iam" && (kind == "saml-provider" || kind == "oidc-provider"):
		c.kind = callerFederated
	case a.Service == "sts" && kind == "assumed-role":
		c.kind = callerSession
		c.name, _, _ = strings.Cut(name, "/")
		c.linked = strings.HasPrefix(c.name, "AWSServiceRoleFor") // the session's ARN has no path to tell by
	case a.Service == "sts" && kind == "federated-user":
		c.kind = callerFederatedUser
	}
	return c
}

func isFederatedAction(act string) bool {
	return strings.EqualFold(act, "sts:AssumeRoleWithWebIdentity") || strings.EqualFold(act, "sts:AssumeRoleWithSAML")
}

func lastPart(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

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
	if IsAccountID(value) {
		e.kind, e.account = entryAccount, value
		return
	}
	a, ok := ParseARN(value)
	if !ok || strings.ContainsAny(value, "*?") {
		return // nobody: AIDA… and AROA… are deleted identities, and only a lone "*" is a wildcard
	}
	e.partition, e.account = a.Partition, a.Account
	kind, name, _ := strings.Cut(a.Resource, "/")
	switch {
	case a.Service == "iam" && a.Resource == "root":
		e.kind = entryAccount
	case a.Service == "iam" && kind == "user":
		e.kind = entryUser
	case a.Service == "iam" && kind == "role":
		e.kind, e.name = entryRole, lastPart(name)
	case a.Service == "sts" && kind == "assumed-role":
		e.kind = entrySession
	case a.Service == "sts" && kind == "federated-user":
		e.kind = entryFederatedUser
	default:
		e.kind = entryOther
	}
}
