package callers

import "strings"

// Kind names a class of principals.
type Kind string

// The classes of principals that WhoCan and WhoCanAssume tell apart.
const (
	// Principal is one user, role or session.
	Principal Kind = "principal"
	// Account is everybody in one account to whom that account grants it.
	Account Kind = "account"
	// AnyAccount is everybody in any AWS account.
	AnyAccount Kind = "any-account"
	// Anonymous is everybody, without credentials.
	Anonymous Kind = "anonymous"
	// Service is an AWS service.
	Service Kind = "service"
	// Federated is a SAML or web identity provider.
	Federated Kind = "federated"
	// CanonicalUser is an account known by its canonical user id only.
	CanonicalUser Kind = "canonical-user"
)

// AnyService is the Value of the class of all AWS services that no policy names. A statement for
// anyone lets them in, since it covers service principals.
const AnyService = "any AWS service"

// Class is a principal or a class of them.
type Class struct {
	Kind    Kind   `json:"kind"`
	Value   string `json:"value,omitempty"`
	Account string `json:"account,omitempty"`
}

// compare orders the widest classes first.
func (c Class) compare(d Class) int {
	if n := c.Kind.rank() - d.Kind.rank(); n != 0 {
		return n
	}
	return strings.Compare(c.Value, d.Value)
}

func (k Kind) rank() int {
	switch k {
	case Anonymous:
		return 0
	case AnyAccount:
		return 1
	case Account:
		return 2
	case Principal:
		return 3
	case Service:
		return 4
	case Federated:
		return 5
	case CanonicalUser:
	}
	return 6
}

// CoversUnnamedServices reports whether a class includes the services that no policy names.
func (c *Class) CoversUnnamedServices() bool {
	return c.Kind == Anonymous || c.Kind == AnyAccount || c.Kind == Service && c.Value == "*"
}

// IsUnnamedService reports whether a class consists of the services that no policy names.
func (c *Class) IsUnnamedService() bool {
	return c.Kind == Service && c.Value == AnyService
}
