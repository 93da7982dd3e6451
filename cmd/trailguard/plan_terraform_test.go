package main

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/short"
	recorded "github.com/trailguard/trailguard/fixtures/terraform"
	"github.com/trailguard/trailguard/scanner"
	layer "github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/overlay/cloudformation"
	"github.com/trailguard/trailguard/scanner/overlay/terraform"
)

// financeReader is the statement that plan "opens" adds to finance's bucket policy.
const financeReader = `"Statement": [
    {"Sid": "Temp", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-audit-finance-eu/*"},`

// Settings of finance in the company's files, each a text that occurs once.
const (
	financePolicy = "    policy: policies/bucket/finance.json\n"
	financeBlock  = "policies/bucket/finance.json\n    publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true}\n    encryption: {algorithm: AES256}\n    versioning: Enabled\n"
)

// TestPlansSayWhatAScanWouldSay makes the change of each recorded plan in the sandbox,
// too: the plan's verdict on a rule is that of a scan after the change, or unknown.
func TestPlansSayWhatAScanWouldSay(t *testing.T) {
	short.Skip(t)
	base := see(t, mended(t, acme.Files(), nil, []edit{readable}))
	for name, test := range map[string]struct {
		edits []edit
		// worse are the rules that the change breaks, open those of which the plan
		// cannot tell.
		worse map[string]scanner.Status
		file  string // of the company, to which nothing refers any more
	}{
		"harmless": {},
		"targeted": {},
		"opens": {
			edits: []edit{{"policies/bucket/finance.json", `"Statement": [`, financeReader}},
			worse: map[string]scanner.Status{"no_foreign_readers": scanner.StatusFail},
		},
		"policy_destroyed": {
			edits: []edit{{"buckets.yaml", financePolicy, ""}},
			worse: map[string]scanner.Status{"tls_required": scanner.StatusFail, "writers_confined": scanner.StatusFail},
			file:  "policies/bucket/finance.json",
		},
		"inline_destroyed": {
			edits: []edit{{"identities.yaml", "    inline: {write-audit: policies/identity/finance.json}\n", ""}},
			worse: map[string]scanner.Status{"put_object_granted": scanner.StatusFail},
			file:  "policies/identity/finance.json",
		},
		"settings": {
			edits: []edit{{"buckets.yaml", financeBlock, "policies/bucket/finance.json\n    publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, restrictPublicBuckets: true}\n    encryption: {algorithm: aws:kms, key: \"arn:aws:kms:eu-west-1:111111111111:key/new\"}\n    versioning: Suspended\n"}},
			worse: map[string]scanner.Status{"versioned": scanner.StatusFail, "key_usable": scanner.StatusUnknown},
		},
		"settings_destroyed": {
			edits: []edit{{"buckets.yaml", financeBlock, "policies/bucket/finance.json\n    encryption: {algorithm: AES256}\n    versioning: Suspended\n"}},
			worse: map[string]scanner.Status{"versioned": scanner.StatusFail},
		},
	} {
		t.Run(name, func(t *testing.T) {
			planned := plan(t, base, name)
			made := teamStatuses(see(t, without(t, test.file, append([]edit{readable}, test.edits...)...)).report)
			for rule, status := range made {
				if is := planned[rule]; is != status && is != scanner.StatusUnknown {
					t.Errorf("%s is %s, and %s once the change is made", rule, is, status)
				}
			}
			for rule, status := range test.worse {
				if is := planned["finance "+rule]; is != status {
					t.Errorf("%s is %s, want %s", rule, is, status)
				}
			}
		})
	}
}

