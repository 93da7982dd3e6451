package iam_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/iam"
)

// keys lists every string over a small alphabet up to a length. Patterns drawn below are
// shorter than that, so a difference between two of them shows up among these keys.
func keys(alphabet string, length int) []string {
	out := []string{""}
	for from := 0; length > 0; length-- {
		to := len(out)
		for _, k := range out[from:to] {
			for _, r := range alphabet {
				out = append(out, k+string(r))
			}
		}
		from = to
	}
	return out
}

func document(statements ...map[string]any) map[string]any {
	l := []any{}
	for _, s := range statements {
		l = append(l, s)
	}
	return map[string]any{"Version": "2012-10-17", "Statement": l}
}

// TestSetsAgainstEveryKey asks about whole sets of objects, under up to three statements with random
// patterns, and compares the answer with those for every short key.
func TestSetsAgainstEveryKey(t *testing.T) {
	short.Skip(t)
	all := keys("ab/", 6)
	rapid.Check(t, func(r *rapid.T) {
		pattern := rapid.StringMatching(`[ab/*?]{0,4}`)
		var statements []map[string]any
		for range rapid.IntRange(1, 3).Draw(r, "statements") {
			element := rapid.SampledFrom([]string{"Resource", "Resource", "NotResource"}).Draw(r, "element")
			statements = append(statements, map[string]any{
				"Effect": rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(r, "effect"),
				"Action": "*", element: []any{"arn:aws:s3:::" + pattern.Draw(r, "pattern"), "arn:aws:s3:::" + pattern.Draw(r, "pattern")},
			})
		}
		prefix := rapid.StringMatching(`[ab/]{0,2}`).Draw(r, "prefix")
		q := &question{principal: "arn:aws:iam::111111111111:role/r", action: "s3:GetObject", account: "111111111111", identity: []any{document(statements...)}}
		q.resource = "arn:aws:s3:::" + prefix + "*"
		req, p := ours(t, q)
		got := iam.Explain(req, p)
		some, every := false, true
		for _, k := range all {
			if strings.HasPrefix(k, prefix) {
				q.resource = "arn:aws:s3:::" + k
				ok := reference{}.allowed(q)
				some, every = some || ok, every && ok
			}
		}
		want := iam.Depends
		switch {
		case every:
			want = iam.Yes
		case !some:
			want = iam.No
		}
		if got.Verdict != want {
			r.Fatalf("%s: got %v, want %v\n%v", req.Resource, got.Verdict, want, statements)
		}
		if want == iam.Depends && (got.WitnessAllow == nil || got.WitnessDeny == nil) {
			r.Fatalf("%s depends without witnesses", req.Resource)
		}
	})
}

// TestUnknownTextAgainstEveryValue does the same for an unknown key under string operators.
func TestUnknownTextAgainstEveryValue(t *testing.T) {
	all := keys("ab", 6)
	rapid.Check(t, func(r *rapid.T) {
		pattern := rapid.StringMatching(`[ab*?]{1,4}`)
		operator := rapid.SampledFrom([]string{
			"StringLike", "StringNotLike", "StringEquals", "StringNotEquals", "StringLikeIfExists", "StringEqualsIgnoreCase",
		})
		var statements []map[string]any
		for range rapid.IntRange(1, 3).Draw(r, "statements") {
			block := map[string]any{}
			for range rapid.IntRange(1, 2).Draw(r, "conditions") {
				block[operator.Draw(r, "operator")] = map[string]any{"aws:username": []any{pattern.Draw(r, "value"), pattern.Draw(r, "value")}}
			}
			statements = append(statements, map[string]any{
				"Effect": rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(r, "effect"), "Action": "*", "Resource": "*", "Condition": block,
			})
		}
		q := &question{
			principal: "arn:aws:iam::111111111111:role/r", action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
			account: "111111111111", identity: []any{document(statements...)},
		}
		req, p := ours(t, q)
		req.Unknown = []string{"aws:username"}
		got := iam.Evaluate(req, p)
		some, every := false, true
		try := func(context map[string][]string) {
			q.context = context
			ok := reference{}.allowed(q)
			some, every = some || ok, every && ok
		}
		try(nil)
		for _, v := range append(all[1:], "A", "*", "?", "a*", "*a") {
			try(map[string][]string{"aws:username": {v}})
		}
		if got == iam.Yes && !every || got == iam.No && some {
			r.Fatalf("got %v, but some values say otherwise: %v", got, statements)
		}
		if got == iam.Depends && (every || !some) {
			a := iam.Explain(req, p) // the witness may be a longer value than those tried here
			if a.WitnessAllow == nil || a.WitnessDeny == nil {
				r.Fatalf("depends, but every value tried agrees: %v", statements)
			}
		}
	})
}
