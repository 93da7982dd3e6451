package principal

import (
	"cmp"
	"strings"
)

// Anonymous is the principal of an unsigned request.
const Anonymous = "anonymous"

type callerKind uint8

// The kinds of caller.
const (
	CallerOther callerKind = iota // an ARN of another form
	CallerUser
	CallerRole
	CallerRoot
	CallerSession
	CallerFederatedUser
	CallerFederated
	CallerService
	CallerAnonymous
)

// Caller is a request's principal, split into its parts.
type Caller struct {
	Kind      callerKind
	ARN       string // as in the request
	Partition string
	Account   string
	Name      string // of a role, or of a session's role
	Linked    bool   // a service-linked role
}

// ParseCaller reads a principal. A text that is not an ARN is a service, or an identity provider
// when the action is one for users of identity providers.
func ParseCaller(principal, act string) Caller {
	c := Caller{ARN: principal}
	if principal == Anonymous || principal == "*" {
		c.Kind = CallerAnonymous
		return c
	}
	if IsAccountID(principal) {
		c.Kind, c.Account = CallerRoot, principal
		return c
	}
	a, ok := ParseARN(principal)
	if !ok {
		c.Kind = CallerService
		if IsFederatedAction(act) {
			c.Kind = CallerFederated
		}
		return c
	}
	c.Partition, c.Account = a.Partition, a.Account
	kind, name, _ := strings.Cut(a.Resource, "/")
	switch {
	case a.Service == "iam" && a.Resource == "root":
		c.Kind = CallerRoot
	case a.Service == "iam" && kind == "user":
		c.Kind = CallerUser
	case a.Service == "iam" && kind == "role":
		c.Kind, c.Name = CallerRole, LastPart(name)
		c.Linked = strings.HasPrefix(name, "aws-service-role/")
	case a.Service == "iam" && (kind == "saml-provider" || kind == "oidc-provider"):
		c.Kind = CallerFederated
	case a.Service == "sts" && kind == "assumed-role":
		c.Kind = CallerSession
		c.Name, _, _ = strings.Cut(name, "/")
		c.Linked = strings.HasPrefix(c.Name, "AWSServiceRoleFor") // the session's ARN has no path that would show it
	case a.Service == "sts" && kind == "federated-user":
		c.Kind = CallerFederatedUser
	}
	return c
}

// IsFederatedAction reports whether only users of identity providers call an action.
func IsFederatedAction(act string) bool {
	return strings.EqualFold(act, "sts:AssumeRoleWithWebIdentity") || strings.EqualFold(act, "sts:AssumeRoleWithSAML")
}

// LastPart returns what follows the last slash.
func LastPart(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// IsIdentity reports whether the caller belongs to an account and so has identity policies.
func (c *Caller) IsIdentity() bool {
	switch c.Kind {
	case CallerService, CallerAnonymous, CallerFederated:
		return false
	case CallerOther, CallerUser, CallerRole, CallerRoot, CallerSession, CallerFederatedUser:
	}
	return true
}

// ARNPrefix begins the ARNs of an account's users and roles.
func (c *Caller) ARNPrefix() string { return "arn:" + c.Partition + ":iam::" + c.Account + ":" }

// RootARN returns the ARN of the root user, of whom only the account id may be known.
func (c *Caller) RootARN(resource string) string {
	return "arn:" + cmp.Or(c.Partition, PartitionOf(resource)) + ":iam::" + c.Account + ":root"
}

// PrincipalType returns the value of aws:PrincipalType, and "" where AWS sets none.
func (c *Caller) PrincipalType() string {
	switch c.Kind {
	case CallerUser:
		return "User"
	case CallerRole, CallerSession:
		return "AssumedRole"
	case CallerRoot:
		return "Account"
	case CallerFederatedUser:
		return "FederatedUser"
	case CallerAnonymous:
		return "Anonymous"
	case CallerOther, CallerFederated, CallerService:
	}
	return ""
}

// IsService reports whether the caller belongs to no account but is not anonymous.
func (c *Caller) IsService() bool { return c.Kind == CallerService || c.Kind == CallerFederated }
