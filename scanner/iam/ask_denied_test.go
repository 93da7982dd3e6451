package iam_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// TestWhoIsNotDenied compares who is left with what the reference says of everybody whom the
// policies could tell apart, were everything allowed that is not denied.
func TestWhoIsNotDenied(t *testing.T) {
	principals := []string{
		"anonymous", "arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/team/app", "arn:aws:iam::111111111111:user/alice",
		"arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root", "arn:aws:iam::222222222222:role/app", "arn:aws:iam::111111111111:role/x",
		"arn:aws:iam::222222222222:role/x", "arn:aws:iam::333333333333:role/x", "arn:aws:sts::111111111111:assumed-role/app/s1", "arn:aws:sts::111111111111:federated-user/bob",
	}
	all, left := 0, 0
	for seed := range uint64(1500) {
		g := newGen(seed)
		var statements []map[string]any
		for range 1 + g.IntN(3) {
			st := g.statement(true)
			delete(st, "Condition")
			if st["Effect"] = pick(g, "Deny", "Deny", "Deny", "Allow"); g.chance(70) {
				st["Condition"] = map[string]any{"Bool": map[string]any{"aws:SecureTransport": pick(g, "false", "false", "true")}}
			}
			for _, element := range []string{"Resource", "NotResource"} {
				if st[element] != nil {
					st[element] = pick(g, "arn:aws:s3:::b/a", "arn:aws:s3:::b/*", "*")
				}
			}
			statements = append(statements, st)
		}
		q := &question{action: pick(g, "s3:GetObject", "s3:PutObject"), resource: "arn:aws:s3:::b/a", identity: []any{allowAll()}, resourcePolicy: document(statements...)}
		_, p := ours(t, q)
		who := iam.WhoCanQuestion{
			Action: q.action, Resource: q.resource, ResourceAccount: "111111111111", Policies: iam.Policies{Resource: p.Resource},
			Context: iam.NewContext(map[string][]string{"aws:SecureTransport": {"false"}}),
		}
		got := iam.WhoIsNotDenied(who)
		spares := slices.DeleteFunc(statements, func(st map[string]any) bool { return st["Effect"] == "Allow" })
		q.resourcePolicy = document(append(spares, map[string]any{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})...)
		allowed := func(who string) bool {
			q.principal, q.account = who, "111111111111"
			if account := iam.AccountOf(who); strings.HasSuffix(who, ":root") {
				q.account = account
			}
			q.context = map[string][]string{"aws:securetransport": {"false"}}
			return reference{}.allowed(q)
		}
		some := slices.ContainsFunc(principals, allowed)
		if some != (len(got) > 0) {
			t.Fatalf("seed %d: %+v, and somebody is left: %v\n%s", seed, got, some, describe(q))
		}
		for _, a := range got {
			if a.Principal.Kind == iam.ClassPrincipal && !allowed(a.Principal.Value) {
				t.Fatalf("seed %d: %+v is denied\n%s", seed, a, describe(q))
			}
		}
		all++
		left += min(len(got), 1)
	}
	if left < 100 || left > all-100 {
		t.Errorf("somebody is left in %d of %d policies", left, all)
	}
}

// TestUnnamedAction chooses an action that no pattern singles out.
func TestUnnamedAction(t *testing.T) {
	for pattern, want := range map[string]string{"s3:*": "s3:QzAnyAction", "s3:q*": "s3:XvOtherOperation", "s3:*o*": "s3:0"} {
		_, p := ours(t, &question{resourcePolicy: document(map[string]any{"Effect": "Deny", "Principal": "*", "Action": pattern, "Resource": "*"})})
		if got := iam.UnnamedAction([]*iam.Policy{p.Resource}); got != want {
			t.Errorf("%s stands for what %s does not name, want %s", got, pattern, want)
		}
	}
}

// TestDeniedAlike asks of the Denies alone: what is allowed does not matter.
func TestDeniedAlike(t *testing.T) {
	for _, tt := range []struct {
		element string
		actions any
		want    bool // s3:DeleteObject as s3:DeleteObjectVersion
	}{
		{"Action", "s3:Delete*", true},
		{"Action", "S3:deleteobject*", true},
		{"Action", "s3:DeleteObject", false},
		{"Action", "s3:DeleteObject?ersion", false},
		{"Action", "s3:GetObject", true}, // neither
		{"NotAction", "s3:DeleteObject", false},
		{"NotAction", []string{"s3:Get*", "s3:DeleteObject*"}, true},
	} {
		_, p := ours(t, &question{resourcePolicy: document(
			map[string]any{"Effect": "Deny", "Principal": "*", tt.element: tt.actions, "Resource": "*"},
			map[string]any{"Effect": "Allow", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "*"},
		)})
		if got := iam.DeniedAlike(p.Resource, "s3:DeleteObject", "s3:DeleteObjectVersion"); got != tt.want {
			t.Errorf("%s %v denies both alike: %t, want %t", tt.element, tt.actions, got, tt.want)
		}
	}
}
