package main

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
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"go.yaml.in/yaml/v4"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/scaffold"
	"github.com/trailguard/trailguard/fixtures/short"
	recorded "github.com/trailguard/trailguard/fixtures/terraform"
)

// scaffolded is what a scaffold makes, by what trailguard reads of it: policies, and settings
// as values without their names.
type scaffolded struct {
	Trust, Identity, Bucket, Key any
	Settings                     string
}

// TestScaffoldPasses has both scaffolds make an export, before and after its id is
// known, and scans each: nothing is found but that Immuta cannot come in as yet.
func TestScaffoldPasses(t *testing.T) {
	for _, id := range []string{"", auditID} {
		byTerraform, byTemplate := terraformMakes(t, id), templateMakes(t, id)
		if diff := cmp.Diff(byTerraform, byTemplate); diff != "" {
			t.Errorf("with id %q they make different things: %s", id, diff)
		}
		report := see(t, mended(t, healthyWorld(), nil, byTerraform.world(t))).report
		for i := range report.Findings {
			f := &report.Findings[i]
			if id == "" && f.RuleID == "external_id_equals_configuration_id" {
				continue
			}
			t.Errorf("with id %q, %s %s: %s", id, f.Status, f.RuleID, f.Message)
		}
		if id == "" && len(report.Findings) != 1 {
			t.Errorf("%d findings before the id is known, want that Immuta cannot assume the role", len(report.Findings))
		}
	}
}

// world is the small world with what a scaffold makes in it.
func (s *scaffolded) world(t *testing.T) []edit {
	t.Helper()
	edits := []edit{
		expecting("  encryption: aws:kms\n  retentionDays: 365\n"),
		{"keys.yaml", "", "keys: [{arn: \"" + keyHere + "\", description: k, policy: " + keyFile + ", created: -310d}]\n"},
		{"buckets.yaml", "{algorithm: AES256}", "{algorithm: aws:kms, key: \"" + keyHere + "\", bucketKey: true}"},
		{"buckets.yaml", "mode: COMPLIANCE, days: 400", "mode: GOVERNANCE, days: 365"},
	}
	const want = `aws:kms ` + keyHere + ` true GOVERNANCE 365 Enabled BucketOwnerEnforced true true true true probe-logs probe-audit/ true true`
	if s.Settings != want {
		t.Errorf("the settings are %s, want %s", s.Settings, want)
	}
	for name, policy := range map[string]any{trustFile: s.Trust, identityFile: s.Identity, bucketFile: s.Bucket, keyFile: s.Key} {
		text, err := json.Marshal(policy)
		if err != nil {
			t.Fatal(err)
		}
		edits = append(edits, edit{name, "", string(text)})
	}
	return edits
}

