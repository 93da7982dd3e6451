package iam

import (
	"strconv"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// missing says in sentences what is missing for a yes.
func (e *eval) missing(l *layers) []string {
	if cause := e.impossibleBecause(); cause != "" {
		return []string{cause}
	}
	var out []string
	what := e.Action + " on " + e.req.Resource
	if !e.Caller.IsIdentity() {
		switch {
		case e.Caller.Kind == principal.CallerAnonymous && e.publicAccessRestricted():
			out = append(out, "RestrictPublicBuckets takes away anonymous access, because the bucket policy is public")
		case l.resource.any() != Yes:
			out = append(out, e.resourceMissing(what))
		}
		return out
	}
	if e.granted(l) != Yes {
		out = e.missingGrants(l, what)
	}
	if l.scps != Yes {
		out = append(out, "level "+strconv.Itoa(l.scpLevel)+" of the service control policies does not allow "+what)
	}
	return out
}

// missingGrants names the layers that do not allow.
func (e *eval) missingGrants(l *layers, what string) []string {
	var out []string
	across := e.owner != e.Caller.Account
	delegated := e.service == policy.KMS || e.service == policy.STS
	if across && e.publicAccessRestricted() {
		out = append(out, "RestrictPublicBuckets takes away access from other accounts, because the bucket policy is public")
	}
	if across && e.service == policy.KMS && e.policies.AWSManagedKey {
		out = append(out, "an AWS managed key cannot be used from another account")
	}
	if (across || delegated) && l.resource.any() != Yes {
		out = append(out, e.resourceMissing(what))
	}
	if l.identity != Yes && (across || l.resource.allow[match.LevelRole] != Yes) {
		s := "no identity policy allows " + what
		if !across && !delegated && l.resource.allow[match.LevelAccount] != Yes {
			s += ", and no resource policy names " + e.req.Principal
		}
		out = append(out, s)
	}
	if l.boundary != Yes {
		out = append(out, "the permissions boundary does not allow "+what)
	}
	if l.session != Yes {
		out = append(out, "the session policy does not allow "+what)
	}
	return out
}

func (e *eval) resourceMissing(what string) string {
	name := "resource policy"
	if e.policies.Resource != nil && e.policies.Resource.doc.Name != "" {
		name = e.policies.Resource.doc.Name
	}
	return "the " + name + " does not allow " + what + " for " + e.req.Principal
}

// impossibleBecause says why a request is impossible.
func (e *eval) impossibleBecause() string {
	switch {
	case !e.impossible():
		return ""
	case e.Caller.Kind == principal.CallerAnonymous:
		return e.Action + " takes a signed request"
	case e.Caller.Kind == principal.CallerRoot && e.service == policy.STS:
		return "the root user cannot assume a role"
	}
	return "the principal and the resource are in different partitions"
}