// TestPlansLeaveOpenWhatIsKnownAfterApply looks at plans of which nobody can tell.
func TestPlansLeaveOpenWhatIsKnownAfterApply(t *testing.T) {
	base := see(t, mended(t, acme.Files(), nil, []edit{readable}))
	for name, rules := range map[string][]string{
		"new_role_reads":  {"no_foreign_readers", "tls_required", "writers_confined"},
		"sensitive":       {"no_foreign_readers", "tls_required"},
		"role_replaced":   {"put_object_granted", "writers_confined"},
		"bucket_replaced": {"bucket_exists", "tls_required", "versioned"},
		"unheard_of":      {"tls_required", "versioned"},
		"attached":        {"put_object_granted"},
		"boundary":        {"put_object_granted"},
	} {
		t.Run(name, func(t *testing.T) {
			planned := plan(t, base, name)
			for _, rule := range rules {
				if is := planned["finance "+rule]; is != scanner.StatusUnknown && is != scanner.StatusFail {
					t.Errorf("%s is %s", rule, is)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(planned)) {
				if base.results[key] != scanner.StatusPass && planned[key] == scanner.StatusPass {
					t.Errorf("%s passes, and did not before", key)
				}
			}
		})
	}
}

// without is the company with edits, and without a file.
func without(t *testing.T, file string, edits ...edit) fs.FS {
	t.Helper()
	data := mended(t, acme.Files(), nil, edits)
	if files, ok := data.(fstest.MapFS); ok {
		delete(files, file)
	}
	return data
}

// plan is what the rules say after a recorded plan.
func plan(t *testing.T, base *seen, name string) map[string]scanner.Status {
	t.Helper()
	return after(t, base, terraformPlan(t, recorded.Plan, name))
}

// after is what the rules say after changes: of exports that they leave as they are,
// what they said before.
func after(t *testing.T, base *seen, changes []layer.Change) map[string]scanner.Status {
	t.Helper()
	all := maps.Clone(base.results)
	after, o := planOver(t, base, changes)
	o.Baseline = nil // what the drift says, a scan after the change would not
	planned, err := pipeline.NewJudge(after, o).Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	teams := map[string]string{}
	for team, id := range exportsByTeam(base.report) {
		teams[id] = team
	}
	for i := range planned.Exports {
		for rule, status := range planned.Exports[i].Results {
			all[teams[planned.Exports[i].ID]+" "+rule] = status
		}
	}
	return all
}

// terraformPlan is what a recorded plan changes, or a case of the table.
func terraformPlan(t *testing.T, of func(name string) ([]byte, error), name string) []layer.Change {
	t.Helper()
	text, err := of(name)
	if err != nil {
		t.Fatal(err)
	}
	read, err := terraform.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return read.Changes
}

// planOver opens what changes make of a company, to be compared with what is there.
func planOver(t *testing.T, base *seen, changes []layer.Change) (*pipeline.Snapshot, pipeline.JudgeOptions) {
	t.Helper()
	planned, err := pipeline.NewPlan(base.open(t), changes, scanner.Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := planned.After()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { after.Close() })
	o := judgeOptions(t, after)
	o.Plan = &planned.Info
	if o.Baseline, err = planned.Baseline(t.Context(), base.path, after.Tenants(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Baseline.Close)
	return after, o
}

func judgeOptions(t *testing.T, source *pipeline.Snapshot) pipeline.JudgeOptions {
	t.Helper()
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.JudgeOptions{Engine: engine, Settings: source.Header().Settings, AsOf: sandboxNow}
}

// compared is the report of a run with a baseline.
func compared(t *testing.T, source *pipeline.Snapshot, o pipeline.JudgeOptions) *scanner.Report {
	t.Helper()
	report, err := pipeline.NewJudge(source, o).Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	missing, err := o.Baseline.Earlier.Compare(t.Context(), report)
	if err != nil {
		t.Fatal(err)
	}
	report.Findings = append(report.Findings, missing...)
	rest, err := o.Baseline.Rest()
	if err != nil {
		t.Fatal(err)
	}
	report.Drift = append(report.Drift, rest...)
	report.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow, FailOnNew: true})
	return report
}

// TestTemplatesSayWhatAScanWouldSay makes the change of each template in the sandbox,
// too, as TestPlansSayWhatAScanWouldSay does of plans.
func TestTemplatesSayWhatAScanWouldSay(t *testing.T) {
	short.Skip(t)
	base := see(t, mended(t, acme.Files(), nil, []edit{readable}))
	for name, test := range map[string]struct {
		template string
		edit     edit
		worse    string
	}{
		"settings": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: acme-audit-finance-eu, VersioningConfiguration: {Status: Suspended}}}`,
			edit{"buckets.yaml", financeBlock, strings.Replace(financeBlock, "versioning: Enabled", "versioning: Suspended", 1)},
			"versioned",
		},
		"trust policy": {
			`{Type: "AWS::IAM::Role", Properties: {RoleName: acme-immuta-audit-finance, AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Sid: ImmutaAssumes, Effect: Allow, Principal: {AWS: "arn:aws:iam::222222222222:root"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:ExternalId": "` + replacedID + `"}}}]}}}`,
			edit{"policies/trust/finance.json", financeID, replacedID},
			"external_id_equals_configuration_id",
		},
		"inline policy": {
			`{Type: "AWS::IAM::RolePolicy", Properties: {RoleName: acme-immuta-audit-finance, PolicyName: write-audit, PolicyDocument: {Version: "2012-10-17", Statement: []}}}`,
			edit{"identities.yaml", "    inline: {write-audit: policies/identity/finance.json}\n", ""},
			"put_object_granted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			read, err := cloudformation.Read([]byte("Resources:\n  R: "+test.template), cloudformation.Options{Name: name, Account: "111111111111", Partition: "aws"})
			if err != nil {
				t.Fatal(err)
			}
			planned := after(t, base, read.Changes)
			file := ""
			if name == "inline policy" {
				file = "policies/identity/finance.json"
			}
			for rule, status := range teamStatuses(see(t, without(t, file, readable, test.edit)).report) {
				if is := planned[rule]; is != status && is != scanner.StatusUnknown {
					t.Errorf("%s is %s, and %s once the change is made", rule, is, status)
				}
			}
			if is := planned["finance "+test.worse]; is != scanner.StatusFail {
				t.Errorf("%s is %s", test.worse, is)
			}
		})
	}
}
