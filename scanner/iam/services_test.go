package iam_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// TestUnnamedServices asks for services that come in by a statement for anyone.
func TestUnnamedServices(t *testing.T) {
	const service = `"Bool":{"aws:PrincipalIsAWSService":"true"}`
	anyone := func(condition string) string {
		return `{"Effect":"Allow","Principal":"*","Action":"ACTION",RESOURCE"Condition":{` + condition + `}}`
	}
	tests := []struct {
		name, statements string
		want             []string // both for the bucket and for the role
	}{
		{"any service", anyone(service), []string{"service any AWS service yes"}},
		{
			"under AWS", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"ACTION",RESOURCE"Condition":{` + service + `}}`,
			[]string{"service any AWS service yes"},
		},
		{
			"all but one account", `{"Effect":"Allow","NotPrincipal":{"AWS":"222222222222"},"Action":"ACTION",RESOURCE"Condition":{` + service + `}}`,
			[]string{"service any AWS service yes"},
		},
		{
			"all but the services named", anyone(service + `,"StringNotEquals":{"aws:PrincipalServiceName":"example.amazonaws.com"}`),
			[]string{"service any AWS service yes"},
		},
		{"bound", anyone(service + `,"StringEquals":{"aws:SourceAccount":"111111111111"}`), []string{"service any AWS service depends aws:SourceAccount"}},
		{"one service", anyone(`"StringEquals":{"aws:PrincipalServiceName":"logs.amazonaws.com"}`), []string{"service logs.amazonaws.com yes"}},
		{"no account", anyone(service + `,"StringEquals":{"aws:PrincipalAccount":"222222222222"}`), nil},
		{"no service of an organisation", anyone(service + `,"StringEquals":{"aws:PrincipalOrgID":"o-1"}`), nil},
		{
			"denied", anyone(service) + `,{"Effect":"Deny","Principal":"*","Action":"ACTION",RESOURCE"Condition":{` + service + `}}`, nil,
		},
		{
			"beside anyone else", anyone(`"Bool":{"aws:PrincipalIsAWSService":"false"},"Null":{"aws:PrincipalArn":"false"}`) + "," + anyone(service),
			[]string{"any-account yes", "service any AWS service yes"},
		},
		{
			"no service", anyone(`"Bool":{"aws:PrincipalIsAWSService":"false"},"Null":{"aws:PrincipalArn":"false"}`), []string{"any-account yes"},
		},
		{
			"a tag that no service has", anyone(`"Null":{"aws:PrincipalTag/none":"true"},"StringNotEquals":{"aws:PrincipalAccount":"anonymous"}`),
			[]string{"any-account depends aws:PrincipalTag/none", "service any AWS service yes"},
		},
		{"bound alike", anyone(`"StringEquals":{"aws:SourceAccount":"111111111111"},"StringNotEquals":{"aws:PrincipalAccount":"anonymous"}`), []string{"service any AWS service depends aws:SourceAccount"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Run("bucket", func(t *testing.T) {
				p := mustParse(t, iam.ResourcePolicy, policyFor("s3:PutObject", "Resource", tt.statements))
				expectAccesses(t, tt.want, iam.WhoCan(iam.WhoCanQuestion{
					Action: "s3:PutObject", Resource: "arn:aws:s3:::b/logs/*", ResourceAccount: "111111111111",
					Policies: iam.Policies{Resource: p}, Outside: true,
				}))
			})
			t.Run("role", func(t *testing.T) {
				trust := mustParse(t, iam.TrustPolicy, policyFor("sts:AssumeRole", "", tt.statements))
				expectAccesses(t, tt.want, iam.WhoCanAssume(trust, iam.AssumeQuestion{RoleARN: "arn:aws:iam::111111111111:role/target"}))
			})
		})
	}
}

// policyFor writes the statements for an action; a trust policy's have no Resource.
func policyFor(action, resource, statements string) string {
	if resource != "" {
		resource = `"Resource":"*",`
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.NewReplacer("ACTION", action, "RESOURCE", resource).Replace(statements) + `]}`
}

func expectAccesses(t *testing.T, want []string, accesses []iam.Access) {
	t.Helper()
	var got []string
	for _, a := range accesses {
		got = append(got, line(a))
		if a.Witness == nil {
			t.Errorf("%s has no witness", line(a))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestUnnamedServicesUnderPublicAccessBlock tells a statement for services from one for all.
func TestUnnamedServicesUnderPublicAccessBlock(t *testing.T) {
	for condition, want := range map[string][]string{
		``: nil,
		`,"Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}`: {"service any AWS service yes"},
	} {
		p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"*"`+condition+`}}`)
		expectAccesses(t, want, iam.WhoCan(iam.WhoCanQuestion{
			Action: "s3:PutObject", Resource: "arn:aws:s3:::b/*", ResourceAccount: "111111111111",
			Policies: iam.Policies{Resource: p, RestrictPublicBuckets: true}, Outside: true,
		}))
	}
}
