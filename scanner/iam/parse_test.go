package iam_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner/iam"
)

const statementOf = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*",` + "\n"

func TestParseRefusesWhatAWSRefuses(t *testing.T) {
	tests := []struct {
		name, text, pointer string
		line, column        int
		message             string
	}{
		{"empty", "", "", 1, 1, "empty"},
		{"no object", `[]`, "", 1, 1, "must be an object"},
		{"no statement", `{"Version":"2012-10-17"}`, "", 1, 1, "no Statement"},
		{"text behind", `{"Statement":[]} x`, "", 1, 18, "text follows"},
		{"cut off", `{"Statement":[`, "/Statement", 1, 15, "ends in the middle"},
		{"bad json", "{\n \"Statement\": [}", "/Statement/0", 2, 16, "invalid character"},
		{"wrong case", `{"version":"2012-10-17","Statement":[]}`, "/version", 1, 2, `write "Version"`},
		{"unknown element", `{"Statement":[],"Comment":""}`, "/Comment", 1, 17, "unknown element"},
		{"version", `{"Version":"2012-10-18","Statement":[]}`, "/Version", 1, 12, "does not exist"},
		{"duplicate", statementOf + `"Action":"x"}]}`, "/Statement/0/Action", 2, 1, "duplicate"},
		{"unknown in statement", statementOf + `  "Actions":"x"}]}`, "/Statement/0/Actions", 2, 3, "unknown element"},
		{"case in statement", statementOf + `"condition":{}}]}`, "/Statement/0/condition", 2, 1, `write "Condition"`},
		{"both actions", statementOf + `"NotAction":"x"}]}`, "/Statement/0/NotAction", 2, 1, "exclude each other"},
		{"both resources", statementOf + `"NotResource":"x"}]}`, "/Statement/0/NotResource", 2, 1, "exclude each other"},
		{"operator case", statementOf + `"Condition":{"stringEquals":{"a:b":"c"}}}]}`, "/Statement/0/Condition/stringEquals", 2, 14, "case-sensitive"},
		{"operator qualifier", statementOf + `"Condition":{"ForAnyValues:StringEquals":{"a:b":"c"}}}]}`, "/Statement/0/Condition/ForAnyValues:StringEquals", 2, 14, "does not exist"},
		{"NullIfExists", statementOf + `"Condition":{"NullIfExists":{"a:b":"true"}}}]}`, "/Statement/0/Condition/NullIfExists", 2, 14, "does not exist"},
		{"condition value", statementOf + `"Condition":{"Bool":{"a:b":null}}}]}`, "/Statement/0/Condition/Bool/a:b", 2, 28, "not null"},
		{"condition key twice", statementOf + `"Condition":{"Bool":{"a:b":"true","A:B":"true"}}}]}`, "/Statement/0/Condition/Bool/A:B", 2, 35, "twice"},
		{"number as action", `{"Statement":[{"Effect":"Allow","Action":[1],"Resource":"*"}]}`, "/Statement/0/Action/0", 1, 43, "strings"},
		{"effect", `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`, "/Statement/Effect", 1, 24, "neither"},
		{"no effect", `{"Statement":{"Action":"*","Resource":"*"}}`, "/Statement", 1, 14, "no Effect"},
		{"no action", `{"Statement":{"Effect":"Allow","Resource":"*"}}`, "/Statement", 1, 14, "neither Action"},
		{"no resource", `{"Statement":[{"Effect":"Allow","Action":"*"}]}`, "/Statement/0", 1, 15, "neither Resource"},
		{"nested lists", `{"Statement":[[]]}`, "/Statement/0", 1, 15, "must be an object"},
		{"deep nesting", `{"Statement":` + strings.Repeat("[", 100000), "/Statement/0", 1, 15, "must be an object"},
		{"principal", statementOf + `"Principal":"111111111111"}]}`, "/Statement/0/Principal", 2, 13, "may stand alone"},
		{"principal kind", statementOf + `"Principal":{"aws":"111111111111"}}]}`, "/Statement/0/Principal/aws", 2, 14, `write "AWS"`},
		{"invalid UTF-8", "{\"Statement\":[],\"Id\":\"\xff\"}", "/Id", 1, 23, "UTF-8"},
		{"oversized", strings.Repeat(" ", 1<<20+1), "", 1, 1, "bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := iam.Parse([]byte(tt.text), iam.ParseOptions{Name: "p"})
			var pe *iam.ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("got %v, want a *ParseError", err)
			}
			if pe.Pointer != tt.pointer || pe.Line != tt.line || pe.Column != tt.column || !strings.Contains(pe.Message, tt.message) {
				t.Errorf("got %s %d:%d %q, want %s %d:%d and %q", pe.Pointer, pe.Line, pe.Column, pe.Message, tt.pointer, tt.line, tt.column, tt.message)
			}
		})
	}
}

func TestParseDemandsPrincipalOfResourcePolicies(t *testing.T) {
	for _, kind := range []iam.Type{iam.ResourcePolicy, iam.TrustPolicy} {
		if _, err := iam.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`), iam.ParseOptions{Type: kind}); err == nil {
			t.Errorf("type %d: a statement without Principal was accepted", kind)
		}
	}
	if _, err := iam.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}}`), iam.ParseOptions{Type: iam.TrustPolicy}); err != nil {
		t.Errorf("a trust policy needs no Resource: %v", err)
	}
}

