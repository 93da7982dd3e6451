package main

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

const (
	replacedID = "0b6e4d2a-77c1-4f3e-9a58-d4c1e2f3a6b7"
)

// days are sandboxes of one company that take turns at one address, as the
// same tenant looks on different days.
type days struct {
	*program
	server *sandbox.Server
}

func newDays(t *testing.T) *days {
	t.Helper()
	p, server := newSandboxed(t, sandbox.Options{})
	return &days{p, server}
}

// restart serves the company with some texts of its data changed.
func (d *days) restart(t *testing.T, edits ...edit) {
	t.Helper()
	address, err := url.Parse(d.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	d.server.Close()
	d.server, err = sandbox.Start(t.Context(), sandbox.Options{Now: time.Now(), Data: edited(t, edits), Address: address.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.server.Close)
}

// scanJSON scans and returns the report.
func (d *days) scanJSON(t *testing.T, status int, args ...string) *scanner.Report {
	t.Helper()
	end := d.run(t, append([]string{"scan", "--format", "json"}, args...)...)
	end.want(t, status)
	var report scanner.Report
	if err := json.Unmarshal([]byte(end.stdout), &report); err != nil {
		t.Fatalf("%v in %s", err, end.stdout)
	}
	return &report
}

// inState lists the findings of a state as "rule export".
func inState(r *scanner.Report, state scanner.State) []string {
	var list []string
	for _, f := range r.Findings {
		if f.State == state {
			list = append(list, f.RuleID+" "+f.ExportID)
		}
	}
	return list
}

func TestStoryOfAFirstApproval(t *testing.T) {
	d := newDays(t)
	d.run(t, "snapshot", "-o", "monday.jsonl.zst").want(t, scanner.ExitIncomplete, "exports 14, gaps 1")
	d.run(t, "baseline", "show", "monday.jsonl.zst").want(t, scanner.ExitFail, "nobody approved it")
	d.run(t, "baseline", "approve", "monday.jsonl.zst", "--by", "Ada").want(t, scanner.ExitUsage, "--reason")
	d.run(t, "baseline", "approve", "monday.jsonl.zst", "--by", "Ada Lovelace", "--reason", "quarterly review", "--history", "h.db").want(t, 0)
	if approved := d.run(t, "history", "approvals", "--history", "h.db"); !strings.Contains(approved.stdout, "Ada Lovelace: quarterly review") {
		t.Errorf("the history does not know the approval:\n%s%s", approved.stdout, approved.stderr)
	}
	shown := d.run(t, "baseline", "show", "monday.jsonl.zst")
	shown.want(t, 0)
	for _, text := range []string{"by Ada Lovelace", "reason    quarterly review"} {
		if !strings.Contains(shown.stdout, text) {
			t.Errorf("baseline show does not say %q:\n%s", text, shown.stdout)
		}
	}
	report := d.scanJSON(t, scanner.ExitFail, "--snapshot", "monday.jsonl.zst", "--baseline", "monday.jsonl.zst")
	if b := report.Scan.Baseline; b == nil || b.Approved == nil || b.Approved.By != "Ada Lovelace" || b.Digest != report.Scan.SnapshotDigest {
		t.Errorf("the report does not say by whom its baseline was approved: %+v", b)
	}
	// What failed when it was approved is known: it fails the run only on request.
	d.run(t, "scan", "--snapshot", "monday.jsonl.zst", "--baseline", "monday.jsonl.zst", "--fail-on-new").want(t, scanner.ExitIncomplete)

	// Another snapshot under the same name is not what was approved.
	d.run(t, "snapshot", "-o", "monday.jsonl.zst").want(t, scanner.ExitIncomplete)
	d.run(t, "scan", "--snapshot", "monday.jsonl.zst", "--baseline", "monday.jsonl.zst").want(t, scanner.ExitCannotRun, "approved the snapshot")
}

func TestStoryOfAPolicyWidenedOvernight(t *testing.T) {
	d := newDays(t)
	d.run(t, "snapshot", "-o", "monday.jsonl.zst").want(t, scanner.ExitIncomplete)
	d.restart(t, edit{
		"policies/bucket/finance.json", `"Statement": [`,
		`"Statement": [
    {"Sid": "Temp", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-audit-finance-eu/*"},`,
	})
	d.run(t, "snapshot", "-o", "tuesday.jsonl.zst").want(t, scanner.ExitIncomplete)

	report := d.scanJSON(t, scanner.ExitFail, "--snapshot", "tuesday.jsonl.zst", "--baseline", "monday.jsonl.zst", "--fail-on-new")
	if got := strings.Join(inState(report, scanner.StateNew), ", "); got != "access_not_widened "+financeID {
		t.Errorf("new findings are %s", got)
	}
	if gone := inState(report, scanner.StateResolved); len(gone) > 0 {
		t.Errorf("resolved: %v, and nothing was mended", gone)
	}
	diff := d.run(t, "diff", "monday.jsonl.zst", "tuesday.jsonl.zst")
	diff.want(t, scanner.ExitFail)
	for _, text := range []string{"WIDENED  bucket_policy  arn:aws:s3:::acme-audit-finance-eu", "s3:GetObject by arn:aws:iam::999999999999:", `+  "Sid": "Temp"`} {
		if !strings.Contains(diff.stdout, text) {
			t.Errorf("diff does not say %q:\n%s", text, diff.stdout)
		}
	}
	if n := strings.Count(diff.stdout, "WIDENED"); n != 1 {
		t.Errorf("diff names %d widened documents, want 1:\n%s", n, diff.stdout)
	}
}

func TestStoryOfAConfigurationMadeAnew(t *testing.T) {
	d := newDays(t)
	d.run(t, "snapshot", "-o", "monday.jsonl.zst").want(t, scanner.ExitIncomplete)
	d.restart(t, edit{"exports.yaml", financeID, replacedID})
	report := d.scanJSON(t, scanner.ExitFail, "--baseline", "monday.jsonl.zst", "--history", "none")
	states := strings.Join(inState(report, scanner.StateNew), ", ")
	for _, want := range []string{
		"configuration_unchanged " + replacedID, "external_id_equals_configuration_id " + replacedID, "external_id_required " + replacedID,
	} {
		if !strings.Contains(states, want) {
			t.Errorf("%q is not new: %s", want, states)
		}
	}
	var messages []string
	for _, c := range report.Drift {
		messages = append(messages, string(c.Effect)+": "+c.Message)
		if c.Effect == scanner.EffectRemoved {
			t.Errorf("the old configuration counts as removed: %s", c.Message)
		}
	}
	all := strings.Join(messages, "\n")
	if !strings.Contains(all, "recreated: ") || !strings.Contains(all, financeID) {
		t.Errorf("the new configuration is not paired with the old one:\n%s", all)
	}
}

func TestHistoryKnowsWhatIsNew(t *testing.T) {
	d := newDays(t)
	// The reader may read everything, so that runs are complete.
	whole := edit{"company.yaml", `{action: "s3:GetBucketPolicy"`, `{action: "s3:GetBucketWebsite"`}
	d.restart(t, whole)
	const onChange = "cat > changed.json"
	d.scanJSON(t, scanner.ExitFail, "--history", "h.db", "--on-change", onChange)
	if exists(d.path("changed.json")) {
		t.Error("the first run has nothing to compare with, and yet --on-change ran")
	}
	again := d.scanJSON(t, scanner.ExitClean, "--history", "h.db", "--on-change", onChange, "--fail-on-new", "--fail-on", "low")
	if n := len(inState(again, scanner.StateUnchanged)); n != len(again.Findings) || n == 0 {
		t.Errorf("%d of %d findings are unchanged in a second run of the same", n, len(again.Findings))
	}
	if exists(d.path("changed.json")) {
		t.Error("nothing changed, and yet --on-change ran")
	}

	d.restart(t, whole, edit{"policies/trust/finance.json", financeID, replacedID})
	report := d.scanJSON(t, scanner.ExitFail, "--history", "h.db", "--on-change", onChange, "--fail-on-new")
	got := strings.Join(inState(report, scanner.StateNew), ", ")
	if !strings.Contains(got, "external_id_equals_configuration_id "+financeID) {
		t.Errorf("new findings are %s", got)
	}
	if told := d.read(t, "changed.json"); !strings.Contains(told, "external_id_equals_configuration_id") || !strings.Contains(told, `"new": [`) {
		t.Errorf("--on-change was told %s", told)
	}

	d.restart(t, whole)
	mended := d.scanJSON(t, scanner.ExitFail, "--history", "h.db")
	if got := strings.Join(inState(mended, scanner.StateResolved), ", "); !strings.Contains(got, "external_id_equals_configuration_id "+financeID) {
		t.Errorf("resolved findings are %s", got)
	}

	runs := d.run(t, "history", "runs", "--history", "h.db")
	runs.want(t, 0, "4 runs in h.db")
	d.run(t, "history", "verify", "--history", "h.db").want(t, 0)
	d.run(t, "history", "export", "3", "-o", "third.jsonl", "--history", "h.db").want(t, 0)
	third := d.scanJSON(t, scanner.ExitFail, "--snapshot", "third.jsonl")
	if third.Scan.SnapshotDigest != report.Scan.SnapshotDigest {
		t.Errorf("the snapshot comes back with digest %s, and had %s", third.Scan.SnapshotDigest, report.Scan.SnapshotDigest)
	}
	findings := d.run(t, "history", "findings", "--all", "--rule", "external_id_equals_configuration_id", "--export", financeID, "--history", "h.db")
	if !strings.Contains(findings.stdout, " to ") {
		t.Errorf("the finding that came and went is not shown with its end:\n%s", findings.stdout)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
