package reporters_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// imported is what arrives at a Security Hub of a report's batches, by id. The SDK
// refuses what lacks a required field before it is sent.
func imported(t *testing.T, r *scanner.Report) map[string]types.AwsSecurityFinding {
	t.Helper()
	got := map[string]types.AwsSecurityFinding{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		text, err := io.ReadAll(req.Body)
		must(t, err)
		var call struct{ Findings []json.RawMessage }
		must(t, json.Unmarshal(text, &call))
		if len(call.Findings) == 0 || len(call.Findings) > 100 || len(text) > 6<<20 {
			t.Errorf("a call of %d findings, %d bytes", len(call.Findings), len(text))
		}
		for _, raw := range call.Findings {
			var f types.AwsSecurityFinding
			must(t, json.Unmarshal(raw, &f))
			if len(raw) > 240<<10 {
				t.Errorf("%s has %d bytes", *f.Id, len(raw))
			}
			if _, twice := got[*f.Id]; twice {
				t.Errorf("%s is imported twice", *f.Id)
			}
			got[*f.Id] = f
		}
		fmt.Fprintf(w, `{"FailedCount":0,"SuccessCount":%d}`, len(call.Findings))
	}))
	defer server.Close()
	client := securityhub.New(securityhub.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: aws.AnonymousCredentials{}})
	for _, b := range reporters.ASFFBatches(r, reporters.Options{}) {
		for i := range b.Findings {
			if *b.Findings[i].AwsAccountId != b.Account || *b.Findings[i].Region != b.Region {
				t.Errorf("a finding of %s is in a batch of %s", *b.Findings[i].AwsAccountId, b.Account)
			}
		}
		_, err := client.BatchImportFindings(context.Background(), &securityhub.BatchImportFindingsInput{Findings: b.Findings})
		must(t, err)
	}
	return got
}

// TestSecurityHubTakesEveryFinding: within its limits, in calls of at most 100.
func TestSecurityHubTakesEveryFinding(t *testing.T) {
	reports := cases()
	reports["1,000 exports"] = func() *scanner.Report { return bigReport(1000) }
	reports["every finding"] = everyFinding
	for name, report := range reports {
		r := report()
		got := imported(t, r)
		if want := len(r.Findings) + len(r.Tenants); len(got) != want {
			t.Errorf("%s: %d findings are imported, want %d", name, len(got), want)
		}
		for i := range r.Findings {
			f, there := got[r.Findings[i].Fingerprint]
			if !there {
				t.Fatalf("%s: %s is missing", name, r.Findings[i].Fingerprint)
			}
			for field, limit := range map[*string]int{f.Title: 256, f.Description: 1024, f.GeneratorId: 512, f.Resources[0].Id: 512} {
				if n := len(utf16.Encode([]rune(*field))); n > limit || strings.TrimSpace(*field) == "" {
					t.Errorf("%s: %.40q has %d code units, at most %d are taken", name, *field, n, limit)
				}
			}
			for _, value := range f.ProductFields {
				if strings.TrimSpace(value) == "" || len([]rune(value)) > 2048 {
					t.Errorf("%s: the product field %.40q is not taken", name, value)
				}
			}
		}
	}
}

// TestASFFPassesOnlyWhatPasses: archived is what is resolved, and nothing else; what
// was not assessed is neither a failure nor the soft pass that a warning is.
func TestASFFPassesOnlyWhatPasses(t *testing.T) {
	for _, now := range append(scanner.Statuses(), "") {
		r := everyFinding()
		r.Exports = []scanner.ExportResult{{Tenant: "acme", ID: firstExport, Results: map[string]scanner.Status{"tls_required": now}}}
		if now == "" {
			r.Exports = nil // the export is gone
		}
		got := imported(t, r)
		for i := range r.Findings {
			f := &r.Findings[i]
			status, record := types.ComplianceStatusNotAvailable, types.RecordStateActive
			switch {
			case f.State == scanner.StateResolved:
				record = types.RecordStateArchived
				if now == scanner.StatusPass {
					status = types.ComplianceStatusPassed
				}
			case f.Status == scanner.StatusFail:
				status = types.ComplianceStatusFailed
			}
			is := got[f.Fingerprint]
			if is.Compliance.Status != status || is.RecordState != record || is.Workflow != nil {
				t.Errorf("with the rule at %q %s is %s and %s, want %s and %s", now, f.Fingerprint, is.Compliance.Status, is.RecordState, status, record)
			}
			if said := is.ProductFields["trailguard/waiver"]; (said != "") != (f.Waiver != nil && f.State != scanner.StateResolved) {
				t.Errorf("%s is waived: %q", f.Fingerprint, said)
			}
		}
	}
}

