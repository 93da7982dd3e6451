package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// neitherGrants is an upload to another account's bucket that no policy allows.
func neitherGrants() []edit {
	return append(slices.Clone(abroad), file(bucketFile, refuseHTTP), file(identityFile, may(`"s3:ListBucket"`, auditBucket)))
}

// Where writer and bucket, or writer and key, are of two accounts, both have to allow:
// a fix changes the documents that do not, and none besides.
func TestFixesOfTwoAccounts(t *testing.T) {
	short.Skip(t)
	identity, bucket, key := document.KindIdentityPolicy, document.KindBucketPolicy, document.KindKeyPolicy
	theirs := lets(named("arn:aws:iam::333333333333:root"), `"kms:*"`, "*", "")
	upload := lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")
	for name, test := range map[string]struct {
		world []edit
		rule  string
		kinds []document.Kind
	}{
		"neither lets it upload": {neitherGrants(), "put_object_granted", []document.Kind{identity, bucket}},
		"the bucket's does not":  {append(slices.Clone(abroad), file(bucketFile, refuseHTTP)), "put_object_granted", []document.Kind{bucket}},
		"the writer's does not": {
			append(slices.Clone(abroad), file(bucketFile, refuseHTTP, upload), file(identityFile, may(`"s3:ListBucket"`, auditBucket))),
			"put_object_granted",
			[]document.Kind{identity},
		},
		"neither lets it use the key": {slices.Concat(abroad, encryptedWith(keyThere, theirs)), "key_usable", []document.Kind{identity, key}},
		"the key's does not": {
			slices.Concat(abroad, encryptedWith(keyThere, theirs), []edit{file(identityFile, mayPut, may(useKey, keyThere))}),
			"key_usable",
			[]document.Kind{key},
		},
	} {
		t.Run(name, func(t *testing.T) {
			found := false
			makeFixes(t, mended(t, healthyWorld(), nil, test.world), func(name string, fixes []pipeline.Fix) {
				if !strings.HasSuffix(name, " "+test.rule) {
					return
				}
				found = true
				if len(fixes) == 0 {
					t.Fatal("there is no fix")
				}
				var kinds []document.Kind
				for _, change := range fixes[0].Changes {
					kinds = append(kinds, change.Kind)
				}
				if !slices.Equal(kinds, test.kinds) {
					t.Errorf("the first fix changes %v, want %v", kinds, test.kinds)
				}
			})
			if !found {
				t.Errorf("%s does not fail", test.rule)
			}
		})
	}
}

// A Deny of the writer's own policies stays: no other document takes it away.
func TestTwoDocumentsTakeNoDenyAway(t *testing.T) {
	stays := `{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}`
	world := append(slices.Clone(abroad), file(bucketFile, refuseHTTP), file(identityFile, may(`"s3:ListBucket"`, auditBucket), stays))
	s := see(t, mended(t, healthyWorld(), nil, world))
	r := newProgram(t).run(t, "fix", "put_object_granted", auditID, "--snapshot", s.path)
	r.want(t, scanner.ExitFail)
	if !strings.Contains(r.stdout, "a Deny in the policy write of "+auditRole+" refuses it") {
		t.Error(r.stdout)
	}
}

// Every format has both documents, and says that a part of them mends nothing.
func TestBothDocumentsAreShown(t *testing.T) {
	s := see(t, mended(t, healthyWorld(), nil, neitherGrants()))
	show := func(format string, more ...string) string {
		t.Helper()
		r := newProgram(t).run(t, append([]string{"fix", "put_object_granted", auditID, "--snapshot", s.path, "--format", format}, more...)...)
		r.want(t, scanner.ExitClean)
		return r.stdout
	}
	together := func(format, text string, both ...string) {
		t.Helper()
		for _, want := range append(both, "a part of them mends nothing") {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", format, want, text)
			}
		}
	}
	folder := filepath.Join(t.TempDir(), "fixed")
	together("diff", show("diff", "--output", folder), "inline%2Fwrite.json\n@@", "policy.json\n@@")
	for _, path := range []string{"acme/iam/111111111111/role/immuta-audit/policies/inline%2Fwrite.json", "acme/s3/probe-audit/policy.json"} {
		if text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path))); err != nil || !strings.Contains(string(text), "WriteTheTrail") {
			t.Errorf("%s is %s, error %v", path, text, err)
		}
	}
	script := show("aws-cli")
	together("aws-cli", script, "iam put-role-policy", "s3api put-bucket-policy", "PROFILE_333333333333")
	shell := exec.CommandContext(t.Context(), "sh", "-n")
	shell.Stdin = strings.NewReader(script)
	if out, err := shell.CombinedOutput(); err != nil {
		t.Errorf("sh: %v: %s", err, out)
	}
	terraform := show("terraform")
	together("terraform", terraform, `resource "aws_iam_role_policy"`, `resource "aws_s3_bucket_policy"`)
	if _, d := hclwrite.ParseConfig([]byte(terraform), "fix.tf", hcl.InitialPos); d.HasErrors() {
		t.Error(d)
	}
	schema, err := jsonschema.NewCompiler().Compile("internal/patches/fix.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	printed, err := jsonschema.UnmarshalJSON(strings.NewReader(show("json")))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(printed); err != nil {
		t.Error(err)
	}
	only, _ := printed.(map[string]any)["fixes"].([]any)[0].(map[string]any)
	if documents, _ := only["documents"].([]any); len(documents) != 2 || only["document"] != nil || only["kind"] != nil {
		t.Errorf("whoever knows of one document takes a part for the whole: %v", only)
	}
}
