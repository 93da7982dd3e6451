package iam_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/iam"
)

// TestAskWithoutUnknowns asks random questions of which everything is known.
func TestAskWithoutUnknowns(t *testing.T) {
	for seed := range uint64(4000) {
		req, p := ours(t, newGen(seed).question())
		got := iam.Ask(&iam.Question{Request: *req, Policies: *p})
		if want := iam.Explain(req, p); got.Open || !reflect.DeepEqual(got.Answer, want) {
			t.Fatalf("seed %d: %+v, Explain says %+v", seed, got, want)
		}
	}
}

// TestAskUnread takes policies away from random questions. An answer is decided when the most
// generous and the strictest policies in their place agree, and then it is that of those taken away.
func TestAskUnread(t *testing.T) {
	decided, open := 0, 0
	for seed := range uint64(4000) {
		g := newGen(seed)
		q := g.question()
		req, p := ours(t, q)
		read, best, worst, unread := *p, *p, *p, iam.Unread{}
		if g.chance(40) {
			unread.Identity, read.Identity = true, nil
			best.Identity, worst.Identity = []*iam.Policy{iam.AllowAll("")}, []*iam.Policy{iam.DenyAll("")}
		}
		if g.chance(40) {
			unread.Boundary, read.Boundary, read.HasBoundary = true, nil, len(p.Boundary) > 0
			best.Boundary, worst.Boundary = nil, []*iam.Policy{iam.DenyAll("")}
			if read.HasBoundary {
				best.Boundary = []*iam.Policy{iam.AllowAll("")}
			}
		}
		if g.chance(40) {
			unread.Resource, read.Resource = true, nil
			best.Resource, worst.Resource = iam.AllowAll(""), iam.DenyAll("")
		}
		if g.chance(40) {
			unread.RestrictPublicBuckets = true
			best.RestrictPublicBuckets, worst.RestrictPublicBuckets = false, true
		}
		if n := len(p.SCPs); n > 0 && g.chance(40) {
			unread.SCPs, read.SCPs = true, p.SCPs[:n-1]
			best.SCPs, worst.SCPs = append(slices.Clip(read.SCPs), []*iam.Policy{iam.AllowAll("")}), append(slices.Clip(read.SCPs), []*iam.Policy{iam.DenyAll("")})
		}
		if n := len(p.RCPs); n > 0 && g.chance(40) {
			unread.RCPs, read.RCPs = true, p.RCPs[:n-1]
			best.RCPs, worst.RCPs = read.RCPs, append(slices.Clip(read.RCPs), []*iam.Policy{iam.DenyAll("")})
		}
		got := iam.Ask(&iam.Question{Request: *req, Policies: read, Unread: unread})
		if agree := iam.Evaluate(req, &best) == iam.Evaluate(req, &worst); got.Open == agree {
			t.Fatalf("seed %d: open %v without %+v, and the two cases agree: %v\n%s", seed, got.Open, unread, agree, describe(q))
		}
		if got.Open {
			open++
			continue
		}
		decided++
		if allowed := (reference{}).allowed(q); allowed != (got.Verdict == iam.Yes) {
			t.Fatalf("seed %d: %v without %+v, with them allowed: %v\n%s", seed, got.Verdict, unread, allowed, describe(q))
		}
	}
	if min(decided, open) < 400 {
		t.Errorf("%d questions were decided and %d left open", decided, open)
	}
}

// told are documents that tell sessions and objects apart.
func (g gen) told(key string, values ...string) map[string]any {
	st := map[string]any{
		"Effect": pick(g, "Allow", "Allow", "Deny"), "Action": g.some("*", "kms:*", "kms:GenerateDataKey"), "Resource": "*",
	}
	if g.chance(80) {
		operator := pick(g, "StringLike", "StringEquals", "StringNotLike", "StringNotEquals", "StringEqualsIgnoreCase", "StringLikeIfExists")
		st["Condition"] = map[string]any{operator: map[string]any{key: g.some(values...)}}
	}
	return st
}

const askedRole = "arn:aws:iam::111111111111:role/team/app"