func TestParseWarns(t *testing.T) {
	tests := []struct {
		kind          iam.Type
		text, pointer string
		message       string
	}{
		{iam.IdentityPolicy, `{"Statement":[]}`, "", "no Version"},
		{iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":[]}`, "/Statement", "no statements"},
		{iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"PutObject","Resource":"*"}}`, "/Statement", "no service prefix"},
		{iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"bucket/x"}}`, "/Statement", "no ARN"},
		{iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`, "/Statement", "does not support Principal"},
		{iam.TrustPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`, "/Statement", "does not support Resource"},
		{iam.TrustPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"*"}]}`, "/Statement/0", "NotPrincipal"},
		{iam.TrustPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"AROAXXXXXXXXXXXX"},"Action":"*"}]}`, "/Statement/0", "matches nobody"},
		{iam.IdentityPolicy, statementOf + `"Condition":{"StringEquals":{"sts:ExternalId":"*"}}}]}`, "/Statement/0/Condition/StringEquals/sts:ExternalId", "literally"},
		{iam.IdentityPolicy, statementOf + `"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/40"}}}]}`, "/Statement/0/Condition/IpAddress/aws:SourceIp", "matches nothing"},
		{iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}`, "/Statement/1/Sid", "not unique"},
	}
	for _, tt := range tests {
		p, err := iam.Parse([]byte(tt.text), iam.ParseOptions{Type: tt.kind})
		if err != nil {
			t.Errorf("%.80s: %v", tt.text, err)
			continue
		}
		found := false
		for _, w := range p.Warnings() {
			found = found || w.Pointer == tt.pointer && strings.Contains(w.Message, tt.message)
		}
		if !found {
			t.Errorf("%.80s: got %+v, want %q at %s", tt.text, p.Warnings(), tt.message, tt.pointer)
		}
	}
}

func TestStatementsKeepTheirPlace(t *testing.T) {
	text := `{
  "Version": "2012-10-17", "Id": "Übersicht",
  "Statement": [
    { "Sid": "Write", "Effect": "Allow", "Principal": {"AWS": ["111111111111", "*"], "Service": "logs.amazonaws.com"},
      "Action": "s3:PutObject", "NotResource": ["arn:aws:s3:::b/*"],
      "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*", 5, true]}} }, {"Effect": "Deny",
      "NotPrincipal": {"AWS": "111111111111"}, "NotAction": "iam:*", "Resource": "*"}
  ]
}`
	p := mustParse(t, iam.ResourcePolicy, text)
	got := p.Statements()
	digests := p.StatementDigests()
	if len(digests) != len(got) || len(digests[0]) != 64 || digests[0] == digests[1] {
		t.Errorf("digests %q", digests)
	}
	want := []iam.Statement{
		{
			Index: 0, Sid: "Write", Effect: iam.Allow, Pointer: "/Statement/0", Line: 4, Column: 5,
			Actions: []string{"s3:PutObject"}, NotResources: []string{"arn:aws:s3:::b/*"},
			Principals: []iam.Principal{
				{Kind: iam.PrincipalAWS, Value: "111111111111"},
				{Kind: iam.PrincipalAnyone, Value: "*"},
				{Kind: iam.PrincipalService, Value: "logs.amazonaws.com"},
			},
			Conditions: []iam.Condition{{
				Operator: "StringLike", Qualifier: "ForAnyValue", IfExists: true, Key: "aws:TagKeys", Values: []string{"a*", "5", "true"},
				Pointer: "/Statement/0/Condition/ForAnyValue:StringLikeIfExists/aws:TagKeys", Line: 6, Column: 56,
			}},
		},
		{
			Index: 1, Effect: iam.Deny, Pointer: "/Statement/1", Line: 6, Column: 92, NotPrincipal: true,
			Principals: []iam.Principal{{Kind: iam.PrincipalAWS, Value: "111111111111"}},
			NotActions: []string{"iam:*"}, Resources: []string{"*"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDigestIgnoresForm(t *testing.T) {
	a := `{"Version":"2012-10-17","Statement":[
		{"Sid":"A","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true}}},
		{"Effect":"Deny","Action":"iam:*","Resource":["b","a"]}]}`
	same := []string{
		`{"Statement":[{"Effect":"Deny","Action":["IAM:*"],"Resource":["a","b"]},{"Resource":["*"],"Effect":"Allow","Action":["s3:putobject","s3:getobject"],"Condition":{"Bool":{"AWS:SecureTransport":["true"]}}}],"Version":"2012-10-17"}`,
		`{"Version":"2008-10-17","Id":"x","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":["a","b","a"]},{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"True"}}}]}`,
	}
	other := []string{
		strings.Replace(a, "Deny", "Allow", 1), strings.Replace(a, `"a"`, `"A"`, 1), strings.Replace(a, `"Resource":"*"`, `"NotResource":"*"`, 1),
		strings.Replace(a, `"Bool"`, `"BoolIfExists"`, 1), strings.Replace(a, `"Resource":["b","a"]`, `"Resource":["b a"]`, 1),
	}
	want := mustParse(t, iam.IdentityPolicy, a).Digest()
	for _, s := range same {
		if mustParse(t, iam.IdentityPolicy, s).Digest() != want {
			t.Errorf("digest differs for %s", s)
		}
	}
	for _, s := range other {
		if mustParse(t, iam.IdentityPolicy, s).Digest() == want {
			t.Errorf("digest is the same for %s", s)
		}
	}
}
