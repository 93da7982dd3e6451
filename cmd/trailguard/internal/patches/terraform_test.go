package patches_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/patches"
	recorded "github.com/trailguard/trailguard/fixtures/terraform"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
)

// templates are texts that mean something to Terraform, or that it would change.
const templates = `{"Version":"2012-10-17","Statement":[{"Sid":"${aws_s3_bucket.x.arn}","Effect":"Allow","Action":"s3:PutObject",` +
	`"Resource":"arn:aws:s3:::trail/${aws:username}/%{if true}/$${x}/<&>\u0000\u2028\"\\","Condition":{"StringEquals":{"aws:PrincipalTag/%{x}":["é","a b"]}}}]}`

// plain are changes of every kind of document, as AWS has them.
func plain() []fix.Change {
	const role, bucket = "arn:aws:iam::111111111111:role/path/writer", "arn:aws:s3:::trail"
	list := []fix.Change{
		{Kind: document.KindTrustPolicy, Resource: role, Document: templates},
		{Kind: document.KindIdentityPolicy, Resource: role, Name: "inline/write", Document: templates},
		{Kind: document.KindIdentityPolicy, Resource: "arn:aws:iam::111111111111:user/writer", Name: "inline/write", Document: templates},
		{Kind: document.KindIdentityPolicy, Resource: "arn:aws:iam::111111111111:user/writer", Name: "group/writers/inline/write", Document: templates},
		{Kind: document.KindIdentityPolicy, Resource: role, Name: "arn:aws:iam::111111111111:policy/a/b/write", Document: templates},
		{Kind: document.KindKeyPolicy, Resource: "arn:aws:kms:eu-west-1:111111111111:key/k", Document: templates},
		{Kind: document.KindBucketPolicy, Resource: bucket, Document: strings.ReplaceAll(templates, "é", "e\u0301")},
		{Kind: document.KindBucketPolicy, Resource: bucket, Document: strings.Replace(templates, `"Sid"`, `"Sid":"x","Sid"`, 1)},
		{Kind: document.KindPublicAccessBlock, Resource: bucket, Document: `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`},
		{Kind: document.KindVersioning, Resource: bucket, Document: `{"Status":"Enabled","MFADelete":"Disabled"}`},
		{Kind: document.KindOwnership, Resource: bucket, Document: `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}`},
		{Kind: document.KindRequestPayment, Resource: bucket, Document: `{"Payer":"BucketOwner"}`},
		{Kind: document.KindEncryption, Resource: bucket, Document: `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}}`},
		{Kind: document.KindObjectLock, Resource: bucket, Document: `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"GOVERNANCE","Days":365}}}}`},
		{Kind: document.KindACL, Resource: bucket, Document: `{"Owner":{"ID":"o"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"o"},"Permission":"FULL_CONTROL"},{"Grantee":{"Type":"Group","URI":"u"},"Permission":"READ_ACP"}]}`},
		{Kind: document.KindKey, Resource: "arn:aws:kms:eu-west-1:111111111111:key/k", Document: `{"KeyMetadata":{"KeyState":"Enabled"}}`},
	}
	for i := range list {
		list[i].Before = "{}\n"
		list[i].Warnings = []string{injected}
	}
	return list
}

// reportOf has each change for itself, as if it were of another resource.
func reportOf(list []fix.Change) *patches.Report {
	r := &patches.Report{}
	for i := range list {
		f := &scanner.Finding{RuleID: "r", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, Message: injected, Fingerprint: strings.Repeat("a", 64), Tenant: fmt.Sprint("t", i)}
		r.Add(f, one(list[i]), nil)
	}
	return r
}

func terraformOf(t *testing.T, r *patches.Report) string {
	t.Helper()
	var out strings.Builder
	if err := r.Terraform(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Terraform reads every text, and the policies in it are the ones that were proven,
// whatever they hold.
func TestTerraformReadsWhatWasProven(t *testing.T) {
	list := plain()
	for _, r := range []*patches.Report{reportOf(list), hostile()} {
		text := terraformOf(t, r)
		if _, diagnostics := hclwrite.ParseConfig([]byte(text), "main.tf", hcl.InitialPos); diagnostics.HasErrors() {
			t.Errorf("%v in\n%s", diagnostics, text)
		}
		if strings.Contains(text, "<<") {
			t.Errorf("there is a heredoc:\n%s", text)
		}
	}
	file, diagnostics := hclsyntax.ParseConfig([]byte(terraformOf(t, reportOf(list))), "main.tf", hcl.InitialPos)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	body, _ := file.Body.(*hclsyntax.Body)
	seen := 0
	for _, block := range body.Blocks {
		for _, name := range []string{"policy", "assume_role_policy"} {
			attribute, ok := block.Body.Attributes[name]
			if !ok || block.Type != "resource" {
				continue
			}
			var at int
			if _, err := fmt.Sscanf(block.Labels[1], "fix_%d", &at); err != nil {
				t.Fatal(err)
			}
			value, diagnostics := attribute.Expr.Value(&hcl.EvalContext{Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}})
			if diagnostics.HasErrors() {
				t.Fatal(diagnostics)
			}
			var got, want any
			if err := json.Unmarshal([]byte(value.AsString()), &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(list[at-1].Document), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the policy of %s is another: %s", block.Labels, diff)
			}
			seen++
		}
	}
	if seen != 8 {
		t.Errorf("%d policies were read, want 8", seen)
	}
}

// Terraform itself takes every resource for one of the provider's.
func TestTerraformValidates(t *testing.T) {
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not installed")
	}
	dir := t.TempDir()
	rc, err := recorded.Install(t.Context(), "../../../../fixtures/terraform/provider", dir)
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(dir, "module")
	if err := os.Mkdir(module, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(module, "main.tf"), []byte(terraformOf(t, reportOf(plain()))), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "terraform", "validate", "-no-color")
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "CHECKPOINT_DISABLE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Two changes of one document are one resource, as it is after both.
func TestTerraformHasADocumentOnce(t *testing.T) {
	r := &patches.Report{}
	f := &scanner.Finding{RuleID: "r", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, Fingerprint: strings.Repeat("a", 64), Tenant: "t"}
	for _, status := range []string{"Suspended", "Enabled"} {
		r.Add(f, one(fix.Change{Kind: document.KindVersioning, Resource: "arn:aws:s3:::trail", Document: `{"Status":"` + status + `"}`}), nil)
	}
	text := terraformOf(t, r)
	if strings.Count(text, `resource "aws_s3_bucket_versioning"`) != 1 || !strings.Contains(text, `"Enabled"`) || strings.Count(text, "HIGH r, finding") != 2 {
		t.Errorf("it is\n%s", text)
	}
	if strings.Contains(text, "import {") {
		t.Error("what is not there cannot be imported")
	}
}
