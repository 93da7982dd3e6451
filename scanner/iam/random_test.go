package iam_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// gen makes random questions out of small vocabularies, so that policies and requests often meet.
type gen struct{ *rand.Rand }

func newGen(seed uint64) gen {
	return gen{rand.New(rand.NewPCG(seed, 42))}
}

func pick[T any](g gen, from ...T) T { return from[g.IntN(len(from))] }

func (g gen) chance(percent int) bool { return g.IntN(100) < percent }

func (g gen) some(from ...string) any {
	if g.chance(60) {
		return pick(g, from...)
	}
	l := []any{}
	for range 1 + g.IntN(3) {
		l = append(l, pick(g, from...))
	}
	return l
}

func (g gen) principal() string {
	return pick(g,
		"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/team/app", "arn:aws:iam::111111111111:user/alice",
		"arn:aws:sts::111111111111:assumed-role/app/s1", "arn:aws:sts::111111111111:assumed-role/app/s12",
		"arn:aws:iam::111111111111:root", "arn:aws:sts::111111111111:federated-user/bob", "anonymous", "logs.amazonaws.com",
		"arn:aws:iam::222222222222:role/app", "arn:aws:sts::222222222222:assumed-role/app/s1", "arn:aws:iam::222222222222:root",
		"arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "arn:aws-cn:iam::111111111111:role/app",
	)
}

func (g gen) policyPrincipal() any {
	if g.chance(20) {
		return "*"
	}
	if g.chance(15) {
		return map[string]any{"Service": g.some("logs.amazonaws.com", "ec2.amazonaws.com")}
	}
	return map[string]any{"AWS": g.some(
		"*", "111111111111", "222222222222", "arn:aws:iam::111111111111:root", "arn:aws-cn:iam::111111111111:root",
		"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/team/app", "arn:aws:iam::111111111111:role/*",
		"arn:aws:iam::111111111111:user/alice", "arn:aws:sts::111111111111:assumed-role/app/s1",
		"arn:aws:sts::111111111111:federated-user/bob", "arn:aws:iam::222222222222:role/app", "AROAEXAMPLE",
	)}
}

func (g gen) sparedPrincipals() any {
	all := []any{
		"111111111111", "arn:aws:iam::111111111111:role/app", "arn:aws:sts::111111111111:assumed-role/app/s1",
		"arn:aws:iam::111111111111:user/alice", "arn:aws:sts::111111111111:federated-user/bob",
	}
	l := []any{}
	for _, a := range all {
		if g.chance(70) {
			l = append(l, a)
		}
	}
	return map[string]any{"AWS": l}
}

func (g gen) action() string {
	return pick(g, "s3:GetObject", "s3:PutObject", "s3:PutObject", "s3:PutBucketPolicy", "kms:Decrypt", "sts:AssumeRole")
}

func (g gen) actionPattern() any {
	return g.some("*", "s3:*", "s3:Put*", "S3:putobject", "s3:?utObject", "s3:GetObject", "kms:*", "sts:AssumeRole", "sts:*")
}

func (g gen) resource() string {
	return pick(g, "arn:aws:s3:::b/a", "arn:aws:s3:::b/ab", "arn:aws:s3:::b/a/b", "arn:aws:s3:::b/é", "arn:aws:s3:::b/a*b", "arn:aws-cn:s3:::b/a")
}

func (g gen) resourcePattern() any {
	return g.some(
		"*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a*", "arn:aws:s3:::b/?", "arn:aws:s3:::b/*b", "arn:aws:s3:::b/a/*", "arn:aws:s3:::b*",
		"arn:*:s3:::b/a", "arn:aws:s3:::b/${aws:PrincipalTag/team}", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'a'}*", "arn:aws:s3:::b/a${*}b", "arn:aws:s3:::b/?*?", "arn:aws:s3:::b/a${aws:username}",
	)
}

func (g gen) conditions() map[string]any {
	block := map[string]any{}
	for range 1 + g.IntN(2) {
		w := words[g.IntN(len(words))]
		op := pick(g, w.operators...)
		if op != "Null" && g.chance(20) {
			op += "IfExists"
		}
		values := w.policy[g.IntN(len(w.policy))]
		if g.chance(30) {
			values = []any{w.policy[g.IntN(len(w.policy))], w.policy[g.IntN(len(w.policy))]}
		}
		if op == "Null" {
			values = pick[any](g, "true", "false", true)
		}
		key := w.key
		if g.chance(10) {
			key = strings.ToUpper(key)
		}
		block[op] = map[string]any{key: values}
	}
	return block
}