// terraformMakes evaluates the module as Terraform does, once everything is there.
func terraformMakes(t *testing.T, id string) *scaffolded {
	t.Helper()
	_, text := scaffold.Terraform()
	file, diagnostics := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	resource := func(values map[string]cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"trail": cty.ObjectVal(values), "writer": cty.ObjectVal(values)})
	}
	s, bucket := cty.StringVal, map[string]cty.Value{"arn": cty.StringVal(auditBucket), "bucket": cty.StringVal("probe-audit")}
	context := &hcl.EvalContext{
		Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc, "concat": stdlib.ConcatFunc, "split": stdlib.SplitFunc},
		Variables: map[string]cty.Value{
			"aws_iam_role":                      resource(map[string]cty.Value{"arn": s(auditRole), "name": s("immuta-audit")}),
			"aws_kms_key":                       resource(map[string]cty.Value{"arn": s(keyHere)}),
			"aws_s3_bucket":                     resource(bucket),
			"aws_s3_bucket_versioning":          resource(bucket),
			"aws_s3_bucket_public_access_block": resource(bucket),
			"var": cty.ObjectVal(map[string]cty.Value{
				"bucket": s("probe-audit"), "path": s("immuta"), "role_name": s("immuta-audit"), "immuta_account": s("222222222222"),
				"external_id": s(id), "access_log_bucket": s("probe-logs"), "retention_days": cty.NumberIntVal(365),
				"break_glass": cty.ListVal([]cty.Value{s(opsAdmin)}),
			}),
		},
	}
	body, _ := file.Body.(*hclsyntax.Body)
	at := func(path string) any {
		parts := strings.Split(path, ".")
		in := body
		for _, part := range parts[:len(parts)-1] {
			in = blockOf(t, in, part)
		}
		value, diagnostics := in.Attributes[parts[len(parts)-1]].Expr.Value(context)
		if diagnostics.HasErrors() {
			t.Fatal(diagnostics)
		}
		return plainValue(t, value)
	}
	context.Variables["local"] = cty.ObjectVal(map[string]cty.Value{"arn": stringsOf(at("locals.arn"))})
	policy := func(path string) (value any) {
		if err := json.Unmarshal([]byte(at(path).(string)), &value); err != nil {
			t.Fatal(err)
		}
		return value
	}
	var settings []string
	for _, path := range []string{
		"aws_s3_bucket_server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm",
		"aws_s3_bucket_server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",
		"aws_s3_bucket_server_side_encryption_configuration.rule.bucket_key_enabled",
		"aws_s3_bucket_object_lock_configuration.rule.default_retention.mode", "aws_s3_bucket_object_lock_configuration.rule.default_retention.days",
		"aws_s3_bucket_versioning.versioning_configuration.status", "aws_s3_bucket_ownership_controls.rule.object_ownership",
		"aws_s3_bucket_public_access_block.block_public_acls", "aws_s3_bucket_public_access_block.block_public_policy",
		"aws_s3_bucket_public_access_block.ignore_public_acls", "aws_s3_bucket_public_access_block.restrict_public_buckets",
		"aws_s3_bucket_logging.target_bucket", "aws_s3_bucket_logging.target_prefix", "aws_s3_bucket.object_lock_enabled", "aws_kms_key.enable_key_rotation",
	} {
		settings = append(settings, fmt.Sprint(at(path)))
	}
	return &scaffolded{
		Trust: policy("aws_iam_role.assume_role_policy"), Identity: policy("aws_iam_role_policy.policy"),
		Bucket: policy("aws_s3_bucket_policy.policy"), Key: policy("aws_kms_key.policy"), Settings: strings.Join(settings, " "),
	}
}

