package doors_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/facts/internal/doors"
	"github.com/trailguard/trailguard/scanner/iam"
)

const (
	account = "arn:aws:iam::111111111111:"
	actions = "token.actions.githubusercontent.com"
	cluster = "oidc.eks.us-east-1.amazonaws.com/id/ABC"
)

// TestMissing names, for each door, conditions that keep strangers out, and those
// that seem to.
func TestMissing(t *testing.T) {
	tests := []struct {
		kind      iam.PrincipalClassKind
		principal string
		condition string
		bound     bool
	}{
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringLike":{"` + actions + `:sub":"repo:acme/audit:*"}}`, true},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringLike":{"` + actions + `:sub":"repo:acme/*"}}`, true},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringEquals":{"` + actions + `:sub":"repo:acme/audit:ref:refs/heads/main"}}`, true},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"ForAnyValue:StringLike":{"` + actions + `:SUB":["repo:acme/a:*","repo:acme/b:*"]}}`, true},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringEquals":{"` + actions + `:aud":"sts.amazonaws.com"}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringLike":{"` + actions + `:sub":"repo:acme*"}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringLike":{"` + actions + `:sub":["repo:acme/*","repo:*"]}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringLike":{"` + actions + `:sub":"*:ref:refs/heads/main"}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringNotLike":{"` + actions + `:sub":"repo:evil/*"}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"ForAllValues:StringLike":{"` + actions + `:sub":"repo:acme/*"}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{"StringEquals":{"other.example:sub":"repo:acme/audit"}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + actions, `{}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + cluster, `{"StringEquals":{"` + cluster + `:sub":"system:serviceaccount:immuta:audit"}}`, true},
		{iam.ClassFederated, account + "oidc-provider/" + cluster, `{"StringLike":{"` + cluster + `:sub":"system:serviceaccount:immuta:*"}}`, true},
		{iam.ClassFederated, account + "oidc-provider/" + cluster, `{"StringLike":{"` + cluster + `:sub":"*"}}`, false},
		{iam.ClassFederated, account + "oidc-provider/" + cluster, `{"StringEquals":{"` + cluster + `:aud":"sts.amazonaws.com"}}`, false},
		{iam.ClassFederated, "cognito-identity.amazonaws.com", `{"StringEquals":{"cognito-identity.amazonaws.com:aud":"us-east-1:pool"},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}`, true},
		{iam.ClassFederated, "cognito-identity.amazonaws.com", `{"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}`, false},
		{iam.ClassFederated, account + "saml-provider/corp", `{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}`, true},
		{iam.ClassFederated, account + "saml-provider/corp", `{}`, false},
		{iam.ClassService, "events.amazonaws.com", `{"StringEquals":{"aws:SourceAccount":"111111111111"}}`, true},
		{iam.ClassService, "events.amazonaws.com", `{"ArnLike":{"aws:SourceArn":"arn:aws:events:us-east-1:111111111111:rule/*"}}`, true},
		{iam.ClassService, "events.amazonaws.com", `{"StringNotEquals":{"aws:SourceAccount":"999999999999"}}`, false},
		{iam.ClassService, "events.amazonaws.com", `{"ArnLike":{"aws:SourceArn":"arn:aws:events:*:*:rule/nightly"}}`, false},
		{iam.ClassService, "s3.amazonaws.com", `{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme-*"}}`, true},
		{iam.ClassService, "ec2.amazonaws.com", `{}`, true},
		{iam.ClassService, "events.amazonaws.com", `{}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.principal+" "+tt.condition, func(t *testing.T) {
			who, action := `"Federated":"`+tt.principal+`"`, "sts:AssumeRoleWithWebIdentity"
			if tt.kind == iam.ClassService {
				who, action = `"Service":"`+tt.principal+`"`, "sts:AssumeRole"
			}
			text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{` + who + `},"Action":"` + action + `","Condition":` + tt.condition + `}]}`
			policy, err := iam.Parse([]byte(text), iam.ParseOptions{Type: iam.TrustPolicy})
			if err != nil {
				t.Fatal(err)
			}
			missing := doors.Missing(&policy.Statements()[0], &iam.PrincipalClass{Kind: tt.kind, Value: tt.principal})
			if (missing == "") != tt.bound {
				t.Errorf("it lacks %q, want bound: %v", missing, tt.bound)
			}
		})
	}
}
