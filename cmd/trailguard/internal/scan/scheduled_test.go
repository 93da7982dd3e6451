package scan_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
)

// Whoever is told of runs as they end hears of every failure, also of those of the
// first run and of those that new rules find; never twice of the same.
func TestNotice(t *testing.T) {
	r := &scanner.Report{
		FormatVersion: scanner.ReportFormatVersion,
		Scan:          scanner.ScanInfo{EvaluatedAt: time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC), Complete: true, SnapshotDigest: "sha256:1"},
		Tenants:       []scanner.TenantResult{{Name: "acme"}},
		Exports:       []scanner.ExportResult{{Tenant: "acme", ID: "told"}, {Tenant: "acme", ID: "old"}},
	}
	for state, rule := range map[scanner.State]string{
		"": "first_run", scanner.StateNew: "new", scanner.StateUnchanged: "unchanged", scanner.StateResolved: "resolved", scanner.StateIncomparable: "other_rules",
	} {
		f := scanner.Finding{RuleID: rule, Severity: scanner.SeverityHigh, Status: scanner.StatusFail, State: state, Tenant: "acme", ExportID: "told", Fingerprint: rule}
		if state == scanner.StateUnchanged {
			f.ExportID = "old"
		}
		r.Findings = append(r.Findings, f)
	}
	told := read(t, r)
	var rules []string
	for i := range told.Findings {
		rules = append(rules, told.Findings[i].RuleID)
	}
	slices.Sort(rules)
	if want := []string{"first_run", "new", "other_rules", "resolved"}; !slices.Equal(rules, want) {
		t.Errorf("%q are told, want %q", rules, want)
	}
	if len(told.Exports) != 1 || told.Exports[0].ID != "told" || len(told.Tenants) != 1 {
		t.Errorf("of exports %+v, tenants %+v", told.Exports, told.Tenants)
	}
	if publish.ID(told) != publish.ID(r) {
		t.Error("a receiver could not tell that it is the same report")
	}
	r.Findings = nil
	if told := read(t, r); !told.Scan.Complete {
		t.Error("that a run is complete again is not told")
	}
}

// read returns what a destination makes of the notice of a report.
func read(t *testing.T, r *scanner.Report) *scanner.Report {
	t.Helper()
	text, err := scan.Notice(r)
	if err != nil {
		t.Fatal(err)
	}
	told, err := publish.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return told
}
