package principal

import "strings"

// Kind is the key under which a principal stands in a Principal element.
type Kind string

// The kinds of principal that a policy names.
const (
	// Anyone is the lone wildcard: "*" or {"AWS":"*"}.
	Anyone Kind = "*"
	// AWS is an account, user, role or session.
	AWS Kind = "AWS"
	// Service is an AWS service.
	Service Kind = "Service"
	// Federated is a SAML or web identity provider.
	Federated Kind = "Federated"
	// CanonicalUser is an account named by its S3 canonical user id.
	CanonicalUser Kind = "CanonicalUser"
)

// ID is one entry of a Principal or NotPrincipal element.
type ID struct {
	Kind  Kind
	Value string
}

// Form says what an entry names.
type Form uint8

// The forms of an entry.
const (
	FormNobody Form = iota // a deleted identity, a wildcard inside an ARN, or something unreadable
	FormAnyone
	FormAccount
	FormUser
	FormRole
	FormSession
	FormFederatedUser
	FormOther
	FormService
	FormFederated
	FormCanonical
)

// Entry is one entry of a Principal element, split into its parts.
type Entry struct {
	ID
	Form      Form
	Partition string // empty matches every partition
	Account   string
	Name      string // of a role
}

// NewEntry splits an entry of the given kind.
func NewEntry(kind Kind, value string) Entry {
	e := Entry{ID: ID{Kind: kind, Value: value}}
	if value == "*" {
		e.Form = FormAnyone
		if kind == AWS {
			e.Kind = Anyone
		}
		return e
	}
	switch kind {
	case Service:
		e.Form = FormService
	case Federated:
		e.Form = FormFederated
	case CanonicalUser:
		e.Form = FormCanonical
	case AWS:
		e.setAWS(value)
	case Anyone:
		e.Form = FormAnyone
	}
	return e
}

func (e *Entry) setAWS(value string) {
	if IsAccountID(value) {
		e.Form, e.Account = FormAccount, value
		return
	}
	a, ok := ParseARN(value)
	if !ok || strings.ContainsAny(value, "*?") {
		return // nobody: AIDA… and AROA… are deleted identities, and only a lone "*" is a wildcard
	}
	e.Partition, e.Account = a.Partition, a.Account
	kind, name, _ := strings.Cut(a.Resource, "/")
	switch {
	case a.Service == "iam" && a.Resource == "root":
		e.Form = FormAccount
	case a.Service == "iam" && kind == "user":
		e.Form = FormUser
	case a.Service == "iam" && kind == "role":
		e.Form, e.Name = FormRole, LastPart(name)
	case a.Service == "sts" && kind == "assumed-role":
		e.Form = FormSession
	case a.Service == "sts" && kind == "federated-user":
		e.Form = FormFederatedUser
	default:
		e.Form = FormOther
	}
}

// WildcardCovers reports whether a wildcard under the given kind covers the caller.
func WildcardCovers(kind Kind, c callerKind) bool {
	switch kind {
	case Service:
		return c == CallerService
	case Federated:
		return c == CallerFederated
	case Anyone, AWS, CanonicalUser:
	}
	return true
}
