package main

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func fixer(t *testing.T, s *seen) (*pipeline.Fixer, []scanner.Finding) {
	t.Helper()
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	source := s.open(t)
	f, err := pipeline.NewFixer(source, pipeline.JudgeOptions{Engine: engine, Settings: source.Header().Settings, AsOf: sandboxNow})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := f.Findings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f, findings
}

// made is the company with a fix made in it.
func made(t *testing.T, from fs.FS, fix *pipeline.Fix) fs.FS {
	t.Helper()
	data := fstest.MapFS{}
	found := ""
	if err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, path)
		if strings.HasSuffix(path, ".json") && scanner.NewDisplay(string(text)).Text == fix.Before {
			found, text = path, []byte(fix.Document)
		}
		data[path] = &fstest.MapFile{Data: text}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	switch {
	case fix.Kind == document.KindRequestPayment:
		return mended(t, from, nil, []edit{{"buckets.yaml", "    requesterPays: true\n", ""}})
	case found == "":
		t.Fatalf("no file of the company is the %s of %s", fix.Kind.Noun(), fix.Resource)
	}
	return data
}

// TestFixesMend makes every fix of the demo's findings in the sandbox and scans again.
func TestFixesMend(t *testing.T) {
	base := see(t, acme.Files())
	f, findings := fixer(t, base)
	teams := map[string]string{}
	for team, id := range exportsByTeam(base.report) {
		teams[id] = team
	}
	fixed := map[string]document.Kind{}
	for i := range findings {
		finding := &findings[i]
		fixes, err := f.Fixes(t.Context(), finding, 3)
		if err != nil {
			t.Fatal(err)
		}
		for j := range fixes {
			name := teams[finding.ExportID] + " " + finding.RuleID
			if j == 0 {
				fixed[name] = fixes[j].Kind
			}
			after := see(t, made(t, acme.Files(), &fixes[j]))
			if is := after.results[name]; is != scanner.StatusPass && is != scanner.StatusNotApplicable {
				t.Errorf("%s is %s after fix %d", name, is, j)
			}
			for result, is := range after.results {
				if was := base.results[result]; is != was && is != scanner.StatusPass && is != scanner.StatusNotApplicable {
					t.Errorf("after fix %d of %s, %s is %s and was %s", j, name, result, is, was)
				}
			}
			for k := range after.report.Findings {
				if print := after.report.Findings[k].Fingerprint; print == finding.Fingerprint {
					t.Errorf("%s is still found after fix %d", name, j)
				}
			}
		}
	}
	want := map[string]document.Kind{
		"claims external_id_equals_configuration_id": document.KindTrustPolicy,
		"claims external_id_required":                document.KindTrustPolicy,
		"logistics no_silent_denial":                 document.KindRequestPayment,
		"logistics put_object_granted":               document.KindBucketPolicy,
		"partners external_id_required":              document.KindTrustPolicy,
		"people put_object_granted":                  document.KindIdentityPolicy,
		"research principals_exist":                  document.KindTrustPolicy,
		"retail role_dedicated":                      document.KindIdentityPolicy,
		"risk key_usable":                            document.KindKeyPolicy,
		"sales external_id_equals_configuration_id":  document.KindTrustPolicy,
		"sales principal_expected":                   document.KindTrustPolicy,
		"treasury writers_confined":                  document.KindBucketPolicy,
	}
	if diff := cmp.Diff(want, fixed); diff != "" {
		t.Error(diff)
	}
}

// TestFixesOfOtherFaults are of faults that the demo does not have, each by an edit of
// finance's export.
func TestFixesOfOtherFaults(t *testing.T) {
	const bucket = "policies/bucket/finance.json"
	for name, test := range map[string]struct {
		edits []edit
		rule  string
		kind  document.Kind
		holds string // the new document holds, on one line
		lacks string
	}{
		"a stranger reads": {
			[]edit{{bucket, `"Statement": [`, financeReader}}, "no_foreign_readers", document.KindBucketPolicy, "NobodyElseWrites", "999999999999",
		},
		"a stranger among others": {
			[]edit{{bucket, `"Statement": [`, strings.Replace(financeReader, `"arn:aws:iam::999999999999:root"`, `["arn:aws:iam::999999999999:root", "arn:aws:iam::111111111111:role/auditor"]`, 1)}},
			"no_foreign_readers", document.KindBucketPolicy, "role/auditor", "999999999999",
		},
		"versioning is suspended": {
			[]edit{{"buckets.yaml", financeBlock, strings.Replace(financeBlock, "versioning: Enabled", "versioning: Suspended", 1)}},
			"versioned", document.KindVersioning, `"Status": "Enabled"`, "Suspended",
		},
		"plain HTTP is let in": {
			[]edit{{bucket, `"aws:SecureTransport": "false"`, `"aws:SecureTransport": "true"`}},
			"tls_required", document.KindBucketPolicy,
			`"aws:SecureTransport": "false"`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			data := mended(t, acme.Files(), nil, append([]edit{readable}, test.edits...))
			base := see(t, data)
			f, findings := fixer(t, base)
			for i := range findings {
				finding := &findings[i]
				if finding.ExportID != financeID || finding.RuleID != test.rule {
					continue
				}
				fixes, err := f.Fixes(t.Context(), finding, 1)
				if err != nil || len(fixes) == 0 {
					t.Fatalf("no fix: %v", err)
				}
				fix := &fixes[0]
				text := strings.Join(strings.Fields(fix.Document), " ")
				if fix.Kind != test.kind || !strings.Contains(text, test.holds) || test.lacks != "" && strings.Contains(text, test.lacks) {
					t.Errorf("the fix is of the %s: %s", fix.Kind.Noun(), text)
				}
				patch, err := json.Marshal(fix.Patch)
				if err != nil || !strings.Contains(string(patch), `"test"`) {
					t.Errorf("the patch tests nothing: %s", patch)
				}
				return
			}
			t.Errorf("finance does not fail %s", test.rule)
		})
	}
}

// A Deny that keeps the writer out keeps others out as well: taking it away mends the
// finding and opens the bucket.
func TestNothingThatOpensIsShown(t *testing.T) {
	base := see(t, acme.Files())
	f, findings := fixer(t, base)
	for i := range findings {
		finding := &findings[i]
		if finding.ExportID != exportsByTeam(base.report)["treasury"] || finding.RuleID != "put_object_granted" {
			continue
		}
		if fixes, err := f.Fixes(t.Context(), finding, 5); err != nil || len(fixes) > 0 {
			t.Errorf("fixes are %+v, error %v", fixes, err)
		}
		return
	}
	t.Error("treasury may upload")
}

// What fix prints as JSON follows the schema that describes it.
func TestFixesFollowTheirSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("internal/patches/fix.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	result := newProgram(t).run(t, "fix", "--all", "--alternatives", "--format", "json", "--snapshot", see(t, acme.Files()).path)
	result.want(t, scanner.ExitFail)
	printed, err := jsonschema.UnmarshalJSON(strings.NewReader(result.stdout))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(printed); err != nil {
		t.Error(err)
	}
}
