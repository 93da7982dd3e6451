package iam_test

import (
	"slices"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// TestAskAnybody compares the answer with those for everybody whom random trust policies name, and
// for roles that they do not name: of certain accounts and principals, or of all.
func TestAskAnybody(t *testing.T) {
	named := []string{
		"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/team/app", "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::222222222222:role/app",
		"arn:aws:sts::111111111111:assumed-role/app/s1", "arn:aws:sts::111111111111:federated-user/bob", "arn:aws:iam::222222222222:role/bound",
	}
	excepted := named[2]
	reached := 0
	for seed := range uint64(1500) {
		g := newGen(seed)
		var statements []map[string]any
		for range 1 + g.IntN(3) {
			st := map[string]any{"Effect": pick(g, "Allow", "Allow", "Deny"), "Action": "sts:AssumeRole", "Resource": "*", "Principal": g.policyPrincipal()}
			if g.chance(60) {
				key, value := "sts:ExternalId", pick(g, "id", "other")
				if g.chance(30) {
					key, value = "aws:PrincipalArn", named[6]
				}
				st["Condition"] = map[string]any{pick(g, "StringEquals", "StringNotEquals"): map[string]any{key: value}}
			}
			statements = append(statements, st)
		}
		q := &question{action: "sts:AssumeRole", resource: askedRole, account: "111111111111", identity: []any{allowAll()}, resourcePolicy: document(statements...)}
		_, p := ours(t, q)
		req := iam.Request{Action: q.action, Resource: q.resource, ResourceAccount: q.account, Context: iam.NewContext(map[string][]string{"sts:ExternalId": {"id"}})}
		callers := []iam.Callers{
			{Except: []string{excepted}},
			{Accounts: []string{"222222222222", "333333333333"}},
			{Accounts: []string{"111111111111"}, Except: []string{excepted}},
			{Principals: []string{named[3], "arn:aws:iam::444444444444:role/expected", "ec2.amazonaws.com"}},
		}[seed%4]
		got := iam.AskAnybody(&req, &iam.Policies{Resource: p.Resource}, &callers)
		allows := func(principal string, known bool) bool {
			q.principal = principal
			q.context = map[string][]string{"sts:externalid": {"id"}, "aws:principalaccount": {iam.AccountOf(principal)}}
			if a, _ := iam.ParseARN(principal); known && a.Service == "iam" {
				q.context["aws:principalarn"] = []string{principal}
			}
			return reference{}.allowed(q)
		}
		asked := func(who string) bool {
			account := iam.AccountOf(who)
			return who != excepted && (callers.Anybody() || slices.Contains(callers.Accounts, account)) || slices.Contains(callers.Principals, who)
		}
		want := false
		for _, who := range append(slices.Clone(named), callers.Principals[:min(2, len(callers.Principals))]...) {
			want = want || asked(who) && allows(who, true)
		}
		for _, account := range []string{"111111111111", "222222222222", "333333333333"} {
			who := "arn:aws:iam::" + account + ":role/x"
			want = want || asked(who) && allows(who, false)
		}
		if want != (got.Verdict == iam.Yes) {
			t.Fatalf("seed %d: %+v, somebody may: %v\n%s", seed, got, want, describe(q))
		}
		if want {
			reached++
		}
	}
	if reached < 300 || reached > 1200 {
		t.Errorf("somebody may by %d policies", reached)
	}
}