// sessionQuestion is a question about any session of a role, and what makes it one about one.
func (g gen) sessionQuestion() (*question, func(session string)) {
	values := []string{"AROAX:a", "AROAX:ab", "AROAX:a*", "AROAX:*b", "AROAX:*", "*:ab", "*", "AROAX:??", "AROAY:ab", "AROAX:AB"}
	policy := func() map[string]any {
		return document(g.told("aws:userid", values...), g.told("aws:UserId", values...))
	}
	resource := g.told("aws:userid", values...)
	session := func(name string) string { return "arn:aws:sts::111111111111:assumed-role/app/" + name }
	resource["Principal"] = map[string]any{"AWS": g.some("*", "111111111111", askedRole, session("ab"), session("abc"), strings.Replace(session("ab"), "app", "other", 1))}
	q := &question{
		action: "kms:GenerateDataKey", resource: "arn:aws:kms:eu-west-1:111111111111:key/k", account: "111111111111",
		identity: []any{policy()}, resourcePolicy: document(resource), context: map[string][]string{},
	}
	if g.chance(30) {
		q.boundary = []any{policy()}
	}
	q.principal = askedRole
	return q, func(name string) {
		q.principal, q.context["aws:userid"] = session(name), []string{"AROAX:" + name}
	}
}

// objectQuestion is a question about a key for any object, and what makes it one about one.
func (g gen) objectQuestion() (*question, func(object string)) {
	const key = "kms:EncryptionContext:aws:s3:arn"
	values := []string{
		"arn:aws:s3:::b/p/*", "arn:aws:s3:::b/p/a", "arn:aws:s3:::b/p/a*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/q/*", "*", "*b", "arn:aws:s3:::b/p/?", "arn:aws:s3:::b/p/*/x",
	}
	q := &question{
		principal: askedRole, action: "kms:GenerateDataKey", resource: "arn:aws:kms:eu-west-1:111111111111:key/k", account: "111111111111",
		identity: []any{document(g.told(key, values...), g.told(key, values...))}, context: map[string][]string{},
	}
	resource := g.told(strings.ToUpper(key), values...)
	resource["Principal"] = map[string]any{"AWS": g.some("*", "111111111111", askedRole)}
	q.resourcePolicy = document(resource)
	return q, func(object string) { q.context[strings.ToLower(key)] = []string{"arn:aws:s3:::b/p/" + object} }
}

// TestAskForAnySessionAndObject compares the answer with those for every short name there is, and
// for every one that the policies name.
func TestAskForAnySessionAndObject(t *testing.T) {
	short.Skip(t)
	sessions := append(keys("abAB", 2)[5:], "abc", "session", "a-longer-session", "a-session-ab")
	objects := append(keys("ab/x", 2)[1:], "?", "*", "a*", "A*", "*/x", "*/X", "A", "a-longer-object", "a/deep/x", "audit-b")
	for seed := range uint64(3000) {
		g := newGen(seed)
		q, choose := g.sessionQuestion()
		names, asked := sessions, iam.Question{AnySession: true, RoleID: "AROAX"}
		if seed%2 == 0 {
			q, choose = g.objectQuestion()
			names, asked = objects, iam.Question{ObjectPrefix: "arn:aws:s3:::b/p/"}
		}
		req, p := ours(t, q)
		asked.Request, asked.Policies = *req, *p
		got := iam.Ask(&asked)
		var allowed, refused []string
		for _, name := range names {
			if choose(name); (reference{}).allowed(q) {
				allowed = append(allowed, name)
			} else {
				refused = append(refused, name)
			}
		}
		want := iam.Depends
		switch {
		case len(refused) == 0:
			want = iam.Yes
		case len(allowed) == 0:
			want = iam.No
		}
		if got.Verdict != want || got.Open || got.Capped {
			t.Fatalf("seed %d: %+v; allowed %q, refused %q\n%s", seed, got, allowed[:min(len(allowed), 9)], refused[:min(len(refused), 9)], describe(q))
		}
		if said := fmt.Sprint(got.Missing, got.Reasons, got.Considered); asked.AnySession && (strings.Contains(said, "assumed-role/app/q") || strings.Contains(said, "AROAX:q")) {
			t.Fatalf("seed %d: an invented session is shown: %s", seed, said)
		}
	}
}

