package iam

import (
	"cmp"
	"strings"
)

// Anonymous is the principal of an unsigned request.
const Anonymous = "anonymous"

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

// arnPrefix begins the ARNs of an account's users and roles.
func (c *caller) arnPrefix() string { return "arn:" + c.partition + ":iam::" + c.account + ":" }

// rootARN spells the root user, who may be known by the account id alone.
func (c *caller) rootARN(resource string) string {
	return "arn:" + cmp.Or(c.partition, partitionOf(resource)) + ":iam::" + c.account + ":root"
}

// principalType is what aws:PrincipalType holds; empty where AWS sets none.
func (c *caller) principalType() string {
	switch c.kind {
	case callerUser:
		return "User"
	case callerRole, callerSession:
		return "AssumedRole"
	case callerRoot:
		return "Account"
	case callerFederatedUser:
		return "FederatedUser"
	case callerAnonymous:
		return "Anonymous"
	case callerOther, callerFederated, callerService:
	}
	return ""
}

func (c *caller) isService() bool { return c.kind == callerService || c.kind == callerFederated }
