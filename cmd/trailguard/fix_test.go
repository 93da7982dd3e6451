package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
	"github.com/trailguard/trailguard/scanner/iam"
)

func fixer(t *testing.T, s *seen) (*pipeline.Fixer, []scanner.Finding) {
	t.Helper()
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	source := s.open(t)
	f, err := pipeline.ReadFixer(source, pipeline.JudgeOptions{Engine: engine, Settings: source.Header().Settings, AsOf: sandboxNow})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := f.Findings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f, findings
}

// made is the company with a fix made in it, document by document.
func made(t *testing.T, from fs.FS, fix *pipeline.Fix) fs.FS {
	t.Helper()
	for i := range fix.Changes {
		from = changed(t, from, &fix.Changes[i])
	}
	return from
}

// changed is the company with one document changed: in the file that it is, or in the
// lines of a bucket or a key that say what its setting is.
func changed(t *testing.T, from fs.FS, change *fix.Change) fs.FS {
	t.Helper()
	data := fstest.MapFS{}
	done := 0
	if err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, path)
		if strings.HasSuffix(path, ".json") && scanner.NewDisplay(string(text)).Text == change.Before {
			done, text = done+1, []byte(change.Document)
		}
		data[path] = &fstest.MapFile{Data: text}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, setting := range settingsMade[change.Kind] {
		text := data[setting.file].Data
		if now := regexp.MustCompile(setting.was).ReplaceAll(text, []byte(setting.is)); string(now) != string(text) {
			done, data[setting.file] = done+1, &fstest.MapFile{Data: now}
		}
	}
	if done != 1 {
		t.Fatalf("%d places of the company are the %s of %s", done, change.Kind.Noun(), change.Resource)
	}
	return data
}

// settingsMade are the settings of small worlds, and of the demo, as fixes leave them.
var settingsMade = map[document.Kind][]struct{ file, was, is string }{
	document.KindACL:               {{"buckets.yaml", `\n    grants: .*`, ""}},
	document.KindEncryption:        {{"buckets.yaml", `\n    ownership`, "\n    encryption: {algorithm: AES256}\n    ownership"}},
	document.KindKey:               {{"keys.yaml", `state: PendingDeletion, deletedIn: 7d,`, ""}},
	document.KindKeyRotation:       {{"keys.yaml", `unrotated: true`, "unrotated: false"}},
	document.KindObjectLock:        {{"buckets.yaml", `days: 10\b`, "days: 365"}},
	document.KindOwnership:         {{"buckets.yaml", `ownership: ObjectWriter`, "ownership: BucketOwnerEnforced"}},
	document.KindPublicAccessBlock: {{"buckets.yaml", regexp.QuoteMeta(open), blocked}},
	document.KindRequestPayment:    {{"buckets.yaml", `    requesterPays: true\n`, ""}},
	document.KindVersioning:        {{"buckets.yaml", `\n    ownership`, "\n    versioning: Enabled\n    ownership"}},
}

// TestFixesMend makes every fix of the demo's findings in the sandbox and scans again.
func TestFixesMend(t *testing.T) {
	short.Skip(t)
	fixed := map[string]document.Kind{}
	makeFixes(t, acme.Files(), func(name string, fixes []pipeline.Fix) {
		if len(fixes) > 0 {
			fixed[name] = fixes[0].Changes[0].Kind
		}
	})
	want := map[string]document.Kind{
		"claims external_id_equals_configuration_id": document.KindTrustPolicy,
		"claims external_id_required":                document.KindTrustPolicy,
		"compliance put_object_granted":              document.KindBucketPolicy,
		"logistics no_silent_denial":                 document.KindRequestPayment,
		"logistics put_object_granted":               document.KindBucketPolicy,
		"partners external_id_required":              document.KindTrustPolicy,
		"pensions key_usable":                        document.KindKeyPolicy,
		"people put_object_granted":                  document.KindIdentityPolicy,
		"research principals_exist":                  document.KindTrustPolicy,
		"retail role_dedicated":                      document.KindIdentityPolicy,
		"risk key_usable":                            document.KindKeyPolicy,
		"sales external_id_equals_configuration_id":  document.KindTrustPolicy,
		"sales principal_expected":                   document.KindTrustPolicy,
		"treasury put_object_granted":                document.KindBucketPolicy,
		"treasury writers_confined":                  document.KindBucketPolicy,
	}
	if diff := cmp.Diff(want, fixed); diff != "" {
		t.Error(diff)
	}
}

