package iam_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

const bucketARN = "arn:aws:s3:::b"

func TestComparePolicies(t *testing.T) {
	const (
		put     = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/immuta"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/logs/*"}`
		tls     = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
		assume  = `{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole"`
		guarded = assume + `,"Condition":{"StringEquals":{"sts:ExternalId":"id-1"}}}`
	)
	tests := []struct {
		name          string
		kind          iam.Type
		before, after string
		want          iam.Change
	}{
		{"the same in another form", iam.ResourcePolicy, put + "," + tls, tls + `,{"Sid":"x","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::222222222222:role/immuta"]},"Action":["s3:putobject"],"Resource":["arn:aws:s3:::b/logs/*"]}`, iam.Equivalent},
		{"account written in two ways", iam.TrustPolicy, guarded, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"id-1"}}}`, iam.Equivalent},
		{"a statement that another covers", iam.ResourcePolicy, put, put + `,{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/immuta"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/logs/2024/*"}`, iam.Equivalent},
		{"split in two", iam.IdentityPolicy, `{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}`, `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`, iam.Equivalent},
		{"resource widened", iam.ResourcePolicy, put, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/immuta"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}`, iam.Widened},
		{"action narrowed", iam.IdentityPolicy, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:Put*","Resource":"*"}`, iam.Narrowed},
		{"deny removed", iam.ResourcePolicy, put + "," + tls, put, iam.Widened},
		{"deny added", iam.ResourcePolicy, put, put + "," + tls, iam.Narrowed},
		{"condition removed", iam.TrustPolicy, guarded, assume + `}`, iam.Widened},
		{"one id more", iam.TrustPolicy, guarded, assume + `,"Condition":{"StringEquals":{"sts:ExternalId":["id-1","id-2"]}}}`, iam.Widened},
		{"another id", iam.TrustPolicy, guarded, assume + `,"Condition":{"StringEquals":{"sts:ExternalId":"id-2"}}}`, iam.Mixed},
		{"operator weakened", iam.TrustPolicy, guarded, assume + `,"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"id-1"}}}`, iam.Widened},
		{"another principal", iam.ResourcePolicy, put, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/other"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/logs/*"}`, iam.Mixed},
		{"delegation to the account", iam.ResourcePolicy, put, put + `,{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/logs/*"}`, iam.Widened},
		{"made public", iam.ResourcePolicy, put, put + `,{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`, iam.Widened},
		{"service control policy", iam.ControlPolicy, `{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, iam.Narrowed},
		{"resource control policy", iam.ControlPolicy, `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"*"}`, iam.Widened},
		{"variables", iam.IdentityPolicy, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`, iam.Widened},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parse := func(s string) *iam.Policy {
				return mustParse(t, tt.kind, `{"Version":"2012-10-17","Statement":[`+s+`]}`)
			}
			o := iam.CompareOptions{Type: tt.kind, Account: "111111111111"}
			switch tt.kind {
			case iam.ResourcePolicy:
				o.Resource = bucketARN
			case iam.TrustPolicy:
				o.Resource = "arn:aws:iam::111111111111:role/target"
			case iam.IdentityPolicy, iam.ControlPolicy:
			}
			got := iam.ComparePolicies(parse(tt.before), parse(tt.after), o)
			if got.Change != tt.want && (!got.Capped || got.Widened == nil || tt.want != iam.Widened) {
				t.Errorf("got %+v, want %s\nwidened %+v\nnarrowed %+v", got, tt.want, got.Widened, got.Narrowed)
			}
			if (tt.want == iam.Widened || tt.want == iam.Mixed) != (got.Widened != nil) || (tt.want == iam.Narrowed || tt.want == iam.Mixed) != (got.Narrowed != nil) {
				t.Errorf("witnesses: widened %+v, narrowed %+v", got.Widened, got.Narrowed)
			}
			back := iam.ComparePolicies(parse(tt.after), parse(tt.before), o)
			if (back.Widened == nil) != (got.Narrowed == nil) || (back.Narrowed == nil) != (got.Widened == nil) {
				t.Errorf("the other way round: %+v", back)
			}
		})
	}
}

func TestComparePoliciesWithNone(t *testing.T) {
	p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}}`)
	o := iam.CompareOptions{Type: iam.ResourcePolicy, Account: "111111111111", Resource: bucketARN}
	if got := iam.ComparePolicies(nil, p, o); got.Change != iam.Widened {
		t.Errorf("got %+v, want widened", got)
	}
	if got := iam.ComparePolicies(p, nil, o); got.Change != iam.Narrowed {
		t.Errorf("got %+v, want narrowed", got)
	}
	if got := iam.ComparePolicies(nil, nil, o); got.Change != iam.Equivalent {
		t.Errorf("got %+v, want equivalent", got)
	}
}

func TestCompareSetsOfPolicies(t *testing.T) {
	identity := mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	boundary := mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}`)
	open := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}`)
	questions := []iam.Request{{
		Principal: "arn:aws:iam::222222222222:role/r", Action: "s3:PutObject", Resource: "arn:aws:s3:::b/*", ResourceAccount: "111111111111", OthersUnknown: true,
	}}
	before := &iam.Policies{Identity: []*iam.Policy{identity}, Resource: open}
	for name, tt := range map[string]struct {
		after *iam.Policies
		want  iam.Change
	}{
		"nothing changed":       {&iam.Policies{Identity: []*iam.Policy{identity}, Resource: open}, iam.Equivalent},
		"a boundary":            {&iam.Policies{Identity: []*iam.Policy{identity}, Resource: open, Boundary: []*iam.Policy{boundary}}, iam.Narrowed},
		"public access blocked": {&iam.Policies{Identity: []*iam.Policy{identity}, Resource: open, RestrictPublicBuckets: true}, iam.Narrowed},
		"no bucket policy":      {&iam.Policies{Identity: []*iam.Policy{identity}}, iam.Narrowed},
	} {
		if got := iam.Compare(before, tt.after, questions); got.Change != tt.want {
			t.Errorf("%s: got %+v, want %s", name, got, tt.want)
		}
	}
}
