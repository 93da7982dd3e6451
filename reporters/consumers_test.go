package reporters_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// everyFinding has one finding for every status, state and acceptance.
func everyFinding() *scanner.Report {
	r := &scanner.Report{Tenants: []scanner.TenantResult{{Name: "acme", Complete: true}}, Scan: emptyReport().Scan}
	waiver := &scanner.Waiver{ApprovedBy: "dana", Expires: "2026-12-31", Justification: "moving"}
	for _, status := range []scanner.Status{scanner.StatusFail, scanner.StatusUnknown, scanner.StatusError} {
		for _, state := range []scanner.State{"", scanner.StateNew, scanner.StateUnchanged, scanner.StateResolved, scanner.StateIncomparable} {
			for _, w := range []*scanner.Waiver{nil, waiver} {
				if w != nil && status != scanner.StatusFail {
					continue // waivers are for failures
				}
				r.Findings = append(r.Findings, scanner.Finding{
					RuleID: "tls_required", Severity: scanner.SeverityHigh, Status: status, State: state, Tenant: "acme", ExportID: firstExport,
					Resource: trailBucket, Message: "m", Waiver: w, Fingerprint: fmt.Sprintf("%s/%s/%t", status, state, w != nil),
				})
			}
		}
	}
	return r
}

// TestOCSFLeavesNothingOut: a finding is there whatever became of it, and none is
// a pass or the soft pass that a warning is.
func TestOCSFLeavesNothingOut(t *testing.T) {
	r := everyFinding()
	lines := strings.Split(strings.TrimSpace(render(t, "ocsf", r, reporters.Options{})), "\n")
	if len(lines) != 1+len(r.Findings) || !strings.Contains(lines[0], `"compliance":{"control":"scan_complete","status_id":1,"status":"Pass"}`) {
		t.Fatalf("%d events of %d findings, the first is %s", len(lines), len(r.Findings), lines[0])
	}
	lines = lines[1:]
	for i := range r.Findings {
		f := &r.Findings[i]
		var e struct {
			Activity   int `json:"activity_id"`
			Status     int `json:"status_id"`
			Compliance struct {
				Status int    `json:"status_id"`
				Code   string `json:"status_code"`
			} `json:"compliance"`
			Finding struct {
				UID string `json:"uid"`
			} `json:"finding_info"`
		}
		must(t, json.Unmarshal([]byte(lines[i]), &e))
		verdict := map[scanner.Status]int{scanner.StatusFail: 3, scanner.StatusUnknown: 0, scanner.StatusError: 99}[f.Status]
		status, activity := 1, 1
		if f.Waiver != nil {
			status = 3
		}
		switch f.State {
		case scanner.StateResolved:
			status, activity = 4, 3
		case scanner.StateUnchanged, scanner.StateIncomparable:
			activity = 2
		case scanner.StateNew:
		}
		if e.Finding.UID != f.Fingerprint || e.Compliance.Status != verdict || e.Status != status || e.Activity != activity {
			t.Errorf("%s is event %+v, want verdict %d, status %d, activity %d", f.Fingerprint, e, verdict, status, activity)
		}
		if (e.Compliance.Code == "not_assessed") != (f.Status == scanner.StatusUnknown) {
			t.Errorf("%s has the code %q", f.Fingerprint, e.Compliance.Code)
		}
	}
}

// TestGitLabShowsWhatIsOpen: what is neither waived nor mended, once each.
func TestGitLabShowsWhatIsOpen(t *testing.T) {
	r := everyFinding()
	var issues []struct {
		Fingerprint, Description string
	}
	must(t, json.Unmarshal([]byte(render(t, "gitlab", r, reporters.Options{})), &issues))
	shown := map[string]string{}
	for _, issue := range issues {
		shown[issue.Fingerprint] = issue.Description
	}
	if len(shown) != len(issues) {
		t.Errorf("%d issues with %d fingerprints: GitLab shows one of each", len(issues), len(shown))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		open := f.State != scanner.StateResolved && f.Waiver == nil
		said, there := shown[f.Fingerprint]
		if there != open {
			t.Errorf("%s is shown: %t, want %t", f.Fingerprint, there, open)
		}
		if there && f.Status != scanner.StatusFail && !strings.HasPrefix(said, "not assessed: ") {
			t.Errorf("%s is shown as %q", f.Fingerprint, said)
		}
	}
}

// TestNothingIsGreenThatIsNotWhole: without findings, a list of exports that could
// not be read is one.
func TestNothingIsGreenThatIsNotWhole(t *testing.T) {
	for _, r := range []*scanner.Report{
		{Tenants: []scanner.TenantResult{{Name: "acme"}}},
		{Tenants: []scanner.TenantResult{{Name: "acme", Complete: true}}, Scan: scanner.ScanInfo{Interrupted: true}},
	} {
		for _, format := range []string{"gitlab", "gitlab-sast", "ocsf", "asff", "oscal"} {
			if text := render(t, format, r, reporters.Options{}); !strings.Contains(text, "scan_complete") || !strings.Contains(text, "not assessed: ") {
				t.Errorf("%s says %s", format, text)
			}
		}
	}
}
