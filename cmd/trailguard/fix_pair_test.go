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

// attachedDeny gives the writer a managed policy that refuses the upload.
func attachedDeny(statement string) []edit {
	const arn = "arn:aws:iam::111111111111:policy/bound"
	return []edit{
		{"identities.yaml", "    created", "    attached: [\"" + arn + "\"]\n    created"},
		{"identities.yaml", "roles:\n", "managedPolicies: [{arn: \"" + arn + "\", document: policies/bound.json}]\nroles:\n"},
		file("policies/bound.json", statement),
	}
}

// combined are worlds in which a finding has several causes, with the documents that its
// smallest fix changes.
func combined() map[string]struct {
	world []edit
	rule  string
	kinds []document.Kind
} {
	const put, usable, accepted = "put_object_granted", "key_usable", "external_id_equals_configuration_id"
	identity, bucket, key, trust := document.KindIdentityPolicy, document.KindBucketPolicy, document.KindKeyPolicy, document.KindTrustPolicy
	only := func(kinds ...document.Kind) []document.Kind { return kinds }
	theirs := lets(named("arn:aws:iam::333333333333:root"), `"kms:*"`, "*", "")
	upload := lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")
	lists := file(identityFile, may(`"s3:ListBucket"`, auditBucket))
	butOps := `{"ArnNotEquals": {"aws:PrincipalArn": ["` + opsAdmin + `"]}}`
	shut := refuses(`"s3:*"`, `"Resource": ["`+auditBucket+`", "`+auditBucket+`/*"]`, butOps)
	noUpload := refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/*"`, `{"ArnNotLike": {"aws:PrincipalArn": ["`+opsAdmin+`"]}}`)
	shutKey := refuses(`"kms:*"`, `"Resource": "*"`, butOps)
	own := `{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}`
	refuseOthers := `{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}}`
	refuseIDs := `{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"sts:ExternalId": "stale"}}}`
	etl := named("arn:aws:iam::444444444444:role/etl")
	remote := func(edits ...edit) []edit { return append(slices.Clone(abroad), edits...) }
	return map[string]struct {
		world []edit
		rule  string
		kinds []document.Kind
	}{
		"neither lets it upload":              {neitherGrants(), put, only(identity, bucket)},
		"the bucket's does not":               {remote(file(bucketFile, refuseHTTP)), put, only(bucket)},
		"the writer's does not":               {remote(file(bucketFile, refuseHTTP, upload), lists), put, only(identity)},
		"neither lets it use the key":         {slices.Concat(abroad, encryptedWith(keyThere, theirs)), usable, only(identity, key)},
		"the key's does not":                  {slices.Concat(abroad, encryptedWith(keyThere, theirs), []edit{file(identityFile, mayPut, may(useKey, keyThere))}), usable, only(key)},
		"neither, and the bucket's refuses":   {remote(file(bucketFile, refuseHTTP, shut), lists), put, only(identity, bucket)},
		"the bucket's does not, and refuses":  {remote(file(bucketFile, refuseHTTP, shut)), put, only(bucket)},
		"both refuse, and neither lets":       {remote(file(bucketFile, refuseHTTP, shut), file(identityFile, may(`"s3:ListBucket"`, auditBucket), own)), put, only(identity, bucket)},
		"in one account":                      {[]edit{file(bucketFile, refuseHTTP, shut), lists}, put, only(bucket)},
		"two Denies":                          {[]edit{file(bucketFile, refuseHTTP, shut, noUpload)}, put, only(bucket)},
		"two Denies, and nobody lets it":      {[]edit{file(bucketFile, noUpload, refuseHTTP, shut), lists}, put, only(bucket)},
		"its own policy refuses":              {[]edit{file(identityFile, mayPut, own)}, put, only(identity)},
		"its own refuses, and does not let":   {[]edit{file(identityFile, may(`"s3:ListBucket"`, auditBucket), `{"Effect": "Deny", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["`+auditTarget+`", "`+auditBucket+`"]}`)}, put, only(identity)},
		"neither, and the key's refuses":      {slices.Concat(abroad, encryptedWith(keyThere, theirs, shutKey)), usable, only(identity, key)},
		"the key's does not, and refuses":     {append(encryptedWith(keyHere, lets(named(opsAdmin), `"kms:*"`, "*", ""), shutKey), file(identityFile, mayPut)), usable, only(key)},
		"its own refuses the key":             {append(encryptedWith(keyHere, trustKey), file(identityFile, mayPut, may(useKey, keyHere), `{"Effect": "Deny", "Action": "kms:*", "Resource": "*"}`)), usable, only(identity)},
		"a key without grant, to be deleted":  {append(encryptedWith(keyHere, trustKey), file(identityFile, mayPut), edit{"keys.yaml", "description: k,", "description: k, state: PendingDeletion, deletedIn: 7d,"}), usable, only(document.KindKey, key)},
		"a Deny in the place of Immuta":       {[]edit{file(trustFile, trusts(named(opsAdmin), ""), refuseOthers)}, accepted, only(trust)},
		"a Deny, and an old id":               {[]edit{file(trustFile, trusts(immuta, `{"StringEquals": {"sts:ExternalId": "stale"}}`), refuseOthers)}, accepted, only(trust)},
		"two Denies of the role":              {[]edit{file(trustFile, trustImmuta, refuseOthers, refuseIDs)}, accepted, only(trust)},
		"a short retention that may be ended": {[]edit{{"buckets.yaml", "mode: COMPLIANCE, days: 400", "mode: GOVERNANCE, days: 10"}, expecting("  retentionDays: 365\n")}, "objects_locked", only(document.KindObjectLock, bucket)},
		"a stranger in two statements":        {[]edit{file(bucketFile, refuseHTTP, lets(etl, `"s3:GetObject"`, auditBucket+"/*", ""), lets(etl, `"s3:GetObject"`, auditTarget, ""))}, "no_foreign_readers", only(bucket)},
		"too much in two statements":          {[]edit{file(identityFile, mayPut, may(`["s3:DeleteObject", "s3:ListBucket"]`, auditBucket+"/*"), may(`"s3:DeleteObject"`, "*"))}, "writer_least_privilege", only(identity)},
		"too much by two policies":            {[]edit{file(identityFile, mayPut, may(`"s3:DeleteObject"`, auditBucket+"/*")), file(bucketFile, refuseHTTP, lets(named(auditRole), `"s3:DeleteObject"`, auditBucket+"/*", ""))}, "writer_least_privilege", only(bucket, identity)},
	}
}

// Where a finding has several causes, a fix changes each document that has one, and none
// besides: where writer and bucket, or writer and key, are of two accounts both have to
// allow, and a Deny has to go besides.
func TestFixesOfSeveralCauses(t *testing.T) {
	short.Skip(t)
	for name, test := range combined() {
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

// What nobody could read, and no fix touches, keeps no finding from being mended.
func TestFixesBesideWhatCouldNotBeRead(t *testing.T) {
	short.Skip(t)
	const secret = "secretAccessKey: sandbox-secret-access-key}"
	world := []edit{
		file(identityFile, may(`"s3:ListBucket"`, auditBucket)),
		{"company.yaml", secret, strings.TrimSuffix(secret, "}") + `, denied: [{action: "s3:GetBucketRequestPayment"}, {action: "s3:GetBucketLogging"}, {action: "iam:ListAccountAliases"}]}`},
	}
	s := see(t, mended(t, healthyWorld(), nil, world))
	gaps := len(s.records[0].Gaps)
	if gaps == 0 {
		t.Fatal("everything could be read")
	}
	found := false
	makeFixes(t, mended(t, healthyWorld(), nil, world), func(name string, fixes []pipeline.Fix) {
		if strings.HasSuffix(name, " put_object_granted") {
			found = len(fixes) > 0
		}
	})
	if !found {
		t.Errorf("there is no fix beside %d gaps", gaps)
	}
}

// A Deny that may bind others stays: no other document takes it away.
func TestADenyThatBindsOthersStays(t *testing.T) {
	stays := `{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}`
	s := see(t, mended(t, healthyWorld(), nil, append(neitherGrants(), attachedDeny(stays)...)))
	r := newProgram(t).run(t, "fix", "put_object_granted", auditID, "--snapshot", s.path)
	r.want(t, scanner.ExitFail)
	if !strings.Contains(r.stdout, "a Deny in the policy arn:aws:iam::111111111111:policy/bound of "+auditRole+" refuses it") {
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
