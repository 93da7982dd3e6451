package iam_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trailguard/trailguard/scanner/iam"
)

// FuzzParse looks for panics, for positions outside the document, and for views that differ
// between two readings.
func FuzzParse(f *testing.F) {
	f.Add([]byte(bucketPolicy(2)), byte(1))
	f.Add([]byte(wildcardPolicy(2)), byte(0))
	f.Add([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}}`), byte(2))
	f.Add([]byte(`{"Statement":[{"Effect":"Deny","NotAction":"a:b","NotResource":"${a}${*}","Condition":{"Null":{"a/~b":true}}}]}`), byte(3))
	f.Add([]byte("{\"Statement\": [\n\xff"), byte(0))
	f.Fuzz(func(t *testing.T, text []byte, kind byte) {
		o := iam.ParseOptions{Name: "fuzz", Type: iam.Type(kind % 4)}
		p, err := iam.Parse(text, o)
		lines := bytes.Count(text, []byte("\n")) + 1
		if err != nil {
			var pe *iam.ParseError
			if !errors.As(err, &pe) || pe.Line < 1 || pe.Line > lines || pe.Column < 1 || pe.Message == "" {
				t.Fatalf("%#v for a text of %d lines", err, lines)
			}
			return
		}
		for _, s := range p.Statements() {
			if s.Line < 1 || s.Line > lines || s.Column < 1 || !strings.HasPrefix(s.Pointer, "/Statement") {
				t.Fatalf("statement at %s %d:%d", s.Pointer, s.Line, s.Column)
			}
		}
		again, err := iam.Parse(text, o)
		if err != nil || again.Digest() != p.Digest() {
			t.Fatalf("a second reading differs: %v", err)
		}
	})
}

// FuzzEvaluate looks for panics, and for answers that contradict each other: Evaluate and Explain,
// an open question and its own witnesses.
func FuzzEvaluate(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}*","Condition":{"StringLike":{"aws:x":"a*"}}}}`,
		appRole, "s3:GetObject", "arn:aws:s3:::b/*", "aws:x", "a")
	f.Add(bucketPolicy(3), foreign, "s3:PutObject", "arn:aws:s3:::trail/p1/x", "aws:PrincipalOrgID", "o-1")
	f.Add(wildcardPolicy(3), iam.Anonymous, "s3:?", "*", "aws:k1", "ab")
	f.Fuzz(func(t *testing.T, doc, principal, action, resource, key, value string) {
		for _, text := range []string{principal, action, resource, key, value} {
			if !utf8.ValidString(text) {
				return // a request is UTF-8: AWS, and everything that reads JSON here, refuses others
			}
		}
		p, err := iam.Parse([]byte(doc), iam.ParseOptions{Type: iam.ControlPolicy})
		if err != nil {
			return
		}
		policies := &iam.Policies{Identity: []*iam.Policy{p}, Resource: p, SCPs: [][]*iam.Policy{{p}}, RestrictPublicBuckets: len(value)%2 == 0}
		req := &iam.Request{
			Principal: principal, Action: action, Resource: resource, ResourceAccount: account,
			Context: iam.NewContext(map[string][]string{key: {value}}), OthersUnknown: true,
		}
		a := iam.Explain(req, policies)
		if v := iam.Evaluate(req, policies); v != a.Verdict {
			t.Fatalf("Evaluate %v, Explain %v", v, a.Verdict)
		}
		for want, w := range map[iam.Verdict]*iam.Witness{iam.Yes: a.WitnessAllow, iam.No: a.WitnessDeny} {
			if w == nil {
				continue
			}
			closed := &iam.Request{Principal: w.Principal, Action: w.Action, Resource: w.Resource, ResourceAccount: account, Context: iam.NewContext(w.Context)}
			if v := iam.Evaluate(closed, policies); v != want {
				t.Fatalf("a witness for %v is answered %v", want, v)
			}
		}
		iam.WhoCan(iam.WhoCanQuestion{Action: action, Resource: resource, ResourceAccount: account, Policies: iam.Policies{Resource: p}})
		iam.WhoCanAssume(p, iam.AssumeQuestion{RoleARN: resource, Account: account})
		iam.IsPublic(p)
	})
}
