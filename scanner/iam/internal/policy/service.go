package policy

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// Service distinguishes the services that combine policies by rules of their
// own.
type Service uint8

// The services with rules of their own, and all others.
const (
	OtherService Service = iota
	S3
	KMS
	STS
)

// ServiceOf returns the service whose rules hold for an action.
func ServiceOf(act string) Service {
	switch {
	case len(act) > 3 && pattern.HasPrefixFold(act, "s3:"):
		return S3
	case len(act) > 4 && pattern.HasPrefixFold(act, "kms:"):
		if keyless(act) {
			return OtherService
		}
		return KMS
	case pattern.HasPrefixFold(act, "sts:assumerole") || pattern.HasPrefixFold(act, "sts:tagsession") || pattern.HasPrefixFold(act, "sts:setsourceidentity"):
		return STS
	}
	return OtherService
}

// keyless reports whether a KMS action concerns no key, so that no key policy
// applies.
func keyless(act string) bool {
	for _, a := range [...]string{
		"kms:createkey", "kms:listkeys", "kms:listaliases", "kms:generaterandom", "kms:createcustomkeystore",
		"kms:describecustomkeystores", "kms:connectcustomkeystore", "kms:disconnectcustomkeystore",
		"kms:updatecustomkeystore", "kms:deletecustomkeystore",
	} {
		if len(a) == len(act) && pattern.HasPrefixFold(act, a) {
			return true
		}
	}
	return false
}

// OpensToServices reports whether a statement lets in services that it does not
// name: a wildcard covers service principals, and so does NotPrincipal.
func (s *Statement) OpensToServices() bool {
	if s.Deny {
		return false
	}
	return s.NotPrincipal || slices.ContainsFunc(s.Principals, func(p principal.Entry) bool {
		return p.Form == principal.FormAnyone && principal.WildcardCovers(p.Kind, principal.CallerService)
	})
}
