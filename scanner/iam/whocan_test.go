package iam_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// line writes an access in a form that a table can hold.
func line(a iam.Access) string {
	s := string(a.Principal.Kind)
	if a.Principal.Kind != iam.ClassAnonymous && a.Principal.Value != "*" {
		s += " " + strings.TrimPrefix(a.Principal.Value, "arn:aws:iam::")
	}
	s += " " + a.Verdict.String()
	if len(a.Needs) > 0 {
		s += " " + strings.Join(a.Needs, ",")
	}
	return s
}

func TestWhoCan(t *testing.T) {
	const write = `"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"`
	tests := []struct {
		name, statements string
		want             []string
	}{
		{"own account only", `{"Effect":"Allow","Principal":{"AWS":"111111111111"},` + write + `}`, []string{"account 111111111111 yes"}},
		{
			"named principals and accounts",
			`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::222222222222:role/immuta","333333333333"],"Service":"logs.amazonaws.com"},` + write + `}`,
			[]string{"account 111111111111 yes", "account 333333333333 yes", "principal 222222222222:role/immuta yes", "service logs.amazonaws.com yes"},
		},
		{
			"everybody", `{"Effect":"Allow","Principal":"*",` + write + `}`,
			[]string{"anonymous yes", "any-account yes", "account 111111111111 yes"},
		},
		{
			"everybody of an organisation", `{"Effect":"Allow","Principal":"*",` + write + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`,
			[]string{"any-account depends aws:PrincipalOrgID", "account 111111111111 yes"},
		},
		{
			"everybody, confined to a role", `{"Effect":"Allow","Principal":"*",` + write + `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/immuta"}}}`,
			[]string{"account 111111111111 yes", "principal 222222222222:role/immuta yes"},
		},
		{
			"everybody, confined to an account", `{"Effect":"Allow","Principal":"*",` + write + `,"Condition":{"StringEquals":{"aws:PrincipalAccount":"222222222222"}}}`,
			[]string{"account 111111111111 yes", "account 222222222222 yes"},
		},
		{
			"a Deny confines", `{"Effect":"Deny","Principal":"*",` + write + `,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":["arn:aws:iam::111111111111:role/writer"]}}}`,
			[]string{"principal 111111111111:role/writer yes"},
		},
		{
			"a Deny confines by pattern", `{"Effect":"Deny","Principal":"*",` + write + `,"Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::111111111111:role/ops-*"]}}}`,
			[]string{"account 111111111111 depends aws:PrincipalArn"},
		},
		{
			"a service, bound", `{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},` + write + `,"Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}`,
			[]string{"account 111111111111 yes", "service logs.amazonaws.com depends aws:SourceAccount"},
		},
		{
			"an account by canonical id", `{"Effect":"Allow","Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},` + write + `}`,
			[]string{"account 111111111111 yes", "canonical-user 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be yes"},
		},
		{
			"deleted identities are nobody", `{"Effect":"Allow","Principal":{"AWS":"AROAEXAMPLE"},` + write + `}`, []string{"account 111111111111 yes"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":[`+tt.statements+`]}`)
			var got []string
			for _, a := range iam.WhoCan(iam.WhoCanQuestion{
				Action: "s3:PutObject", Resource: "arn:aws:s3:::b/logs/*", ResourceAccount: "111111111111", Policies: iam.Policies{Resource: p},
			}) {
				got = append(got, line(a))
				if a.Witness == nil {
					t.Errorf("%s has no witness", line(a))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// An access that rests on a condition of a Deny has its Allow among its reasons: that
// is the statement that lets somebody in.
func TestWhoCanNamesWhatAllows(t *testing.T) {
	p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":[
		{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
		{"Sid":"Guest","Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`)
	for _, a := range iam.WhoCan(iam.WhoCanQuestion{
		Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: "111111111111", Policies: iam.Policies{Resource: p},
	}) {
		if a.Principal.Account == "222222222222" && !slices.ContainsFunc(a.Reasons, func(r iam.Reason) bool { return r.Sid == "Guest" && r.Effect == "Allow" }) {
			t.Errorf("%s: reasons are %+v", line(a), a.Reasons)
		}
	}
}

func TestWhoCanHeedsPublicAccessBlock(t *testing.T) {
	p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"},
		{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`)
	var got []string
	for _, a := range iam.WhoCan(iam.WhoCanQuestion{
		Action: "s3:PutObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: "111111111111",
		Policies: iam.Policies{Resource: p, RestrictPublicBuckets: true},
	}) {
		got = append(got, line(a))
	}
	if want := []string{"account 111111111111 yes"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhoCanAssume(t *testing.T) {
	const assume = `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"222222222222"}`
	tests := []struct {
		name, statements string
		want             []string
	}{
		{"guarded", assume + `,"Condition":{"StringEquals":{"sts:ExternalId":"id-1"}}}`, nil},
		{"open", assume + `}`, []string{"sts:AssumeRole account 222222222222 yes absent"}},
		{"stale id", assume + `,"Condition":{"StringEquals":{"sts:ExternalId":["id-1","stale"]}}}`, []string{"sts:AssumeRole account 222222222222 yes stale"}},
		{"if exists", assume + `,"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"id-1"}}}`, []string{"sts:AssumeRole account 222222222222 yes absent"}},
		{"for all values", assume + `,"Condition":{"ForAllValues:StringEquals":{"sts:ExternalId":"id-1"}}}`, []string{"sts:AssumeRole account 222222222222 yes absent"}},
		{"for any value", assume + `,"Condition":{"ForAnyValue:StringEquals":{"sts:ExternalId":"id-1"}}}`, nil},
		{"not equals", assume + `,"Condition":{"StringNotEquals":{"sts:ExternalId":"id-9"}}}`, []string{"sts:AssumeRole account 222222222222 yes absent"}},
		{"any id", assume + `,"Condition":{"StringLike":{"sts:ExternalId":"*"}}}`, []string{"sts:AssumeRole account 222222222222 yes xx"}},
		{"a pattern of ids", assume + `,"Condition":{"StringLike":{"sts:ExternalId":"id-*"}}}`, []string{"sts:AssumeRole account 222222222222 yes id-"}},
		{"ignoring case", assume + `,"Condition":{"StringEqualsIgnoreCase":{"sts:ExternalId":"id-1"}}}`, []string{"sts:AssumeRole account 222222222222 yes ID-1"}},
		{"a star is no ExternalId", assume + `,"Condition":{"StringEquals":{"sts:ExternalId":"*"}}}`, nil},
		{
			"some id demanded by a Deny", assume + `},{"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"Null":{"sts:ExternalId":"true"}}}`,
			[]string{"sts:AssumeRole account 222222222222 yes xx"},
		},
		{
			"the id demanded by a Deny", assume + `},{"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringNotEquals":{"sts:ExternalId":"id-1"}}}`, nil,
		},
		{
			"a second statement reopens", assume + `,"Condition":{"StringEquals":{"sts:ExternalId":"id-1"}}},{"Effect":"Allow","Action":"sts:*","Principal":{"AWS":"arn:aws:iam::333333333333:role/r"}}`,
			[]string{"sts:AssumeRole principal 333333333333:role/r yes absent"},
		},
		{"tagging is not assuming", `{"Effect":"Allow","Action":"sts:TagSession","Principal":{"AWS":"222222222222"}}`, nil},
		{"everybody", `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}`, []string{"sts:AssumeRole any-account yes absent"}},
		{
			"everybody of an organisation", `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`,
			[]string{"sts:AssumeRole any-account depends aws:PrincipalOrgID absent"},
		},
		{"the own account is not outside", `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["111111111111","arn:aws:iam::111111111111:role/r"]}}`, nil},
		{"a service", `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}`, []string{"sts:AssumeRole service ec2.amazonaws.com yes absent"}},
		{
			"web identity", `{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/x.com"},"Condition":{"StringEquals":{"x.com:sub":"me"}}}`,
			[]string{"sts:AssumeRoleWithWebIdentity federated 111111111111:oidc-provider/x.com depends x.com:sub absent"},
		},
		{
			"SAML", `{"Effect":"Allow","Action":"sts:AssumeRoleWithSAML","Principal":{"Federated":"arn:aws:iam::111111111111:saml-provider/idp"}}`,
			[]string{"sts:AssumeRoleWithSAML federated 111111111111:saml-provider/idp yes absent"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trust := mustParse(t, iam.TrustPolicy, `{"Version":"2012-10-17","Statement":[`+tt.statements+`]}`)
			var got []string
			for _, a := range iam.WhoCanAssume(trust, iam.AssumeQuestion{RoleARN: "arn:aws:iam::111111111111:role/target", KnownExternalIDs: []string{"id-1"}}) {
				id := "absent"
				for k, v := range a.Witness.Context {
					if strings.EqualFold(k, "sts:ExternalId") {
						id = v[0]
					}
				}
				got = append(got, a.Action+" "+line(a)+" "+id)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
	if got := iam.WhoCanAssume(nil, iam.AssumeQuestion{}); got != nil {
		t.Errorf("without a trust policy nobody can: %v", got)
	}
}

func TestIsPublic(t *testing.T) {
	tests := []struct {
		principal, condition string
		want                 bool
	}{
		{`"*"`, ``, true},
		{`{"AWS":["222222222222","*"]}`, ``, true},
		{`{"AWS":"222222222222"}`, ``, false},
		{`{"Service":"logs.amazonaws.com"}`, ``, false},
		{`"*"`, `{"Bool":{"aws:SecureTransport":"true"}}`, true},
		{`"*"`, `{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, false},
		{`"*"`, `{"StringLike":{"aws:SourceVpc":"vpc-*"}}`, true},
		{`"*"`, `{"StringEquals":{"aws:SourceVpc":"${aws:PrincipalTag/vpc}"}}`, true},
		{`"*"`, `{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}}`, true},
		{`"*"`, `{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}`, true},
		{`"*"`, `{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, true},
		{`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, false},
		{`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":["o-1","o-*"]}}`, true},
		{`"*"`, `{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/r"}}`, false},
		{`"*"`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/*"}}`, true},
		{`"*"`, `{"IpAddress":{"aws:SourceIp":"11.0.0.0/8"}}`, false},
		{`"*"`, `{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}`, true},
		{`"*"`, `{"IpAddress":{"aws:SourceIp":["203.0.113.7","10.0.0.0/8"]}}`, false},
		{`"*"`, `{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, false},
		{`"*"`, `{"IpAddress":{"aws:SourceIp":"2000::/16"}}`, true},
		{`"*"`, `{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}`, true},
		{`"*"`, `{"StringEquals":{"aws:userid":"AROAEXAMPLE:me"}}`, true},
		{`"*"`, `{"StringEquals":{"aws:userid":"AIDAEXAMPLE"}}`, false},
		{`"*"`, `{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:222222222222:accesspoint/*"}}`, false},
		{`"*"`, `{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:*:accesspoint/ap"}}`, true},
		{`"*"`, `{"StringEquals":{"s3:DataAccessPointAccount":"222222222222"}}`, false},
		{`"*"`, `{"StringEquals":{"s3:x-amz-acl":"private"}}`, true},
		{`{"Federated":"graph.facebook.com"}`, ``, true},
		{`{"Federated":"graph.facebook.com"}`, `{"StringEquals":{"graph.facebook.com:app_id":"1"}}`, true},
		{`{"Federated":"graph.facebook.com"}`, `{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, false},
		{`{"Federated":"arn:aws:iam::111111111111:saml-provider/idp"}`, ``, true},
		{`"*"`, `{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:111111111111:key/k"}}`, false},
		{`"*"`, `{"StringLike":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:111111111111:key/*"}}`, true},
		{`"*"`, `{"StringEqualsIfExists":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:111111111111:key/k"}}`, true},
	}
	for _, tt := range tests {
		condition := ""
		if tt.condition != "" {
			condition = `,"Condition":` + tt.condition
		}
		statement := `"Principal":` + tt.principal + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"` + condition + `}`
		p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+statement+`]}`)
		got, reasons := iam.IsPublic(p)
		if got != tt.want || got != (len(reasons) == 1) {
			t.Errorf("%s %s: got %v with %d reasons, want %v", tt.principal, tt.condition, got, len(reasons), tt.want)
		}
		p = mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny",`+statement+`]}`)
		if got, _ := iam.IsPublic(p); got {
			t.Errorf("a Deny is never public: %s", statement)
		}
	}
	if got, _ := iam.IsPublic(nil); got {
		t.Error("no policy is not public")
	}
}
