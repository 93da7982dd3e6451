package facts

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// strangerAccount stands for the account of somebody who has an AWS service
// act on the bucket: an id that no policy names.
const strangerAccount = "000000000009"

// Condition keys that tell for whom a service acts.
const (
	sourceAccountKey = "aws:SourceAccount"
	sourceArnKey     = "aws:SourceArn"
)

var accountInText = regexp.MustCompile(`\d{12}`)

// source is for whom a service acts. An empty account sends neither key; a
// named one is in the policy, and may be one of the owner's that is not known.
type source struct {
	account, arn string
	named        bool
	// openOwner is a resource whose ARN names no account: nobody tells whose.
	openOwner bool
}

// servedStrangers is what strangers can have a service do: nothing (all
// zero), something certain, or what keys or gaps leave open.
type servedStrangers struct {
	certain bool
	needs   []string
	gaps    []scanner.Gap
}

// serves asks for a service's access on behalf of accounts that are not the
// owner's: only one that is refused to all of them is bound.
func (e *export) serves(d *policyDocument, access *iam.Access, resource string, own []string, ownGaps []scanner.Gap) servedStrangers {
	var out servedStrangers
	owner, _ := e.bucketAccount()
	service := access.Principal.Value
	context := e.d.contexts.direct.With("aws:PrincipalIsAWSService", "true")
	if strings.ContainsAny(service, " *") {
		service = "qz7trail.amazonaws.com" // stands for any
	} else {
		context = context.With("aws:PrincipalServiceName", service)
	}
	if owner != "" {
		context = context.With("aws:ResourceAccount", owner)
	}
	policies := iam.Policies{Resource: d.policy}
	for _, s := range sources(d.statements(), append(slices.Clone(own), e.expect.BucketAccounts...), e.bucketARN) {
		req := iam.Request{
			Principal: service, Action: access.Action, Resource: resource, ResourceAccount: cmp.Or(owner, foreignAccount),
			Context: context.With(sourceAccountKey, valueOf(s.account)...).With(sourceArnKey, valueOf(s.arn)...),
			Absent:  []string{"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", sourceAccountKey, sourceArnKey}, OthersUnknown: true,
		}
		if iam.Evaluate(&req, &policies) == iam.No {
			continue
		}
		answer := iam.Explain(&req, &policies)
		needs := othersNeeds(&iam.Access{Verdict: answer.Verdict, Needs: answer.Needs})
		switch {
		case len(needs) > 0:
			out.needs = append(out.needs, needs...)
		case answer.Capped:
			out.gaps = append(out.gaps, undetermined(document.KindBucketPolicy, e.bucketARN, "the policy is too intricate to decide for whom a service may write"))
		case s.account == "" || s.openOwner:
			out.needs = append(out.needs, sourceAccountKey)
		case s.named && len(ownGaps) > 0:
			out.gaps = append(out.gaps, ownGaps...)
		default:
			out.certain = true
			return out
		}
	}
	return out
}

func valueOf(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// sources are those to ask about: one that no policy names, every account and
// resource that is not the owner's and fits what the conditions name, and a
// service that does not say for whom it acts.
func sources(statements []iam.Statement, own []string, bucket string) []source {
	accounts, arns := sourceConstants(statements)
	strangers := []string{strangerAccount}
	for _, text := range append(slices.Clone(accounts), arns...) {
		strangers = append(strangers, accountInText.FindAllString(text, -1)...)
	}
	for _, text := range accounts {
		strangers = append(strangers, accountLike(text, "0"), accountLike(text, "1"))
	}
	for _, text := range arns {
		account := parseARN(text).account
		strangers = append(strangers, accountLike(account, "0"), accountLike(account, "1"))
	}
	slices.Sort(strangers)
	strangers = slices.Compact(strangers)
	partition := parseARN(bucket).partition
	var out []source
	for _, account := range strangers {
		if account == "" || slices.Contains(own, account) {
			continue
		}
		named := account != strangerAccount
		out = append(out,
			source{account: account, arn: "arn:" + partition + ":qz:us-east-1:" + account + ":qz/qz", named: named},
			source{account: account, arn: "arn:" + partition + ":s3:::qz-bucket-of-a-stranger", named: named})
		for _, text := range arns {
			if s, ok := resourceLike(text, account, bucket); ok {
				s.named = named
				out = append(out, s)
			}
		}
	}
	return append(out, source{})
}

// sourceConstants are the accounts and the ARNs that conditions on a service's
// source name, patterns included.
func sourceConstants(statements []iam.Statement) (accounts, arns []string) {
	for i := range statements {
		for _, c := range statements[i].Conditions {
			switch {
			case strings.EqualFold(c.Key, sourceAccountKey):
				accounts = append(accounts, c.Values...)
			case strings.EqualFold(c.Key, sourceArnKey):
				arns = append(arns, c.Values...)
			}
		}
	}
	return accounts, arns
}

// accountLike is an account id that a pattern covers; empty where it covers
// none.
func accountLike(pattern, digit string) string {
	text := strings.ReplaceAll(pattern, "?", digit)
	if fill := 12 - len(strings.ReplaceAll(text, "*", "")); fill >= 0 {
		text = strings.Replace(text, "*", strings.Repeat(digit, fill), 1)
	}
	if text = strings.ReplaceAll(text, "*", ""); !isAccount(text) {
		return ""
	}
	return text
}

// resourceLike is a resource of an account whose ARN a pattern may cover.
func resourceLike(pattern, account, bucket string) (source, bool) {
	fill := strings.NewReplacer("*", "qz", "?", "q")
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 {
		// A pattern that runs over the parts: the rest of it is filled up.
		last := len(parts) - 1
		parts[last] = strings.ReplaceAll(parts[last], "*", "")
		for len(parts) < 6 {
			parts = append(parts, "")
		}
		parts[4], parts[5] = account, cmp.Or(parts[5], "qz")
		return source{account: account, arn: fill.Replace(strings.Join(parts, ":"))}, true
	}
	s := source{account: account}
	switch {
	case parts[4] == "" && pattern == bucket:
		return s, false
	case parts[4] == "":
		s.openOwner = !strings.ContainsAny(parts[5], "*?")
	case isAccount(parts[4]) && parts[4] != account:
		return s, false
	default:
		parts[4] = account
	}
	if parts[1] == "*" {
		parts[1] = parseARN(bucket).partition
	}
	s.arn = fill.Replace(strings.Join(parts, ":"))
	return s, true
}