// makeFixes finds the fixes of every finding of a company, makes each in the sandbox and
// scans again: the finding is gone, and nothing else is worse.
func makeFixes(t *testing.T, company fs.FS, found func(name string, fixes []pipeline.Fix)) {
	t.Helper()
	base := see(t, company)
	f, findings := fixer(t, base)
	teams := map[string]string{}
	for team, id := range exportsByTeam(base.report) {
		teams[id] = team
	}
	for i := range findings {
		finding := &findings[i]
		if finding.Status != scanner.StatusFail {
			continue
		}
		fixes, err := f.Fixes(t.Context(), finding, 3)
		if err != nil {
			t.Fatal(err)
		}
		name := teams[finding.ExportID] + " " + finding.RuleID
		found(name, fixes)
		for j := range fixes {
			after := see(t, made(t, company, &fixes[j]))
			if is := after.results[name]; is == scanner.StatusUnknown {
				t.Errorf("%s is %s after fix %d", name, is, j)
			}
			nothingNew(t, fmt.Sprintf("fix %d of %s", j, name), base, after)
			if after.finds(finding) {
				t.Errorf("%s is still found after fix %d", name, j)
			}
		}
	}
}

// nothingNew says what is worse once fixes are made: a result, or a finding that was not
// there.
func nothingNew(t *testing.T, what string, before, after *seen) {
	t.Helper()
	for result, is := range after.results {
		if was := before.results[result]; is != was && is != scanner.StatusPass && is != scanner.StatusNotApplicable {
			t.Errorf("after %s, %s is %s and was %s", what, result, is, was)
		}
	}
	for i := range after.report.Findings {
		if f := &after.report.Findings[i]; !before.finds(f) {
			t.Errorf("after %s, %s of %s is new: %s", what, f.RuleID, f.Resource, f.Message)
		}
	}
}

// finds says whether a finding of any sandbox is there. What is found of Immuta has the
// address of its sandbox in it.
func (s *seen) finds(finding *scanner.Finding) bool {
	return slices.ContainsFunc(s.report.Findings, func(f scanner.Finding) bool {
		immuta := strings.HasPrefix(f.Resource, "http://") && f.RuleID == finding.RuleID && f.ExportID == finding.ExportID
		return immuta || f.Fingerprint == finding.Fingerprint
	})
}

// TestFixesMendEveryCause makes the fixes of each plight, and says which there are: for
// every rule that may have one there is a world in which it has.
func TestFixesMendEveryCause(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	without := map[string][]string{ // rules that may have a fix, and have none there
		"a permissions boundary":                       {"put_object_granted"}, // it may bind others
		"the key that AWS manages, of another account": {"key_usable"},         // which key
		"a customer's key is wanted, across accounts":  {"encrypted"},          // which key
		"a bucket without protection":                  {"objects_locked"},     // for how long
		"a key whose material expires":                 {"key_durable"},        // only who has the material
	}
	fixed := map[string]bool{"no_silent_denial": true, "role_dedicated": true} // of the demo
	for _, p := range slices.Concat(trustPlights(), bucketPlights(), keyPlights()) {
		t.Run(p.name, func(t *testing.T) {
			makeFixes(t, mended(t, healthyWorld(), nil, p.world), func(name string, fixes []pipeline.Fix) {
				_, rule, _ := strings.Cut(name, " ")
				if len(fixes) > 0 {
					fixed[rule] = true
				} else if fix.Proposes(rule) && !slices.Contains(without[p.name], rule) {
					t.Errorf("%s has no fix", rule)
				}
			})
		})
	}
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range engine.Loaded() {
		if cause := fix.Cause(rule); fix.Proposes(rule) == (cause != "") || cause == fix.Cause("a rule of one's own") {
			t.Errorf("%s: nobody says why there is no change, or that there may be one", rule)
		}
		if fix.Proposes(rule) && !fixed[rule] {
			t.Errorf("%s has no fix anywhere", rule)
		}
	}
}