// TestASFFArchivesNothingUnseen: that a list is whole is said only where all of it
// was asked for.
func TestASFFArchivesNothingUnseen(t *testing.T) {
	for _, tt := range []struct {
		name                            string
		complete, interrupted, selected bool
		want                            types.RecordState
	}{
		{"whole", true, false, false, types.RecordStateArchived},
		{"not whole", false, false, false, types.RecordStateActive},
		{"interrupted", true, true, false, types.RecordStateActive},
		{"some exports of a whole list", true, false, true, ""},
		{"some exports of a list that is not whole", false, false, true, types.RecordStateActive},
	} {
		r := &scanner.Report{Tenants: []scanner.TenantResult{{Name: "acme", Complete: tt.complete}}, Selected: tt.selected}
		r.Scan.Interrupted = tt.interrupted
		var got types.RecordState
		for _, f := range imported(t, r) {
			got = f.RecordState
			if (f.Compliance.Status == types.ComplianceStatusPassed) != (got == types.RecordStateArchived) {
				t.Errorf("%s: %s is %s", tt.name, got, f.Compliance.Status)
			}
		}
		if got != tt.want {
			t.Errorf("%s: scan_complete is %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestASFFGrowsWithTheRun: Security Hub ignores an update that is not later, so that
// one as of a later day must not keep out those until then.
func TestASFFGrowsWithTheRun(t *testing.T) {
	r := emptyReport()
	r.Findings = fullFindings()[:1]
	first := *imported(t, r)[r.Findings[0].Fingerprint].UpdatedAt
	r.Scan.EvaluatedAt = r.Scan.EvaluatedAt.AddDate(1, 0, 0)
	if same := *imported(t, r)[r.Findings[0].Fingerprint].UpdatedAt; same != first {
		t.Errorf("as of a later day %s becomes %s", first, same)
	}
	r.Scan.CollectedAt = r.Scan.CollectedAt.Add(time.Second)
	if second := *imported(t, r)[r.Findings[0].Fingerprint].UpdatedAt; second <= first {
		t.Errorf("the later run says %s, the earlier %s", second, first)
	}
}

// TestASFFPlaces: a finding goes where its bucket is, or as near as is known.
func TestASFFPlaces(t *testing.T) {
	for _, tt := range []struct {
		name     string
		export   scanner.ExportResult
		resource string
		want     string
	}{
		{"the bucket's own", scanner.ExportResult{BucketAccount: "333333333333", BucketRegion: "eu-west-1", Endpoint: scanner.Endpoint{Region: "us-east-1", RoleARN: trailRole}}, trailRole, "aws 333333333333 eu-west-1"},
		{"the writer's, where the bucket's is not known", scanner.ExportResult{Endpoint: scanner.Endpoint{Region: "eu-north-1", RoleARN: trailRole}}, trailBucket, "aws 111111111111 eu-north-1"},
		{"the user's", scanner.ExportResult{Endpoint: scanner.Endpoint{UserARN: "arn:aws:iam::444444444444:user/immuta"}}, trailBucket, "aws 444444444444 us-east-1"},
		{"that of what it is about", scanner.ExportResult{}, "arn:aws:kms:ap-south-1:555555555555:key/x", "aws 555555555555 ap-south-1"},
		{"none", scanner.ExportResult{}, trailBucket, "aws 000000000000 us-east-1"},
		{"another partition", scanner.ExportResult{BucketAccount: "333333333333", BucketRegion: "cn-north-1"}, "https://x.example", "aws-cn 333333333333 cn-north-1"},
		{"no region", scanner.ExportResult{BucketAccount: "333333333333", BucketRegion: "../../etc", Endpoint: scanner.Endpoint{Region: "us east"}}, trailBucket, "aws 333333333333 us-east-1"},
	} {
		r := &scanner.Report{Exports: []scanner.ExportResult{tt.export}}
		r.Exports[0].Tenant, r.Exports[0].ID = "acme", firstExport
		r.Findings = []scanner.Finding{{RuleID: "x", Status: scanner.StatusFail, Tenant: "acme", ExportID: firstExport, Resource: tt.resource, Fingerprint: "f"}}
		b := reporters.ASFFBatches(r, reporters.Options{})[0]
		arn := fmt.Sprintf("arn:%s:securityhub:%s:%s:product/%[3]s/default", strings.Fields(tt.want)[0], b.Region, b.Account)
		got := fmt.Sprint(b.Findings[0].Resources[0].Partition, " ", b.Account, " ", b.Region)
		if got != tt.want || *b.Findings[0].ProductArn != arn {
			t.Errorf("%s: %s with %s, want %s", tt.name, got, *b.Findings[0].ProductArn, tt.want)
		}
	}
	// A finding of the tenant, or of an export that is gone, goes with the others.
	r := fullReport()
	r.Exports[1].BucketAccount, r.Exports[1].BucketRegion = "100000000000", "eu-west-1"
	r.Findings = []scanner.Finding{{RuleID: "x", Tenant: "acme", ExportID: "gone", Fingerprint: "f"}}
	if b := reporters.ASFFBatches(r, reporters.Options{})[0]; b.Account != "100000000000" || b.Region != "eu-west-1" {
		t.Errorf("what is of no export goes to %s in %s", b.Account, b.Region)
	}
}

// TestASFFFolder: each file is what one call takes, under a name that is known again.
func TestASFFFolder(t *testing.T) {
	folder, ok := reporters.LookupFolder("asff")
	if !ok {
		t.Fatal("asff is no folder")
	}
	var names []string
	for _, f := range folder.Files(bigReport(60), reporters.Options{}) {
		names = append(names, f.Name)
		var text strings.Builder
		must(t, f.Write(&text))
		var findings []types.AwsSecurityFinding
		must(t, json.Unmarshal([]byte(text.String()), &findings))
		if !folder.Named(f.Name) || len(findings) == 0 || len(findings) > 100 {
			t.Errorf("%s holds %d findings", f.Name, len(findings))
		}
	}
	if got := strings.Join(names, " "); got != "111111111111-us-east-1-001.json 111111111111-us-east-1-002.json" {
		t.Errorf("the files are %s", got)
	}
	for _, name := range []string{"report.json", "111111111111-us-east-1.json", "x111111111111-us-east-1-001.json", "111111111111-us-east-1-001.json.bak"} {
		if folder.Named(name) {
			t.Errorf("%s would be taken away", name)
		}
	}
	if _, ok := reporters.LookupFolder("json"); ok {
		t.Error("json is a folder")
	}
}