// TestAskForAnyOwner compares the answer with those for the caller's account and for another.
func TestAskForAnyOwner(t *testing.T) {
	short.Skip(t)
	open := 0
	for seed := range uint64(3000) {
		q := newGen(seed).question()
		q.principal = pick(newGen(seed), "arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::222222222222:role/app")
		req, p := ours(t, q)
		got := iam.Ask(&iam.Question{Request: *req, Policies: *p, AnyOwner: true})
		var found []bool
		for _, owner := range []string{iam.AccountOf(q.principal), "333333333333"} {
			q.account = owner
			found = append(found, reference{}.allowed(q))
		}
		if found[0] != found[1] {
			open++
		}
		if got.Open != (found[0] != found[1]) || !got.Open && found[0] != (got.Verdict == iam.Yes) {
			t.Fatalf("seed %d: %+v, allowed to the owner and to others: %v\n%s", seed, got, found, describe(q))
		}
	}
	if open < 100 {
		t.Errorf("the owner decides %d questions", open)
	}
}

// TestUnnamed looks for stand-ins where the policies name those that come to mind first.
func TestUnnamed(t *testing.T) {
	policies := func(values []string) []*iam.Policy {
		st := map[string]any{
			"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
			"Condition": map[string]any{"StringLike": map[string]any{"aws:PrincipalArn": values}},
		}
		_, p := ours(t, &question{resourcePolicy: document(st)})
		return []*iam.Policy{p.Resource}
	}
	for _, c := range []struct {
		named []string
		want  string
	}{
		{[]string{}, "000000000000"},
		{[]string{"000000000000"}, "000000000009"},
		{[]string{"arn:aws:iam::00*:role/x"}, "111111111110"},
		{[]string{"*", "?00000000000"}, "000000000009"},
		{[]string{"0*", "1???????????", "222222222220"}, "222222222229"},
	} {
		if got := iam.UnnamedAccount(policies(c.named), "333333333333"); got != c.want {
			t.Errorf("%s stands for accounts that %q does not name, want %s", got, c.named, c.want)
		}
	}
	const role = "arn:aws:iam::111111111111:role/"
	for _, c := range [][]string{{}, {role + "trailguard*"}, {role + "*anybody", role + "x*"}} {
		if got := iam.UnnamedRole(policies(c), "aws", "111111111111"); !strings.HasPrefix(got, role) || slices.Contains(c, got[:len(got)-1]+"*") {
			t.Errorf("%q stands for roles that %q does not name", got, c)
		}
	}
}

// FuzzAsk looks for panics, and for a decided answer that some session and object contradict.
func FuzzAsk(f *testing.F) {
	f.Add(bucketPolicy(2), "kms:Decrypt", "arn:aws:kms:r:111111111111:key/k", "arn:aws:s3:::b/", "s1", "k")
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:userid":"AROAX:a*"}}}}`,
		"s3:PutObject", "arn:aws:s3:::b/*", "", "ab", "")
	f.Fuzz(func(t *testing.T, doc, action, resource, prefix, session, object string) {
		for _, text := range []string{action, resource, prefix, session, object} {
			if !utf8.ValidString(text) {
				return
			}
		}
		p, err := iam.Parse([]byte(doc), iam.ParseOptions{Type: iam.ControlPolicy})
		if err != nil || len(session) < 2 || object == "" || strings.ContainsFunc(session, func(r rune) bool { return r < 'a' || r > 'z' }) {
			return
		}
		q := iam.Question{
			Request:    iam.Request{Principal: askedRole, Action: action, Resource: resource, ResourceAccount: account, OthersUnknown: true},
			Policies:   iam.Policies{Identity: []*iam.Policy{p}, Resource: p, SCPs: [][]*iam.Policy{{p}}},
			AnySession: true, RoleID: "AROAX", ObjectPrefix: prefix,
		}
		r := iam.Ask(&q)
		if r.Open {
			t.Fatalf("open, and everything was read: %+v", r)
		}
		one := q.Request
		one.Principal = "arn:aws:sts::111111111111:assumed-role/app/" + session
		one.Context = iam.NewContext(map[string][]string{"aws:userid": {"AROAX:" + session}})
		if prefix != "" {
			one.Context = one.Context.With("kms:EncryptionContext:aws:s3:arn", prefix+object)
		}
		if v := iam.Evaluate(&one, &q.Policies); r.Verdict != iam.Depends && v != iam.Depends && v != r.Verdict {
			t.Fatalf("%v, and %v for %s and %s", r.Verdict, v, session, object)
		}
	})
}
