package permissions

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/trailguard/trailguard/scanner/aws"
	"github.com/trailguard/trailguard/scanner/document"
)

// Accounts of these tests.
const (
	home  = "111111111111"
	other = "222222222222"
)

func TestReaderPolicyGrantsWhatIsSentAndNothingElse(t *testing.T) {
	p, err := Of(Input{
		Account: home, Buckets: []string{"*"}, Roles: []string{"*"}, Users: []string{"*"}, Keys: []string{"*"},
		AssumeRoles: []string{"arn:aws:iam::" + other + ":role/trailguard-reader"}, Organization: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	granted := map[string]bool{}
	for _, s := range p.ReaderPolicy.Statement {
		for _, action := range s.Action {
			granted[action] = true
		}
	}
	needed := map[string]bool{}
	for _, op := range aws.Operations() {
		if !op.NoGrant {
			needed[op.Permission] = true
		}
	}
	if diff := cmp.Diff(needed, granted); diff != "" {
		t.Error(diff)
	}
}

func TestReaderPolicyIsNarrow(t *testing.T) {
	p, err := Of(Input{
		Partition: "aws-cn", Account: home, Buckets: []string{"b", "a", "b"},
		Roles: []string{"arn:aws-cn:iam::" + home + ":role/exports/x"}, TrustedBy: "arn:aws-cn:iam::" + other + ":role/job", ExternalID: "shared",
	})
	if err != nil {
		t.Fatal(err)
	}
	resources := map[string][]string{}
	for _, s := range p.ReaderPolicy.Statement {
		resources[s.Sid] = s.Resource
	}
	want := map[string][]string{
		"ReadBuckets": {"arn:aws-cn:s3:::a", "arn:aws-cn:s3:::b"},
		"ReadAccount": {"*"},

		"OptionalWhoChangedIt": {"*"},

		"ReadRoles":    {"arn:aws-cn:iam::" + home + ":role/exports/x"},
		"ReadPolicies": {"arn:aws-cn:iam::" + home + ":policy/*", "arn:aws-cn:iam::aws:policy/*"},
	}
	if diff := cmp.Diff(want, resources); diff != "" {
		t.Error(diff)
	}
	trust := document.Encode(p.TrustPolicy)
	if trust != `{"Version":"2012-10-17","Statement":[{"Sid":"AssumeReader","Effect":"Allow","Principal":{"AWS":"arn:aws-cn:iam::222222222222:role/job"},`+
		`"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"sts:ExternalId":"shared"}}}]}` {
		t.Errorf("trust policy %s", trust)
	}
	key := document.Encode(p.KeyPolicyStatement)
	if key != `{"Sid":"TrailguardReader","Effect":"Allow","Principal":{"AWS":"arn:aws-cn:iam::111111111111:role/trailguard-reader"},`+
		`"Action":["kms:DescribeKey","kms:GetKeyPolicy","kms:GetKeyRotationStatus","kms:ListGrants"],"Resource":["*"]}` {
		t.Errorf("key statement %s", key)
	}
}

// TestThreeLanguagesSayTheSame reads the policies back from each text.
func TestThreeLanguagesSayTheSame(t *testing.T) {
	p, err := Of(Input{Account: home, Buckets: []string{"acme-audit"}, Users: []string{"uploader"}, Keys: []string{"k"}, ReaderRole: "read.er"})
	if err != nil {
		t.Fatal(err)
	}
	var plain Reader
	if err := json.Unmarshal([]byte(p.JSON()), &plain); err != nil || !reflect.DeepEqual(plain, p) {
		t.Errorf("JSON: error %v\n%s", err, p.JSON())
	}

	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				RoleName                 string
				AssumeRolePolicyDocument any
				Policies                 []struct{ PolicyDocument any }
			}
		}
	}
	text := p.CloudFormation()
	if err := yaml.Unmarshal([]byte(titled(text)), &template); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	role := template.Resources["TrailguardReader"]
	if role.Type != "AWS::IAM::Role" || role.Properties.RoleName != "read.er" {
		t.Errorf("role %+v", role)
	}
	same(t, "CloudFormation trust", role.Properties.AssumeRolePolicyDocument, p.TrustPolicy)
	same(t, "CloudFormation policy", role.Properties.Policies[0].PolicyDocument, p.ReaderPolicy)

	text = p.Terraform()
	documents := regexp.MustCompile(`(?s)<<-JSON\n(.*?)\n  JSON\n`).FindAllStringSubmatch(text, -1)
	if len(documents) != 2 {
		t.Fatalf("%d documents in\n%s", len(documents), text)
	}
	same(t, "Terraform trust", json.RawMessage(documents[0][1]), p.TrustPolicy)
	same(t, "Terraform policy", json.RawMessage(documents[1][1]), p.ReaderPolicy)
	if !strings.Contains(text, `resource "aws_iam_role" "read_er"`) || strings.Count(text, "{") != strings.Count(text, "}") {
		t.Errorf("Terraform:\n%s", text)
	}
	for _, text := range []string{p.CloudFormation(), p.Terraform()} {
		if !strings.Contains(text, `#   "Sid": "TrailguardReader"`) {
			t.Errorf("no statement for key policies in\n%s", text)
		}
	}
}

