package reporters_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

func sarifOf(t *testing.T, r *scanner.Report, o reporters.Options) *sarif.Report {
	t.Helper()
	log, err := sarif.FromString(render(t, "sarif", r, o), sarif.WithStrictValidation())
	must(t, err)
	return log
}

func TestSARIFFollowsItsSchema(t *testing.T) {
	short.Skip(t)
	for name, report := range cases() {
		for _, profile := range reporters.Profiles() {
			t.Run(name+"."+profile, func(t *testing.T) {
				if err := sarifOf(t, report(), reporters.Options{Profile: profile}).Validate(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestSARIFFullGolden(t *testing.T) {
	golden(t, "full.full.sarif", render(t, "sarif", fullReport(), reporters.Options{Profile: reporters.ProfileFull}))
}

// TestSARIFIsWhatGitHubAccepts holds every demand whose breach makes GitHub
// reject the whole file, or show nothing.
func TestSARIFIsWhatGitHubAccepts(t *testing.T) {
	short.Skip(t)
	for name, report := range cases() {
		for _, dir := range []string{"", "proof", "a:b/c d", ".", "/tmp/elsewhere", "../up"} {
			t.Run(name+dir, func(t *testing.T) {
				log := sarifOf(t, report(), reporters.Options{EvidenceDir: dir})
				if len(log.Runs) == 0 || len(log.Runs) > 20 {
					t.Fatalf("%d runs", len(log.Runs))
				}
				categories := map[string]bool{}
				for _, run := range log.Runs {
					id := *run.AutomationDetails.ID
					if categories[id] || !strings.HasPrefix(id, "trailguard/") || !strings.HasSuffix(id, "/") {
						t.Errorf("automationDetails.id %q is repeated or no category", id)
					}
					categories[id] = true
					checkRules(t, run)
					for _, result := range run.Results {
						checkResult(t, run, result)
					}
				}
			})
		}
	}
}

func checkRules(t *testing.T, run *sarif.Run) {
	t.Helper()
	for _, rule := range run.Tool.Driver.Rules {
		if len([]rune(*rule.ShortDescription.Text)) > 1024 || *rule.ShortDescription.Text == "" || *rule.FullDescription.Text == "" ||
			*rule.Help.Text == "" || *rule.Help.Markdown == "" || !strings.HasPrefix(*rule.HelpURI, "https://") {
			t.Errorf("rule %s is not described", *rule.ID)
		}
		severity, ok := rule.Properties.Properties["security-severity"].(string)
		if !ok || severity == "" || severity == "0.0" {
			t.Errorf("rule %s has the security severity %q", *rule.ID, severity)
		}
		if tags := rule.Properties.Tags; len(tags) > 10 || tags[0] != "security" {
			t.Errorf("rule %s has the tags %v", *rule.ID, tags)
		}
	}
}

func checkResult(t *testing.T, run *sarif.Run, result *sarif.Result) {
	t.Helper()
	if id := *run.Tool.Driver.Rules[result.RuleIndex].ID; id != *result.RuleID {
		t.Errorf("the index of rule %s leads to %s", *result.RuleID, id)
	}
	if *result.Message.Text == "" || len(result.PartialFingerprints["primaryLocationLineHash"]) != 64 || len(result.Locations) != 1 {
		t.Errorf("a result of %s lacks its message, fingerprint or place", *result.RuleID)
	}
	for _, l := range append(result.Locations, result.RelatedLocations...) {
		uri := *l.PhysicalLocation.ArtifactLocation.URI
		u, err := url.Parse(uri)
		if err != nil || u.IsAbs() || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || strings.HasPrefix(uri, "/") || u.Path == "" {
			t.Errorf("uri %q is not a relative path: %v", uri, err)
		}
		if strings.Contains(uri, "/../") || strings.HasPrefix(uri, "../") {
			t.Errorf("uri %q leaves the checkout", uri)
		}
		if *l.PhysicalLocation.Region.StartLine < 1 || *l.PhysicalLocation.Region.StartColumn < 1 {
			t.Errorf("uri %q has no region", uri)
		}
	}
}

func find(t *testing.T, log *sarif.Report, rule string) *sarif.Result {
	t.Helper()
	for _, run := range log.Runs {
		for _, result := range run.Results {
			if *result.RuleID == rule {
				return result
			}
		}
	}
	t.Fatalf("no result of %s", rule)
	return nil
}

// TestSARIFPointsAtTheStatement reads the line back from the written file and
// finds the deciding statement there.
func TestSARIFPointsAtTheStatement(t *testing.T) {
	t.Chdir(t.TempDir())
	writer, err := reporters.NewEvidenceWriter("proof dir")
	must(t, err)
	must(t, writer.Add(at("").Path, scanner.NewDisplay(trustPolicy).Text))
	must(t, writer.Close())

	result := find(t, sarifOf(t, fullReport(), reporters.Options{EvidenceDir: "proof dir"}), "external_id_equals_configuration_id")
	for sid, location := range map[string]*sarif.Location{"Immuta": result.Locations[0], "Ops": result.RelatedLocations[0]} {
		physical := location.PhysicalLocation
		name, err := url.PathUnescape(*physical.ArtifactLocation.URI)
		must(t, err)
		text, err := os.ReadFile(filepath.FromSlash(name))
		must(t, err)
		line := strings.Split(string(text), "\n")[*physical.Region.StartLine-1:]
		var statement struct{ Sid string }
		must(t, json.NewDecoder(strings.NewReader(strings.Join(line, "\n")[*physical.Region.StartColumn-1:])).Decode(&statement))
		if statement.Sid != sid {
			t.Errorf("%s leads to the statement %q, not %q", name, statement.Sid, sid)
		}
		if got := *location.LogicalLocations[0].FullyQualifiedName; got != trailRole {
			t.Errorf("the place belongs to %s, not to the role", got)
		}
	}
}

func TestSARIFEncodesPaths(t *testing.T) {
	r := fullReport()
	r.Findings[0].Evidence[0].Path = "a:b/100%25/ü&?#.json"
	for dir, want := range map[string]string{
		"":      "trailguard-evidence/a%3Ab/100%2525/%C3%BC%26%3F%23.json",
		"./x/":  "x/a%3Ab/100%2525/%C3%BC%26%3F%23.json",
		".":     "a%3Ab/100%2525/%C3%BC%26%3F%23.json",
		"/tmp":  "trailguard-evidence/a%3Ab/100%2525/%C3%BC%26%3F%23.json",
		"../up": "trailguard-evidence/a%3Ab/100%2525/%C3%BC%26%3F%23.json",
	} {
		result := find(t, sarifOf(t, r, reporters.Options{EvidenceDir: dir}), r.Findings[0].RuleID)
		if got := *result.Locations[0].PhysicalLocation.ArtifactLocation.URI; got != want {
			t.Errorf("below %q the uri is %s, want %s", dir, got, want)
		}
	}
}

func TestSARIFFallsBackToTheRecordOfTheExport(t *testing.T) {
	r := fullReport()
	r.Findings[0].Evidence = nil
	result := find(t, sarifOf(t, r, reporters.Options{}), r.Findings[0].RuleID)
	want := "trailguard-evidence/acme/immuta/" + firstExport + ".json"
	if got := *result.Locations[0].PhysicalLocation.ArtifactLocation.URI; got != want {
		t.Errorf("a finding without a document points at %s, want %s", got, want)
	}
}

// summary lists a file's results as "run rule level kind suppressions state".
func summary(log *sarif.Report) []string {
	var lines []string
	for _, run := range log.Runs {
		for _, r := range run.Results {
			state := "-"
			if r.BaselineState != nil {
				state = *r.BaselineState
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %s %d %s", *run.AutomationDetails.ID, *r.RuleID, r.Level, r.Kind, len(r.Suppressions), state))
		}
	}
	return lines
}

func TestSARIFProfiles(t *testing.T) {
	github := []string{
		"trailguard/acme/ external_id_equals_configuration_id error fail 0 -",
		"trailguard/acme/ tls_required error fail 0 -",
		"trailguard/acme/ custom.named warning fail 0 -",
		"trailguard/acme/ key_usable warning fail 0 -",
		"trailguard/globex/ tls_required error fail 0 -",
		"trailguard/globex/ enabled_export_exists warning fail 0 -",
	}
	full := []string{
		"trailguard/acme/ external_id_equals_configuration_id error fail 0 new",
		"trailguard/acme/ tls_required error fail 0 unchanged",
		"trailguard/acme/ custom.named warning fail 0 -",
		"trailguard/acme/ key_usable warning fail 0 unchanged",
		"trailguard/acme/ tls_required error fail 1 unchanged",
		"trailguard/acme/ uses_role warning fail 0 absent",
		"trailguard/acme/ enabled_export_exists none pass 0 -",
		"trailguard/acme/ uses_role none pass 0 -",
		"trailguard/acme/ custom.named none notApplicable 0 -",
		"trailguard/acme/ external_id_equals_configuration_id none pass 0 -",
		"trailguard/acme/ key_usable none pass 0 -",
		"trailguard/acme/ uses_role none pass 0 -",
		"trailguard/globex/ tls_required error fail 0 -",
		"trailguard/globex/ enabled_export_exists warning fail 0 -",
		"trailguard/globex/ custom.named none notApplicable 0 -",
		"trailguard/globex/ external_id_equals_configuration_id none pass 0 -",
		"trailguard/globex/ key_usable none pass 0 -",
		"trailguard/globex/ uses_role none pass 0 -",
	}
	for profile, want := range map[string][]string{"": github, reporters.ProfileGitHub: github, reporters.ProfileFull: full} {
		if diff := cmp.Diff(want, summary(sarifOf(t, fullReport(), reporters.Options{Profile: profile}))); diff != "" {
			t.Errorf("profile %q (-want +got):\n%s", profile, diff)
		}
	}
	err := reporters.SARIF(io.Discard, fullReport(), reporters.Options{Profile: "gitlab"})
	if err == nil || err.Error() != `unknown SARIF profile "gitlab": use one of github, full` {
		t.Errorf("an unknown profile gives %v", err)
	}
}

func TestSARIFSaysWhatCouldNotBeRead(t *testing.T) {
	log := sarifOf(t, fullReport(), reporters.Options{})
	want := map[string][]string{
		"trailguard/acme/": {
			"grant kms:GetKeyPolicy, on arn:aws:kms:us-east-1:111111111111:key/0d1f-22: the reader may not read the key's policy",
			"s3:ListObjectsV2: throttled, on arn:aws:s3:::acme-audit-trail/immuta/: refused 8 times, the last time after 20 s",
		},
		"trailguard/globex/": {
			"the exports of tenant globex could not be read, or not all of them",
			"s3:ListObjectsV2: throttled, on arn:aws:s3:::acme-audit-trail/immuta/: refused 8 times, the last time after 20 s",
		},
	}
	for _, run := range log.Runs {
		invocation := run.Invocations[0]
		if *invocation.ExecutionSuccessful || *invocation.ExitCode != scanner.ExitFail {
			t.Error("an incomplete scan is called successful")
		}
		if diff := cmp.Diff(want[*run.AutomationDetails.ID], notes(run)); diff != "" {
			t.Errorf("notifications of %s (-want +got):\n%s", *run.AutomationDetails.ID, diff)
		}
	}
	run := sarifOf(t, emptyReport(), reporters.Options{}).Runs[0]
	if !*run.Invocations[0].ExecutionSuccessful || len(notes(run)) != 0 {
		t.Error("a complete scan is not called successful")
	}
}

func notes(run *sarif.Run) []string {
	var texts []string
	for _, n := range run.Invocations[0].ToolExecutionNotifications {
		texts = append(texts, *n.Message.Text)
	}
	return texts
}

// TestSARIFKeepsAlertsOpenThatItCouldNotLookAt: GitHub closes what a run does
// not repeat, so a tenant that was not read at all must have no run.
func TestSARIFKeepsAlertsOpenThatItCouldNotLookAt(t *testing.T) {
	r := emptyReport()
	r.Scan.Complete = false
	r.Tenants = append(r.Tenants, scanner.TenantResult{Name: "globex"})
	log := sarifOf(t, r, reporters.Options{})
	if len(log.Runs) != 1 || *log.Runs[0].AutomationDetails.ID != "trailguard/acme/" {
		t.Fatalf("%d runs, the first %s", len(log.Runs), *log.Runs[0].AutomationDetails.ID)
	}
	want := []string{"no export of tenant globex could be read: its results are left out, so that its alerts stay open"}
	if diff := cmp.Diff(want, notes(log.Runs[0])); diff != "" {
		t.Error(diff)
	}
	if *log.Runs[0].Invocations[0].ExecutionSuccessful {
		t.Error("the scan is called successful")
	}

	r.Tenants, r.Exports = r.Tenants[1:], nil
	log = sarifOf(t, r, reporters.Options{})
	if len(log.Runs) != 1 || *log.Runs[0].AutomationDetails.ID != "trailguard/" || len(log.Runs[0].Results) != 0 {
		t.Error("a scan that read no tenant has a run with a tenant's category")
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
}

func TestSARIFFoldsManyTenants(t *testing.T) {
	r := fullReport()
	for i := range 30 {
		name := fmt.Sprintf("tenant-%d", i)
		r.Tenants = append(r.Tenants, scanner.TenantResult{Name: name, Complete: true})
		f := r.Findings[2]
		f.Tenant, f.Fingerprint = name, scanner.Fingerprint(f.RuleID, name, "", "", "")
		r.Findings = append(r.Findings, f)
	}
	log := sarifOf(t, r, reporters.Options{})
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	if got := len(log.Runs[0].Results); got != 36 {
		t.Errorf("%d results of 36 in the one run", got)
	}
}

func TestSARIFCutsTheLeastSevere(t *testing.T) {
	short.Skip(t)
	text := render(t, "sarif", bigReport(8400), reporters.Options{}) // 8,400 critical, as many high and unknown
	for rule, want := range map[string]int{"external_id_equals_configuration_id": 8400, "tls_required": 8400, "key_usable": 8200} {
		if got := strings.Count(text, `"ruleId": "`+rule+`"`); got != want {
			t.Errorf("%d results of %s, want %d", got, rule, want)
		}
	}
	if !strings.Contains(text, "200 results were left out, the least severe") {
		t.Error("the report does not say how many were left out")
	}
}

func TestSARIFLosesNoFindingOfATenantThatTheReportLacks(t *testing.T) {
	r := fullReport()
	r.Tenants = nil
	if got := len(summary(sarifOf(t, r, reporters.Options{}))); got != 6 {
		t.Errorf("%d results, want 6", got)
	}
}

func TestSARIFDescribesRulesThatTheReportLacks(t *testing.T) {
	r := fullReport()
	r.Rules = nil
	log := sarifOf(t, r, reporters.Options{})
	checkRules(t, log.Runs[0])
	for _, result := range log.Runs[0].Results {
		checkResult(t, log.Runs[0], result)
	}
}
