package iam

import (
	"slices"
	"strings"
)

// WhoIsNamed lists whom a resource's policy allows an action without any help of other policies.
// The resource is treated as one of an account that the policy does not name, so that nobody is
// allowed by an identity policy alone. Services and identity providers are left out.
func WhoIsNamed(policy *Policy, action, resource string) []Access {
	owner := UnnamedAccount([]*Policy{policy})
	all := WhoCan(WhoCanQuestion{Action: action, Resource: resource, ResourceAccount: owner, Policies: Policies{Resource: policy}})
	return slices.DeleteFunc(all, func(a Access) bool {
		return a.Principal.Kind == ClassService || a.Principal.Kind == ClassFederated || a.Principal.Account == owner
	})
}

// OneUser returns the one user among them, where nobody else could have an access key.
func OneUser(named []Access) (user Access, ok bool) {
	for i := range named {
		if named[i].Capped {
			return Access{}, false // others may have access keys too
		}
		a, _ := ParseARN(named[i].Principal.Value)
		isUser := strings.HasPrefix(a.Resource, "user/")
		if named[i].Principal.Kind != ClassPrincipal || isUser && ok {
			return Access{}, false
		}
		if isUser {
			user, ok = named[i], true
		}
	}
	return user, ok
}