// blockOf is the only block in a body of a type, or of a type of resource.
func blockOf(t *testing.T, in *hclsyntax.Body, name string) *hclsyntax.Body {
	t.Helper()
	var found []*hclsyntax.Body
	for _, b := range in.Blocks {
		if b.Type == name || b.Type == "resource" && b.Labels[0] == name {
			found = append(found, b.Body)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d blocks are %s", len(found), name)
	}
	return found[0]
}

func plainValue(t *testing.T, value cty.Value) (plain any) {
	t.Helper()
	text, err := ctyjson.Marshal(value, value.Type())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

func stringsOf(list any) cty.Value {
	var values []cty.Value
	for _, v := range list.([]any) {
		values = append(values, cty.StringVal(v.(string)))
	}
	return cty.ListVal(values)
}

// template resolves what CloudFormation's functions say.
type template struct {
	t     *testing.T
	refs  map[string]any
	known bool // the condition IdIsKnown
}

func (c *template) resolve(n *yaml.Node) any {
	switch n.Tag {
	case "!Ref", "!GetAtt":
		value, ok := c.refs[n.Value]
		if !ok {
			c.t.Fatalf("line %d: nothing is %s", n.Line, n.Value)
		}
		return value
	case "!Sub":
		return os.Expand(n.Value, func(name string) string { return c.refs[name].(string) })
	case "!If":
		if c.known {
			return c.resolve(n.Content[1])
		}
		return c.resolve(n.Content[2])
	case "!Join", "!Split":
		arguments := c.list(n)
		if n.Tag == "!Split" {
			var parts []any
			for _, part := range strings.Split(arguments[1].(string), arguments[0].(string)) {
				parts = append(parts, part)
			}
			return parts
		}
		var texts []string
		for _, value := range arguments[1].([]any) {
			texts = append(texts, value.(string))
		}
		return strings.Join(texts, arguments[0].(string))
	}
	switch n.Kind {
	case yaml.SequenceNode:
		return c.list(n)
	case yaml.MappingNode:
		members := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			members[n.Content[i].Value] = c.resolve(n.Content[i+1])
		}
		return members
	default:
		return n.Value
	}
}

func (c *template) list(n *yaml.Node) []any {
	list := []any{}
	for _, entry := range n.Content {
		list = append(list, c.resolve(entry))
	}
	return list
}

// templateMakes resolves the template as CloudFormation does.
func templateMakes(t *testing.T, id string) *scaffolded {
	t.Helper()
	_, text := scaffold.CloudFormation()
	var document struct {
		Resources map[string]struct {
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	c := &template{t: t, known: id != "", refs: map[string]any{
		"BucketName": "probe-audit", "Path": "immuta", "RoleName": "immuta-audit", "ImmutaAccount": "222222222222", "ExternalId": id,
		"BreakGlass": []any{opsAdmin}, "AccessLogBucket": "probe-logs", "RetentionDays": "365", "AWS::Partition": "aws", "AWS::AccountId": "111111111111",
		"Writer": "immuta-audit", "Writer.Arn": auditRole, "Bucket": "probe-audit", "Bucket.Arn": auditBucket, "Key.Arn": keyHere,
	}}
	at := func(path string) any {
		parts := strings.Split(path, ".")
		properties := document.Resources[parts[0]].Properties
		value := c.resolve(&properties)
		for _, part := range parts[1:] {
			if list, ok := value.([]any); ok && len(list) == 1 {
				value = list[0]
			}
			value = value.(map[string]any)[part]
		}
		if value == nil {
			t.Fatalf("there is no %s", path)
		}
		return value
	}
	var settings []string
	for _, path := range []string{
		"Bucket.BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm",
		"Bucket.BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.KMSMasterKeyID",
		"Bucket.BucketEncryption.ServerSideEncryptionConfiguration.BucketKeyEnabled",
		"Bucket.ObjectLockConfiguration.Rule.DefaultRetention.Mode", "Bucket.ObjectLockConfiguration.Rule.DefaultRetention.Days",
		"Bucket.VersioningConfiguration.Status", "Bucket.OwnershipControls.Rules.ObjectOwnership",
		"Bucket.PublicAccessBlockConfiguration.BlockPublicAcls", "Bucket.PublicAccessBlockConfiguration.BlockPublicPolicy",
		"Bucket.PublicAccessBlockConfiguration.IgnorePublicAcls", "Bucket.PublicAccessBlockConfiguration.RestrictPublicBuckets",
		"Bucket.LoggingConfiguration.DestinationBucketName", "Bucket.LoggingConfiguration.LogFilePrefix", "Bucket.ObjectLockEnabled", "Key.EnableKeyRotation",
	} {
		settings = append(settings, fmt.Sprint(at(path)))
	}
	return &scaffolded{
		Trust: at("Writer.AssumeRolePolicyDocument"), Identity: at("WritePolicy.PolicyDocument"),
		Bucket: at("BucketPolicy.PolicyDocument"), Key: at("Key.KeyPolicy"), Settings: strings.Join(settings, " "),
	}
}

// Terraform itself takes the module for one of its own.
func TestScaffoldValidates(t *testing.T) {
	short.Skip(t)
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not installed")
	}
	dir := t.TempDir()
	rc, err := recorded.Install(t.Context(), "../../fixtures/terraform/provider", dir)
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(dir, "module")
	name, text := scaffold.Terraform()
	if err := writeNew(filepath.Join(module, name), text); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"validate", "-no-color"}, {"fmt", "-check", "-diff"}} {
		cmd := exec.CommandContext(t.Context(), "terraform", args...)
		cmd.Dir = module
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "CHECKPOINT_DISABLE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("terraform %s: %v\n%s", args[0], err, out)
		}
	}
}
