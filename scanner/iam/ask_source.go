package iam

import (
	"regexp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Source is the account and the resource on whose behalf a service acts. Both are empty where the
// service does not say.
type Source struct {
	Account, ARN string
	// Named means that the policies tell the account apart from others.
	Named bool
	// Ownerless means that the policies name the resource, and that its ARN holds no account.
	Ownerless bool
}

// SourceAccess is what a service may do on behalf of one source.
type SourceAccess struct {
	Source
	Access
}

// WhoActsThrough lists the sources on whose behalf a service may do an action that [WhoCan] found.
// It leaves out sources of the accounts in own, and the resource itself. There is one source for
// every way in which the policies tell sources apart.
func WhoActsThrough(q *WhoCanQuestion, service PrincipalClass, own []string) []SourceAccess {
	ask := Question{Policies: Policies{Resource: q.Policies.Resource}, Request: Request{
		Principal: service.Value, Action: q.Action, Resource: q.Resource, ResourceAccount: q.ResourceAccount,
		Context: q.Context.With("aws:PrincipalIsAWSService", "true").With("aws:PrincipalServiceName", service.Value),
		Absent:  slices.Concat(q.Absent, []string{sourceAccountKey, sourceARNKey}), OthersUnknown: true, Kind: keys.Service,
	}}
	if service.Value == "*" || service.IsUnnamedService() {
		ask.Request.Principal = leastNamed(ask.all(), "qz7trail.amazonaws.com", "x7q0.amazonaws.com", "0")
		ask.Request.Context = ask.Request.Context.With("aws:PrincipalServiceName")
	}
	known := ask.Request.Context
	var out []SourceAccess
	cost := Effort(2 * leastNamedCost * weight(ask.all()))
	ask.Request.Effort = &cost
	defer func() { q.Effort.add(int(cost)) }()
	sources, complete := ask.sources(own)
	cost += Effort(ask.steps)
	if !complete {
		out = append(out, SourceAccess{Access: Access{Principal: service, Action: q.Action, Verdict: Depends, Capped: true}})
	}
	for _, s := range sources {
		if cost > maxSteps {
			return append(out, SourceAccess{Access: Access{Principal: service, Action: q.Action, Verdict: Depends, Capped: true}})
		}
		if s.Account != "" {
			ask.Request.Context = known.With(sourceAccountKey, s.Account).With(sourceARNKey, s.ARN)
		} else {
			ask.Request.Context = known
		}
		if a := Ask(&ask); a.Verdict != No {
			out = append(out, SourceAccess{s, Access{
				Principal: service, Action: q.Action, Verdict: a.Verdict, Needs: a.Needs, Reasons: a.Reasons, Witness: a.WitnessAllow, Capped: a.Capped,
			}})
		}
	}
	return out
}

// Condition keys that say on whose behalf a service acts.
const (
	sourceAccountKey = "aws:SourceAccount"
	sourceARNKey     = "aws:SourceArn"
)

// sources lists the sources to ask about. The one for a service that does not say comes last.
func (q *Question) sources(own []string) (out []Source, complete bool) {
	arns := q.comparedWith(strings.ToLower(sourceARNKey))
	named := slices.Concat(representative.Literals(own), q.comparedWith(strings.ToLower(sourceAccountKey)), []representative.Atom{{Text: pattern.CompileGlob("????????????")}})
	for _, a := range arns {
		named = append(append(named, representative.Atom{Text: policy.AccountPart(a.Text)}), representative.Literals(accountID.FindAllString(a.Text, -1))...)
	}
	accounts, complete := q.oneOfEach(named, UnnamedAccount(q.all(), own...), representative.Domain{
		MinLength: 12, Allowed: func(r rune) bool { return '0' <= r && r <= '9' },
	})
	for i, account := range accounts {
		if len(account) != 12 || slices.Contains(own, account) {
			continue
		}
		if q.steps > maxSteps {
			complete = false
			break
		}
		resources, all := q.resourcesOf(account, arns)
		complete = complete && all
		for _, arn := range resources {
			out = append(out, Source{
				Account: account, ARN: arn, Named: i > 0 && account != accounts[0],
				Ownerless: AccountOf(arn) == "" && slices.ContainsFunc(arns, func(a representative.Atom) bool { return isNamed(arn, a.Text) }),
			})
		}
	}
	return append(out, Source{}), complete
}

var accountID = regexp.MustCompile(`\d{12}`)

// isNamed reports whether a pattern names the resource of an ARN, in any partition.
func isNamed(arn, text string) bool {
	named, ok := ParseARN(text)
	return ok && pattern.IndexWildcard(named.Resource) < 0 && strings.HasSuffix(arn, ":"+named.Resource)
}

// resourcesOf returns ARNs of resources that an account may own: ARNs that hold the account, and
// ARNs without any account, like those of buckets. The bucket in question belongs to somebody else.
// The last part of an ARN has colons only where a pattern has them.
func (q *Question) resourcesOf(account string, named []representative.Atom) (arns []string, complete bool) {
	bucket, _, _ := strings.Cut(q.Request.Resource, "/")
	prefix, any := "arn:"+principal.PartitionOf(bucket)+":", string([]byte{pattern.SegmentStar})
	lasts := []string{string([]byte{pattern.SegmentAny}) + any}
	for _, a := range named {
		if parts := strings.SplitN(a.Text, ":", 6); len(parts) == 6 {
			lasts = append(lasts, strings.ReplaceAll(parts[5], string([]byte{pattern.Star}), any))
		}
	}
	var shapes []representative.Atom
	for _, last := range lasts {
		service := prefix + string([]byte{pattern.SegmentAny}) + any + ":" + any + ":"
		shapes = append(shapes, representative.Literals([]string{service + account + ":" + last, service + ":" + last})...)
	}
	arns, complete = q.oneOfEach(slices.Concat(named, shapes, representative.Literals([]string{bucket})), "qz:us-east-1:"+account+":qz/qz", representative.Domain{Prefix: prefix, MinLength: 1})
	patterns := make([]pattern.Pattern, len(shapes))
	for i := range shapes {
		patterns[i] = pattern.New(shapes[i].Text)
	}
	return slices.DeleteFunc(arns, func(arn string) bool {
		return arn == bucket || !slices.ContainsFunc(patterns, func(p pattern.Pattern) bool {
			q.steps += p.Cost(arn)
			return p.Match(arn)
		})
	}), complete
}
