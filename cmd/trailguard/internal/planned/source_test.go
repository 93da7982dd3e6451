package planned

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestResourcesStandWhereTheyAreDeclared(t *testing.T) {
	dir := write(t, map[string]string{
		"main.tf":                            "# the trail\nresource \"aws_s3_bucket\" \"trail\" {\n  for_each = toset([\"a\"])\n}\nmodule \"local\" {\n  source = \"./modules/local\"\n}\nmodule \"fetched\" { source = \"example/bucket/aws\" }\nmodule \"unfetched\" { source = \"example/other/aws\" }\n",
		"a_override.tf":                      "resource \"aws_s3_bucket\" \"trail\" {}\n",
		"json.tf.json":                       "{\"resource\": {\"aws_iam_role\": {\n  \"writer\": {}}}}",
		"notes.txt":                          "resource {",
		"modules/local/b":                    "",
		"modules/local/m.tf":                 "module \"inner\" { source = \"../inner\" }\nresource \"aws_s3_bucket_policy\" \"p\" {}\n",
		"modules/inner/m.tf":                 "\n\nresource \"aws_kms_key\" \"k\" {}\n",
		".terraform/modules/modules.json":    `{"Modules": [{"Key": "", "Dir": "."}, {"Key": "fetched", "Dir": ".terraform/modules/fetched"}]}`,
		".terraform/modules/fetched/main.tf": "resource \"aws_s3_bucket\" \"this\" {}\n",
	})
	s, err := newSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]spot{
		`aws_s3_bucket.trail["a"]`:                                {"main.tf", 2},
		"aws_iam_role.writer":                                     {"json.tf.json", 2},
		`module.local["eu.west \"1\""].aws_s3_bucket_policy.p[0]`: {"modules/local/m.tf", 2},
		"module.local[0].module.inner.aws_kms_key.k":              {"modules/inner/m.tf", 3},
		"module.fetched.aws_s3_bucket.this[0]":                    {".terraform/modules/fetched/main.tf", 1},
		"module.unfetched.aws_s3_bucket.this[0]":                  {},
		"module.nobody.aws_s3_bucket.this":                        {},
		"aws_s3_bucket.elsewhere":                                 {},
		"s3:trail=policy.json":                                    {},
	} {
		got, err := s.find(address)
		if err != nil || got != want {
			t.Errorf("%s stands at %+v (%v), want %+v", address, got, err, want)
		}
	}
}

func TestABrokenConfigurationIsNamed(t *testing.T) {
	dir := write(t, map[string]string{"main.tf": "resource \"aws_s3_bucket\" \"trail\" {\n"})
	s, err := newSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.find("aws_s3_bucket.trail"); err == nil || !strings.Contains(err.Error(), "main.tf:1") {
		t.Errorf("the error is %v", err)
	}
	if _, err := newSource(filepath.Join(dir, "main.tf")); err == nil || !strings.Contains(err.Error(), "name the folder") {
		t.Errorf("of a file that is no folder the error is %v", err)
	}
}
