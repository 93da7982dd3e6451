package iam_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/iam"
)

// sourceWords tell on whose behalf a service acts.
var sourceWords = map[string][]string{
	"aws:SourceAccount": {"111111111111", "444444444444", "1111*", "4*", "*", "44444444444?", "555555555555"},
	"aws:SourceArn": {
		"arn:aws:cloudtrail:*:111111111111:trail/*", "arn:aws:cloudtrail:eu-west-1:444444444444:trail/x", "arn:aws:s3:::acme-*", "arn:aws:s3:::acme-web",
		"arn:aws:s3:::b", "arn:aws:*:*:4*:*", "arn:*:s3:::*", "arn:aws:logs:*:444444444444:log-group:*", "*",
	},
}

func (g gen) sourceStatement() map[string]any {
	st := map[string]any{
		"Effect": pick(g, "Allow", "Allow", "Deny"), "Action": "s3:PutObject", "Resource": "*",
		"Principal": map[string]any{"Service": g.some("logging.s3.amazonaws.com", "logging.s3.amazonaws.com", "ec2.amazonaws.com")},
	}
	conditions := map[string]any{}
	for _, key := range []string{"aws:SourceAccount", "aws:SourceArn"} {
		operator := pick(g, "ArnLike", "StringEquals", "StringLike", "ArnNotLike", "StringNotLike", "StringLikeIfExists")
		if key == "aws:SourceAccount" {
			operator = pick(g, "StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIfExists")
		}
		if g.chance(60) {
			conditions[operator] = map[string]any{key: g.some(sourceWords[key]...)}
		}
	}
	if len(conditions) > 0 {
		st["Condition"] = conditions
	}
	return st
}

// concreteSources are resources of accounts that do not own the bucket: those that the words name,
// and others.
func concreteSources() (out []iam.Source) {
	for _, account := range []string{"444444444444", "444444444440", "400000000000", "555555555555", "111100000000", "222222222222"} {
		for _, arn := range []string{
			"arn:aws:cloudtrail:eu-west-1:A:trail/x", "arn:aws:cloudtrail:eu-west-1:A:trail/y", "arn:aws:logs:eu-west-1:A:log-group:x", "arn:aws:sns:eu-west-1:A:topic",
			"arn:aws:s3:::acme-web", "arn:aws:s3:::acme-other", "arn:aws:s3:::other",
		} {
			out = append(out, iam.Source{Account: account, ARN: strings.Replace(arn, ":A:", ":"+account+":", 1)})
		}
	}
	return append(out, iam.Source{})
}

// TestWhoActsThrough compares who has a service act with every concrete source there is.
func TestWhoActsThrough(t *testing.T) {
	short.Skip(t)
	const service = "logging.s3.amazonaws.com"
	concrete, found := concreteSources(), 0
	for seed := range uint64(1000) {
		g := newGen(seed)
		var statements []map[string]any
		for range 1 + g.IntN(3) {
			statements = append(statements, g.sourceStatement())
		}
		q := &question{
			principal: service, action: "s3:PutObject", resource: "arn:aws:s3:::b/k", account: "111111111111",
			resourcePolicy: document(statements...), context: map[string][]string{},
		}
		_, p := ours(t, q)
		who := iam.WhoCanQuestion{Action: q.action, Resource: q.resource, ResourceAccount: q.account, Policies: *p}
		got := iam.WhoActsThrough(&who, iam.PrincipalClass{Kind: iam.ClassService, Value: service}, []string{"111111111111"})
		allows := func(s *iam.Source) bool {
			q.context = map[string][]string{"aws:principalisawsservice": {"true"}, "aws:principalservicename": {service}}
			if s.Account != "" {
				q.context["aws:sourceaccount"], q.context["aws:sourcearn"] = []string{s.Account}, []string{s.ARN}
			}
			return reference{}.allowed(q)
		}
		for i := range got {
			if a := &got[i]; a.Verdict != iam.Yes || a.Capped || !allows(&a.Source) || a.Account == "111111111111" || a.ARN == "arn:aws:s3:::b" {
				t.Fatalf("seed %d: %+v, allowed: %v\n%s", seed, a, allows(&a.Source), describe(q))
			}
		}
		found += min(len(got), 1)
		silent := func(s iam.Source) bool { return s.Account == "" }
		for i := range concrete {
			s := &concrete[i]
			if allows(s) && !slices.ContainsFunc(got, func(a iam.SourceAccess) bool { return silent(a.Source) == silent(*s) }) {
				t.Fatalf("seed %d: missed %+v\n%s", seed, s, describe(q))
			}
		}
	}
	if found < 100 {
		t.Errorf("services act for others in %d cases", found)
	}
}

// TestOutsideNeeds tells the keys that a caller sets from those that it does not.
func TestOutsideNeeds(t *testing.T) {
	a := iam.Access{Verdict: iam.Depends, Needs: []string{"aws:PrincipalTag/team", "aws:SourceIp", "s3:x-amz-acl", "aws:UserAgent"}}
	if got := a.OutsideNeeds(); !slices.Equal(got, []string{"aws:SourceIp"}) {
		t.Errorf("the caller does not set %q", got)
	}
	if a.Verdict = iam.Yes; len(a.OutsideNeeds()) > 0 {
		t.Errorf("an access that is certain needs %q", a.OutsideNeeds())
	}
}