// titled lowers the names that the YAML decoder expects in lower case.
func titled(text string) string {
	for _, name := range []string{"Resources", "Type", "Properties", "RoleName", "AssumeRolePolicyDocument", "Policies", "PolicyDocument"} {
		text = regexp.MustCompile(`(?m)^( *-? *)`+name+`:`).ReplaceAllString(text, "${1}"+strings.ToLower(name)+":")
	}
	return strings.ReplaceAll(text, "!GetAtt ", "")
}

func same(t *testing.T, what string, got any, want PolicyDocument) {
	t.Helper()
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var doc PolicyDocument
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func TestInputIsChecked(t *testing.T) {
	for name, in := range map[string]Input{
		"account":                 {Account: "acme"},
		"bucket":                  {Account: home, Buckets: []string{"${aws_secret}"}},
		"trusted by":              {Account: home, TrustedBy: "a\nb"},
		"external id":             {Account: home, ExternalID: `"`},
		"anybody":                 {Account: home, TrustedBy: "*"},
		"some word":               {Account: home, TrustedBy: "foo"},
		"everybody of an account": {Account: home, TrustedBy: "arn:aws:iam::" + other + ":role/*"},
		"a bucket":                {Account: home, TrustedBy: "arn:aws:s3:::b"},
		"a provider":              {Account: home, TrustedBy: "arn:aws:iam::" + home + ":oidc-provider/" + github},
		"another partition":       {Account: home, TrustedBy: "arn:aws-cn:iam::" + other + ":root"},
		"no repository":           {Account: home, OIDC: "github:acme"},
		"all repositories":        {Account: home, OIDC: "github:acme/*"},
		"another provider":        {Account: home, OIDC: "gitlab:acme/audit"},
		"any branch":              {Account: home, OIDC: "github:acme/audit:ref:refs/heads/*"},
		"alias":                   {Account: home, Keys: []string{"alias/foo"}},
		"alias by ARN":            {Account: home, Keys: []string{"arn:aws:kms:us-east-1:" + home + ":alias/foo"}},
		"a path":                  {Account: home, Buckets: []string{"https://acme.s3.amazonaws.com"}},
		"a role's ARN as bucket":  {Account: home, Buckets: []string{"arn:aws:iam::" + home + ":role/r"}},
		"a name to assume":        {Account: home, AssumeRoles: []string{"trailguard-reader"}},
	} {
		if _, err := Of(in); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTrustOfAWorkflow(t *testing.T) {
	for oidc, condition := range map[string]string{
		"github:acme/audit": `{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/audit:*"}}`,
		"github:acme/audit:ref:refs/heads/main": `{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com",` +
			`"token.actions.githubusercontent.com:sub":"repo:acme/audit:ref:refs/heads/main"}}`,
	} {
		p, err := Of(Input{Account: home, OIDC: oidc})
		if err != nil {
			t.Fatal(err)
		}
		want := `{"Version":"2012-10-17","Statement":[{"Sid":"AssumeReaderFromGitHub","Effect":"Allow",` +
			`"Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"},"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":` + condition + `}]}`
		if diff := cmp.Diff(want, document.Encode(p.TrustPolicy)); diff != "" {
			t.Error(diff)
		}
	}
	p, err := Of(Input{Account: home, TrustedBy: other, OIDC: "github:acme/audit"})
	if err != nil || len(p.TrustPolicy.Statement) != 2 || p.TrustPolicy.Statement[0].Principal["AWS"] != "arn:aws:iam::222222222222:root" {
		t.Errorf("%v: %+v", err, p.TrustPolicy)
	}
}

func TestNamesAsPeopleWriteThem(t *testing.T) {
	p, err := Of(Input{
		Account: home, Buckets: []string{"s3://acme-audit/finance", "acme-audit"}, Roles: []string{"role/exports/x"}, Keys: []string{"key/mrk-1"}, ReaderRole: "audit/reader",
	})
	if err != nil {
		t.Fatal(err)
	}
	resources := map[string][]string{}
	for _, s := range p.ReaderPolicy.Statement {
		resources[s.Sid] = s.Resource
	}
	if diff := cmp.Diff([]string{"arn:aws:s3:::acme-audit"}, resources["ReadBuckets"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"arn:aws:iam::111111111111:role/exports/x"}, resources["ReadRoles"]); diff != "" {
		t.Error(diff)
	}
	if p.Role != "reader" || p.Path != "/audit/" || !strings.Contains(p.CloudFormation(), `Path: "/audit/"`) || !strings.Contains(p.Terraform(), `path = "/audit/"`) ||
		p.KeyPolicyStatement.Principal["AWS"] != "arn:aws:iam::111111111111:role/audit/reader" {
		t.Errorf("role %s at %s", p.Role, p.Path)
	}
}

// CloudFormation fills in account and partition, in the trust policy too.
func TestStackSetFitsEveryAccount(t *testing.T) {
	all := []string{"*"}
	text, err := StackSet(Input{Buckets: all, Roles: all, Users: all, Keys: all, TrustedBy: other, ExternalID: "shared", OIDC: "github:acme/audit"})
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Properties struct {
				AssumeRolePolicyDocument any
				Policies                 []struct{ PolicyDocument any }
			}
		}
	}
	filled := strings.NewReplacer("!Sub ", "", "${AWS::AccountId}", home, "${AWS::Partition}", "aws").Replace(text)
	if err := yaml.Unmarshal([]byte(titled(filled)), &template); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	p, err := Of(Input{Account: home, Buckets: all, Roles: all, Users: all, Keys: all, TrustedBy: other, ExternalID: "shared", OIDC: "github:acme/audit"})
	if err != nil {
		t.Fatal(err)
	}
	role := template.Resources["TrailguardReader"].Properties
	same(t, "trust", role.AssumeRolePolicyDocument, p.TrustPolicy)
	same(t, "policy", role.Policies[0].PolicyDocument, p.ReaderPolicy)
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, "${AWS::") && !strings.Contains(line, "!Sub \"") && !strings.HasPrefix(line, "#") {
			t.Errorf("nothing fills in %s", line)
		}
		if strings.Contains(line, "000000000000") {
			t.Errorf("an account of nobody: %s", line)
		}
	}
	if _, err := StackSet(Input{Buckets: all}); err == nil {
		t.Error("a template without anybody to assume the role")
	}
}
