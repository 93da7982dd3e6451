// Package doors knows what keeps strangers out of a role that a service or an
// identity provider opens. Neither sends an ExternalId: other condition keys bind
// them.
package doors

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// sourceKeys tell for whom a service acts, but for aws:SourceArn, which tells it
// where it has the account.
var sourceKeys = []string{"aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"}

// ec2 opens a role only for instances of the role's own account, and says nothing
// of whose they are.
const ec2 = "ec2.amazonaws.com"

// poolProviders register one audience for one pool of users, so that the audience
// tells whose they are. Everywhere else it is the same for all users of a provider.
var poolProviders = []string{"cognito-identity.amazonaws.com"}

// github is the provider of GitHub Actions: whoever has an account there gets its
// tokens, and names the repository as it likes.
const github = "token.actions.githubusercontent.com"

// Missing says in a clause what a statement lacks that would bind the service or
// identity provider which it lets in; nothing where it is bound.
func Missing(s *iam.Statement, p *iam.PrincipalClass) string {
	switch {
	case p.Kind == iam.ClassService && p.Value == ec2:
		return ""
	case p.Kind == iam.ClassService:
		if demands(s, func(key string) bool { return slices.ContainsFunc(sourceKeys, equal(key)) }, specific) ||
			demands(s, equal("aws:SourceArn"), ownedSource) {
			return ""
		}
		return "no condition on aws:SourceAccount or aws:SourceArn says for whom it acts"
	case strings.Contains(p.Value, ":saml-provider/"):
		if demands(s, equal("SAML:aud"), specific) {
			return ""
		}
		return "no condition on SAML:aud says for which sign-in page an assertion was made"
	}
	name := providerName(p.Value)
	claim := func(key string) (string, bool) {
		head, tail, ok := strings.Cut(strings.ToLower(key), strings.ToLower(name)+":")
		return tail, ok && head == ""
	}
	if slices.Contains(poolProviders, name) && demands(s, equal(name+":aud"), specific) {
		return ""
	}
	narrow := specific
	if name == github {
		narrow = ownedOnGitHub
	}
	if demands(s, func(key string) bool { c, ok := claim(key); return ok && c != "aud" && c != "iss" && c != "amr" }, narrow) {
		return ""
	}
	return "no condition on " + name + ":sub says whose token it has to be"
}

// providerName is what the condition keys of a web identity provider begin with:
// the part of its ARN after "oidc-provider/", or the name itself.
func providerName(value string) string {
	if _, name, ok := strings.Cut(value, ":oidc-provider/"); ok {
		return name
	}
	return value
}

// demands says whether a condition on such a key has to hold, and every value of
// it is narrow enough.
func demands(s *iam.Statement, key, narrow func(string) bool) bool {
	return slices.ContainsFunc(s.Conditions, func(c iam.Condition) bool {
		compares := strings.HasPrefix(c.Operator, "StringEquals") || strings.HasPrefix(c.Operator, "StringLike") ||
			strings.HasPrefix(c.Operator, "Arn") && !strings.HasPrefix(c.Operator, "ArnNot")
		literal := strings.HasPrefix(c.Operator, "StringEquals")
		return compares && c.Qualifier != "ForAllValues" && key(c.Key) && !slices.ContainsFunc(c.Values, func(v string) bool {
			return !literal && !narrow(v) || literal && v == ""
		})
	})
}

// specific says that a pattern begins with something that is no wildcard.
func specific(pattern string) bool {
	return strings.IndexAny(pattern+"*", "*?") > 0
}

// ownedOnGitHub says that a pattern fixes who owns the repository.
func ownedOnGitHub(pattern string) bool {
	fixed := pattern[:strings.IndexAny(pattern+"*", "*?")]
	if owner, ok := strings.CutPrefix(fixed, "repo:"); ok {
		return strings.Contains(owner, "/")
	}
	return strings.HasPrefix(fixed, "repository_owner") && strings.Count(fixed, ":") > 1 || strings.Contains(fixed, "/")
}

// ownedSource says that a pattern fixes whose resource the source is: by account,
// or, where such ARNs have none, by name.
func ownedSource(pattern string) bool {
	arn, ok := iam.ParseARN(pattern)
	if !ok {
		return false
	}
	return specific(arn.Account) || arn.Account == "" && specific(arn.Resource)
}

func equal(name string) func(string) bool {
	return func(key string) bool { return strings.EqualFold(key, name) }
}
