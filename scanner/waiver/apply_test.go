package waiver_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/waiver"
)

func parse(t *testing.T, text string) *waiver.File {
	t.Helper()
	file, err := waiver.Parse("w.yaml", []byte(text), known())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func entry(what string) string {
	return "waivers:\n  - rules: [tls_required]\n    " + what + terms
}

func finding(status scanner.Status) scanner.Finding {
	return scanner.Finding{RuleID: "tls_required", Status: status, Tenant: "acme", ExportID: "77aa", Resource: "arn:aws:s3:::audit/x"}
}

func TestOnlyAFailIsWaived(t *testing.T) {
	file := parse(t, entry("exports: ['*']"))
	for _, status := range scanner.Statuses() {
		findings := []scanner.Finding{finding(status)}
		file.Apply(day(t, "2026-08-01T00:00:00Z"), findings, nil)
		if waived := findings[0].Waiver != nil; waived != (status == scanner.StatusFail) {
			t.Errorf("%s: waived is %t", status, waived)
		}
		if findings[0].Status != status {
			t.Errorf("%s became %s", status, findings[0].Status)
		}
	}
}

func TestWhatAWaiverCovers(t *testing.T) {
	other := finding(scanner.StatusFail)
	other.RuleID = "external_id_required"
	tenant := finding(scanner.StatusFail)
	tenant.ExportID = ""
	tests := []struct {
		what    string
		finding scanner.Finding
		want    bool
	}{
		{"exports: [77aa]", finding(scanner.StatusFail), true},
		{"exports: [259fc41c]", finding(scanner.StatusFail), false},
		{"exports: [7?a*]", finding(scanner.StatusFail), true},
		{"exports: [7?]", finding(scanner.StatusFail), false},
		{"exports: ['*']", other, false},
		{"exports: ['*']", tenant, false},
		{"resources: ['*']", tenant, true},
		{"resources: ['arn:aws:s3:::aud*']", finding(scanner.StatusFail), true},
		{"resources: ['arn:aws:s3:::audit']", finding(scanner.StatusFail), false},
		{"resources: ['*x*']", finding(scanner.StatusFail), true},
		{"resources: ['*y']", finding(scanner.StatusFail), false},
		{"resources: ['arn:aws:s3:::[a]udit/x']", finding(scanner.StatusFail), false},
		{"exports: [77aa]\n    resources: [other]", finding(scanner.StatusFail), false},
		{"exports: ['2*']\n    resources: ['*']", finding(scanner.StatusFail), false},
	}
	for _, tt := range tests {
		findings := []scanner.Finding{tt.finding}
		report := parse(t, entry(tt.what)).Apply(day(t, "2026-08-01T00:00:00Z"), findings, nil)
		if got := findings[0].Waiver != nil; got != tt.want {
			t.Errorf("%s on %s %s: waived is %t", tt.what, tt.finding.RuleID, tt.finding.Resource, got)
		}
		if len(report.Applied)+len(report.Unused) != 1 || len(report.Applied) == 1 != tt.want {
			t.Errorf("%s: report is %+v", tt.what, report)
		}
	}
}

func TestLifeOfAWaiver(t *testing.T) {
	tests := []struct {
		asOf                      string
		waived, expiring, expired bool
	}{
		{"2027-01-16T23:59:59Z", true, false, false},
		{"2027-01-17T00:00:00Z", true, true, false},
		{"2027-01-31T23:59:59Z", true, true, false},
		{"2027-02-01T00:00:00Z", false, false, true},
		{"2027-02-01T00:30:00+01:00", true, true, false}, // still January in UTC
	}
	for _, tt := range tests {
		findings := []scanner.Finding{finding(scanner.StatusFail), finding(scanner.StatusFail)}
		report := parse(t, entry("exports: ['*']")).Apply(day(t, tt.asOf), findings, nil)
		got := []bool{findings[0].Waiver != nil, len(report.Expiring) == 1, len(report.Expired) == 1}
		if diff := cmp.Diff([]bool{tt.waived, tt.expiring, tt.expired}, got); diff != "" {
			t.Errorf("%s: waived, expiring, expired:\n%s", tt.asOf, diff)
		}
		for _, list := range [][]scanner.WaiverUse{report.Applied, report.Expired} {
			if len(list) == 1 && list[0].Findings != 2 {
				t.Errorf("%s: %d findings are counted, want 2", tt.asOf, list[0].Findings)
			}
		}
	}
}

func TestWaiverNamesItsSource(t *testing.T) {
	findings := []scanner.Finding{finding(scanner.StatusFail)}
	parse(t, "# note\n"+entry("exports: ['*']")).Apply(day(t, "2026-08-01T00:00:00Z"), findings, nil)
	want := &scanner.Waiver{Justification: "j", ApprovedBy: "Ada", Expires: "2027-01-31", Source: "w.yaml:3"}
	if diff := cmp.Diff(want, findings[0].Waiver); diff != "" {
		t.Error(diff)
	}
}

func TestExpiredWaiverDoesNotHideAValidOne(t *testing.T) {
	text := "waivers:\n  - rules: [tls_required]\n    exports: ['*']\n    justification: old\n    approvedBy: a\n    expires: 2020-01-01\n" +
		"  - rules: [tls_required]\n    resources: ['*']\n    justification: new\n    approvedBy: a\n    expires: 2030-01-01\n"
	findings := []scanner.Finding{finding(scanner.StatusFail)}
	report := parse(t, text).Apply(day(t, "2026-08-01T00:00:00Z"), findings, nil)
	if findings[0].Waiver == nil || findings[0].Waiver.Justification != "new" {
		t.Errorf("waiver is %+v", findings[0].Waiver)
	}
	if len(report.Expired) != 1 || len(report.Applied) != 1 {
		t.Errorf("report is %+v", report)
	}
}

func gap(reason scanner.GapReason) scanner.Gap {
	return scanner.Gap{Kind: document.KindBucketPolicy, Call: "s3:GetBucketPolicy", Resource: "arn:aws:s3:::x", Reason: reason, Permission: "s3:GetBucketPolicy"}
}

func gapEntry(field, resource string) string {
	return "acceptedGaps:\n  - " + field + "\n    resource: \"" + resource + "\"" + terms
}

func keyEntry(rule, key, about string) string {
	return "acceptedGaps:\n  - rule: " + rule + "\n    key: " + key + "\n    " + about + terms
}

func TestAcceptedKeyStaysVisible(t *testing.T) {
	unknown := finding(scanner.StatusUnknown)
	unknown.Needs = []string{"aws:SourceVpce"}
	file := parse(t, keyEntry("tls_required", "aws:SourceVpce", "export: 77aa"))
	findings := []scanner.Finding{unknown}
	report := file.Apply(day(t, "2026-08-01T00:00:00Z"), findings, nil)
	if f := findings[0]; f.Status != scanner.StatusUnknown || f.Waiver != nil || !f.Accepted() || len(f.Acceptances()) != 1 {
		t.Errorf("the finding is %+v", findings[0])
	}
	if len(report.Applied) != 1 || report.Applied[0].Findings != 1 || report.Applied[0].Key != "aws:SourceVpce" {
		t.Errorf("report is %+v", report.Applied)
	}
	findings = []scanner.Finding{unknown}
	if report := file.Apply(day(t, "2028-01-01T00:00:00Z"), findings, nil); findings[0].Accepted() || len(report.Expired) != 1 {
		t.Errorf("an expired acceptance still applies: %+v", report)
	}
	if report := file.Apply(day(t, "2026-08-01T00:00:00Z"), nil, nil); len(report.Unused) != 1 {
		t.Errorf("an acceptance of nothing is not unused: %+v", report)
	}
	if lines := file.Strangers([]string{"other"}); len(lines) != 1 {
		t.Errorf("an export that is gone is not named: %q", lines)
	}
}

func TestAcceptedGapStaysVisible(t *testing.T) {
	unknown := finding(scanner.StatusUnknown)
	unknown.Gaps = []scanner.Gap{gap(scanner.ReasonDenied)}
	findings, gaps := []scanner.Finding{unknown}, []scanner.Gap{gap(scanner.ReasonDenied)}
	report := parse(t, gapEntry("permission: s3:getbucketpolicy", "arn:aws:s3:::*")).Apply(day(t, "2026-08-01T00:00:00Z"), findings, gaps)
	if findings[0].Status != scanner.StatusUnknown || findings[0].Waiver != nil || len(findings[0].Gaps) != 1 {
		t.Errorf("the finding is %+v", findings[0])
	}
	if !findings[0].Accepted() || gaps[0].Accepted == nil {
		t.Error("the gap is not accepted")
	}
	if len(report.Applied) != 1 || report.Applied[0].Findings != 1 || report.Applied[0].Permission != "s3:getbucketpolicy" {
		t.Errorf("report is %+v", report.Applied)
	}
}

func TestWhatAnAcceptedGapDoesNotCover(t *testing.T) {
	other := gap(scanner.ReasonDenied)
	other.Resource = "arn:aws:s3:::y"
	nameless := gap(scanner.ReasonTimeout)
	nameless.Permission = ""
	tests := []struct {
		name, entry string
		gaps        []scanner.Gap
		needs       []string
		want        bool
	}{
		{"another permission", gapEntry("permission: s3:GetBucketAcl", "*"), []scanner.Gap{gap(scanner.ReasonDenied)}, nil, false},
		{"another resource", gapEntry("permission: s3:GetBucketPolicy", "arn:aws:s3:::x"), []scanner.Gap{other}, nil, false},
		{"one of two gaps", gapEntry("permission: s3:GetBucketPolicy", "arn:aws:s3:::x"), []scanner.Gap{gap(scanner.ReasonDenied), other}, nil, false},
		{"context keys besides", gapEntry("permission: s3:GetBucketPolicy", "*"), []scanner.Gap{gap(scanner.ReasonDenied)}, []string{"aws:SourceIp"}, false},
		{"interrupted", gapEntry("call: s3:GetBucketPolicy", "*"), []scanner.Gap{gap(scanner.ReasonInterrupted)}, nil, false},
		{"a timeout, where a permission is accepted", gapEntry("permission: s3:GetBucketPolicy", "*"), []scanner.Gap{nameless}, nil, false},
		{"throttling of the call that the permission is for", gapEntry("permission: s3:GetBucketPolicy", "*"), []scanner.Gap{gap(scanner.ReasonThrottled)}, nil, false},
		{"a key, where its permission is accepted", keyEntry("tls_required", "aws:SourceIp", "resource: '*'"), []scanner.Gap{gap(scanner.ReasonDenied)}, []string{"aws:SourceIp"}, false},
		{"a key", keyEntry("tls_required", "AWS:sourceip", "resource: '*'"), nil, []string{"aws:SourceIp"}, true},
		{"one of two keys", keyEntry("tls_required", "aws:SourceIp", "resource: '*'"), nil, []string{"aws:SourceIp", "aws:SourceVpc"}, false},
		{"the key of another rule", keyEntry("external_id_required", "aws:SourceIp", "resource: '*'"), nil, []string{"aws:SourceIp"}, false},
		{"the key of another export", keyEntry("tls_required", "aws:SourceIp", "export: other"), nil, []string{"aws:SourceIp"}, false},
		{"the key of another resource", keyEntry("tls_required", "aws:SourceIp", "resource: arn:aws:s3:::y"), nil, []string{"aws:SourceIp"}, false},
		{"a timeout, where the call is accepted", gapEntry("call: s3:GetBucketPolicy", "*"), []scanner.Gap{nameless}, nil, true},
		{"no gap at all", gapEntry("call: s3:GetBucketPolicy", "*"), nil, nil, false},
	}
	for _, tt := range tests {
		unknown := finding(scanner.StatusUnknown)
		unknown.Gaps, unknown.Needs = tt.gaps, tt.needs
		findings := []scanner.Finding{unknown}
		parse(t, tt.entry).Apply(day(t, "2026-08-01T00:00:00Z"), findings, nil)
		if got := findings[0].Accepted(); got != tt.want {
			t.Errorf("%s: accepted is %t", tt.name, got)
		}
	}
	findings, gaps := []scanner.Finding{}, []scanner.Gap{gap(scanner.ReasonDenied)}
	report := parse(t, gapEntry("permission: s3:GetBucketPolicy", "*")).Apply(day(t, "2028-01-01T00:00:00Z"), findings, gaps)
	if gaps[0].Accepted != nil || len(report.Expired) != 1 {
		t.Errorf("an expired acceptance still applies: %+v", report)
	}
}

func TestNewIsFilledInAndThenParses(t *testing.T) {
	fail := finding(scanner.StatusFail)
	fail.Message = "two\nlines \x1b[31m # and a comment"
	fail.Resource = `arn:"quoted": \ [x]` + "\n\xff"
	fail.ExportID = "77aa"
	unknown := finding(scanner.StatusUnknown)
	unknown.Gaps = []scanner.Gap{gap(scanner.ReasonDenied), gap(scanner.ReasonDenied), {Call: "sts:GetCallerIdentity", Resource: "x"}}
	open := finding(scanner.StatusUnknown)
	open.Needs = []string{"aws:SourceVpce", "s3:x-amz-acl"}
	for _, f := range []scanner.Finding{fail, unknown, open} {
		text := waiver.New(&f)
		_, err := waiver.Parse("w.yaml", []byte(text), known())
		if err == nil || !strings.Contains(err.Error(), "justification is missing") {
			t.Errorf("the skeleton as it stands: %v\n%s", err, text)
		}
		text = strings.NewReplacer("justification:", "justification: j", "approvedBy:", "approvedBy: a", "expires:", "expires: 2027-01-31").Replace(text)
		file, err := waiver.Parse("w.yaml", []byte(text), known())
		if err != nil {
			t.Fatalf("filled in: %v\n%s", err, text)
		}
		f.Resource = strings.ToValidUTF8(f.Resource, "\uFFFD")
		findings := []scanner.Finding{f}
		if file.Apply(day(t, "2026-08-01T00:00:00Z"), findings, nil); findings[0].Waiver == nil && !findings[0].Accepted() {
			t.Errorf("the entry does not cover the finding that it was made for:\n%s", text)
		}
	}
	failed := finding(scanner.StatusError)
	if _, err := waiver.Parse("w.yaml", []byte(waiver.New(&failed)), known()); err != nil {
		t.Errorf("for an error: %v", err)
	}
}
