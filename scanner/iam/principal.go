package iam

import "strings"

// PrincipalKind is the key under which a principal stands in a Principal element.
type PrincipalKind string

// The kinds of principal that a policy names.
const (
	// PrincipalAnyone is the lone wildcard: "*" or {"AWS":"*"}.
	PrincipalAnyone PrincipalKind = "*"
	// PrincipalAWS is an account, user, role or session.
	PrincipalAWS PrincipalKind = "AWS"
	// PrincipalService is an AWS service.
	PrincipalService PrincipalKind = "Service"
	// PrincipalFederated is a SAML or web identity provider.
	PrincipalFederated PrincipalKind = "Federated"
	// PrincipalCanonicalUser is an account named by its S3 canonical user id.
	PrincipalCanonicalUser PrincipalKind = "CanonicalUser"
)

// Principal is one entry of a Principal or NotPrincipal element.
type Principal struct {
	Kind  PrincipalKind
	Value string
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