// Where a rule may have a fix and a finding of it has none, it says what stands in the way.
func TestUnfixedSaysWhy(t *testing.T) {
	short.Skip(t)
	for name, want := range map[string]struct{ rule, says string }{
		"a permissions boundary":                       {"put_object_granted", "the permissions boundary arn:aws:iam::111111111111:policy/bound has to allow it as well"},
		"the key that AWS manages, of another account": {"key_usable", "nobody changes the policy of a key that AWS manages"},
		"a customer's key is wanted, across accounts":  {"encrypted", "which key the bucket should encrypt with is not in the snapshot"},
		"a bucket without protection":                  {"objects_locked", "how long to lock objects is for a person to say"},
		"a key whose material expires":                 {"key_durable", "only who has the imported material can import it again"},
	} {
		plights := slices.Concat(bucketPlights(), keyPlights())
		at := slices.IndexFunc(plights, func(p plight) bool { return p.name == name })
		if at < 0 {
			t.Errorf("there is no world %q", name)
			continue
		}
		f, findings := fixer(t, see(t, mended(t, healthyWorld(), nil, plights[at].world)))
		of := slices.IndexFunc(findings, func(f scanner.Finding) bool { return f.RuleID == want.rule })
		if of < 0 {
			t.Errorf("%s: %s does not fail", name, want.rule)
		} else if why := fix.Obstacle(&findings[of], f.Record(&findings[of])); !strings.HasPrefix(why, want.says) {
			t.Errorf("%s: %s has no fix, and says %q", name, want.rule, why)
		}
	}
}

// TestFixesOfOtherFaults are of faults that the demo does not have, each by an edit of
// finance's export.
func TestFixesOfOtherFaults(t *testing.T) {
	short.Skip(t)
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
				fix := &fixes[0].Changes[0]
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

// A Deny that keeps the writer out keeps others out as well: none of its fixes lets any
// of them in.
func TestOnlyTheWriterIsSpared(t *testing.T) {
	base := see(t, acme.Files())
	f, findings := fixer(t, base)
	for i := range findings {
		finding := &findings[i]
		if finding.ExportID != exportsByTeam(base.report)["treasury"] || finding.RuleID != "put_object_granted" {
			continue
		}
		fixes, err := f.Fixes(t.Context(), finding, 5)
		if err != nil || len(fixes) == 0 {
			t.Fatalf("no fixes, error %v", err)
		}
		for j := range fixes {
			p, err := iam.Parse([]byte(fixes[j].Changes[0].Document), iam.ParseOptions{Type: iam.ResourcePolicy})
			if err != nil {
				t.Fatal(err)
			}
			const account = "111111111111"
			for _, action := range []string{"s3:PutObject", "s3:DeleteObject"} {
				for _, who := range []string{"acme-immuta-audit-treasury", "acme-etl"} {
					arn := "arn:aws:iam::" + account + ":role/" + who
					answer := iam.Evaluate(&iam.Request{
						Principal: arn, Action: action, Resource: "arn:aws:s3:::acme-audit-treasury-eu/treasury/x", ResourceAccount: account,
						Context: iam.Context{}.With("aws:PrincipalArn", arn).With("aws:SecureTransport", "true"),
					}, &iam.Policies{Identity: []*iam.Policy{iam.AllowAll("")}, Resource: p})
					if may := answer == iam.Yes; may != (who != "acme-etl" && action == "s3:PutObject") {
						t.Errorf("after fix %d, %s by %s: %v", j, action, who, answer)
					}
				}
			}
		}
		return
	}
	t.Error("treasury may upload")
}

// What fix prints as JSON follows the schema that describes it.
func TestFixesFollowTheirSchema(t *testing.T) {
	short.Skip(t)
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