func (g gen) statement(principals bool) map[string]any {
	st := map[string]any{"Effect": pick(g, "Allow", "Allow", "Deny")}
	st[pick(g, "Action", "Action", "Action", "Action", "NotAction")] = g.actionPattern()
	st[pick(g, "Resource", "Resource", "Resource", "Resource", "NotResource")] = g.resourcePattern()
	if g.chance(40) {
		st["Condition"] = g.conditions()
	}
	if principals {
		if g.chance(10) {
			st["NotPrincipal"] = g.sparedPrincipals()
		} else {
			st["Principal"] = g.policyPrincipal()
		}
	}
	return st
}

func (g gen) document(principals bool) any {
	var statements any
	if g.chance(30) {
		statements = g.statement(principals)
	} else {
		l := []any{}
		for range 1 + g.IntN(3) {
			l = append(l, g.statement(principals))
		}
		statements = l
	}
	doc := map[string]any{"Statement": statements}
	if g.chance(85) {
		doc["Version"] = "2012-10-17"
	}
	return doc
}

// allowAll is common in practice, and lets the other layers decide.
func allowAll() any {
	return map[string]any{"Version": "2012-10-17", "Statement": map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}}
}

func (g gen) documents(most int) []any {
	var out []any
	if g.chance(50) {
		out = append(out, allowAll())
	}
	for range g.IntN(most + 1) {
		out = append(out, g.document(false))
	}
	return out
}

func (g gen) levels(chance int, rcp bool) [][]any {
	var out [][]any
	for g.chance(chance) && len(out) < 2 {
		level := []any{}
		if g.chance(70) && !rcp {
			level = append(level, allowAll())
		}
		out = append(out, append(level, g.document(rcp)))
	}
	return out
}

func (g gen) context() map[string][]string {
	c := map[string][]string{}
	for _, w := range words {
		if g.chance(50) {
			continue
		}
		c[strings.ToLower(w.key)] = []string{pick(g, w.request...)}
		if w.list && g.chance(50) {
			c[strings.ToLower(w.key)] = []string{"a", pick(g, w.request...)}
		}
	}
	return c
}

func (g gen) question() *question {
	q := &question{
		principal: g.principal(), action: g.action(), resource: g.resource(), account: "111111111111", context: g.context(),
		identity: g.documents(2), scps: g.levels(25, false), rcps: g.levels(15, true), restrict: g.chance(20),
	}
	if g.chance(30) {
		q.boundary = append(g.documents(1), g.document(false))
	}
	if g.chance(20) {
		q.session = []any{g.document(false)}
	}
	if g.chance(70) {
		q.resourcePolicy = g.document(true)
	}
	if g.chance(30) {
		q.management = pick(g, "111111111111", "222222222222")
	}
	return q
}

// ours turns a question into what the package takes.
func ours(t testing.TB, q *question) (*iam.Request, *iam.Policies) {
	t.Helper()
	parse := func(kind iam.Type, docs []any) []*iam.Policy {
		var out []*iam.Policy
		for _, d := range docs {
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			p, err := iam.Parse(text, iam.ParseOptions{Type: kind})
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			out = append(out, p)
		}
		return out
	}
	p := &iam.Policies{
		Identity: parse(iam.IdentityPolicy, q.identity), Boundary: parse(iam.IdentityPolicy, q.boundary),
		Session: parse(iam.IdentityPolicy, q.session), RestrictPublicBuckets: q.restrict, ManagementAccount: q.management,
	}
	for _, l := range q.scps {
		p.SCPs = append(p.SCPs, parse(iam.ControlPolicy, l))
	}
	for _, l := range q.rcps {
		p.RCPs = append(p.RCPs, parse(iam.ControlPolicy, l))
	}
	if q.resourcePolicy != nil {
		p.Resource = parse(iam.ResourcePolicy, []any{q.resourcePolicy})[0]
	}
	return &iam.Request{
		Principal: q.principal, Action: q.action, Resource: q.resource, ResourceAccount: q.account, Context: iam.NewContext(q.context),
	}, p
}

func describe(q *question) string {
	text, _ := json.MarshalIndent(map[string]any{
		"principal": q.principal, "action": q.action, "resource": q.resource, "context": q.context, "identity": q.identity,
		"boundary": q.boundary, "session": q.session, "resourcePolicy": q.resourcePolicy, "scps": q.scps, "rcps": q.rcps,
		"restrict": q.restrict, "management": q.management,
	}, "", " ")
	return string(text)
}
