package scanner_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// run is a stream of records, and a judge that answers from a table.
type run struct {
	tenants []scanner.Tenant
	records []scanner.Record
	answers map[string][]scanner.Result // by export id, or tenant name
}

func (r *run) Header() scanner.Header    { return scanner.Header{CollectedAt: at} }
func (r *run) Tenants() []scanner.Tenant { return r.tenants }
func (r *run) Rules() []scanner.Rule     { return []scanner.Rule{{ID: "a"}, {ID: "b"}} }

func (r *run) Next() (*scanner.Record, error) {
	if len(r.records) == 0 {
		return nil, io.EOF
	}
	next := r.records[0]
	r.records = r.records[1:]
	return &next, nil
}

func (r *run) Record(_ context.Context, record *scanner.Record) ([]scanner.Result, error) {
	return r.answers[record.Configuration.ID], nil
}

func (r *run) Tenant(_ context.Context, t *scanner.Tenant) ([]scanner.Result, error) {
	return r.answers[t.Name], nil
}

func result(rule string, status scanner.Status, severity scanner.Severity) scanner.Result {
	res := scanner.Result{RuleID: rule, Status: status}
	if status == scanner.StatusFail || status == scanner.StatusUnknown || status == scanner.StatusError {
		res.Findings = []scanner.Finding{{RuleID: rule, Status: status, Severity: severity, Tenant: "acme", ExportID: "x"}}
	}
	return res
}

func one(results ...scanner.Result) *run {
	return &run{
		tenants: []scanner.Tenant{{Name: "acme", Complete: true}},
		records: []scanner.Record{{Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: "x"}}},
		answers: map[string][]scanner.Result{"x": results},
	}
}

func options() scanner.ReportOptions {
	return scanner.ReportOptions{AsOf: at, FailOn: scanner.SeverityLow}
}

func TestScanExitStatus(t *testing.T) {
	pass := result("a", scanner.StatusPass, "")
	fail := result("b", scanner.StatusFail, scanner.SeverityMedium)
	unknown := result("b", scanner.StatusUnknown, scanner.SeverityMedium)
	accepted := result("b", scanner.StatusUnknown, scanner.SeverityMedium)
	accepted.Findings[0].Gaps = []scanner.Gap{{Kind: document.KindACL, Accepted: &scanner.Waiver{}}}
	half := result("b", scanner.StatusUnknown, scanner.SeverityMedium)
	half.Findings[0].Gaps = []scanner.Gap{{Kind: document.KindACL, Accepted: &scanner.Waiver{}}, {Kind: document.KindACL}}
	waived := result("b", scanner.StatusFail, scanner.SeverityMedium)
	waived.Findings[0].Waiver = &scanner.Waiver{}
	tests := []struct {
		name   string
		run    *run
		change func(*scanner.ReportOptions)
		want   int
	}{
		{"all pass", one(pass), nil, scanner.ExitClean},
		{"a fail", one(pass, fail), nil, scanner.ExitFail},
		{"a fail below the threshold", one(pass, fail), func(o *scanner.ReportOptions) { o.FailOn = scanner.SeverityHigh }, scanner.ExitClean},
		{"a fail at the threshold", one(fail), func(o *scanner.ReportOptions) { o.FailOn = scanner.SeverityMedium }, scanner.ExitFail},
		{"a waived fail", one(waived), nil, scanner.ExitClean},
		{"an unknown", one(pass, unknown), nil, scanner.ExitIncomplete},
		{"an error of a rule", one(pass, result("b", scanner.StatusError, scanner.SeverityLow)), nil, scanner.ExitIncomplete},
		{"an unknown that is allowed", one(unknown), func(o *scanner.ReportOptions) { o.AllowIncomplete = true }, scanner.ExitClean},
		{"a fail beside an unknown", one(result("a", scanner.StatusFail, scanner.SeverityHigh), unknown), nil, scanner.ExitFail},
		{"an unknown whose gaps are accepted", one(accepted), nil, scanner.ExitClean},
		{"an unknown whose gaps are accepted in part", one(half), nil, scanner.ExitIncomplete},
		{"a fail that nothing is known of, with fail-on-new", one(fail), func(o *scanner.ReportOptions) { o.FailOnNew = true }, scanner.ExitFail},
		{"an old fail with fail-on-new", one(fail), func(o *scanner.ReportOptions) {
			o.FailOnNew = true
			o.Compare = func(r *scanner.Report) ([]scanner.Finding, error) {
				scanner.Compare(r, []scanner.Earlier{r.Earlier("acme")})
				return nil, nil
			}
		}, scanner.ExitClean},
		{"interrupted", one(pass), func(o *scanner.ReportOptions) { o.Seal = func() (string, bool) { return "d", true } }, scanner.ExitIncomplete},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			if tt.change != nil {
				tt.change(&o)
			}
			report, err := scanner.Scan(t.Context(), tt.run, tt.run, o)
			if err != nil {
				t.Fatal(err)
			}
			if report.Scan.ExitStatus != tt.want {
				t.Errorf("exit status %d, want %d", report.Scan.ExitStatus, tt.want)
			}
		})
	}
}

func TestScanOfAnUnreadableTenantIsIncomplete(t *testing.T) {
	r := one(result("a", scanner.StatusPass, ""))
	r.tenants = append(r.tenants, scanner.Tenant{Name: "zeta", Gaps: []scanner.Gap{{Kind: document.KindConfigurations, Reason: scanner.ReasonUnreachable}}})
	report, err := scanner.Scan(t.Context(), r, r, options())
	if err != nil {
		t.Fatal(err)
	}
	if report.Scan.Complete || report.Scan.ExitStatus != scanner.ExitIncomplete || len(report.Gaps) != 1 {
		t.Errorf("complete %v, exit %d, gaps %v: an unreadable tenant must show", report.Scan.Complete, report.Scan.ExitStatus, report.Gaps)
	}
}

func TestScanRefusesToJudgeNothing(t *testing.T) {
	r := &run{tenants: []scanner.Tenant{{Name: "acme", Complete: true}}}
	if _, err := scanner.Scan(t.Context(), r, r, options()); !errors.Is(err, scanner.ErrNothingJudged) {
		t.Errorf("error %v, want ErrNothingJudged", err)
	}
}

func TestScanSelectsExports(t *testing.T) {
	r := one(result("a", scanner.StatusPass, ""))
	r.records = append(r.records, scanner.Record{Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: "y"}})
	r.answers["y"] = []scanner.Result{result("a", scanner.StatusFail, scanner.SeverityHigh)}
	o := options()
	o.Exports = []string{"x"}
	report, err := scanner.Scan(t.Context(), r, r, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Exports) != 1 || report.Scan.ExitStatus != scanner.ExitClean {
		t.Errorf("exports %v, exit %d: only x was asked for", report.Exports, report.Scan.ExitStatus)
	}
}

// The report must not depend on the order in which exports come.
func TestScanSortsTheReport(t *testing.T) {
	build := func(reverse bool) string {
		r := one()
		r.records = nil
		for _, id := range []string{"a1", "b2", "c3"} {
			fail := result("a", scanner.StatusFail, scanner.SeverityHigh)
			fail.Findings[0].ExportID = id
			r.answers[id] = []scanner.Result{fail}
			r.records = append(r.records, scanner.Record{
				Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: id},
				Gaps:          []scanner.Gap{{Kind: document.KindACL, Resource: id}, {Kind: document.KindACL, Resource: "shared"}},
			})
		}
		if reverse {
			slices.Reverse(r.records)
		}
		report, err := scanner.Scan(t.Context(), r, r, options())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	forth, back := build(false), build(true)
	if diff := cmp.Diff(forth, back); diff != "" {
		t.Errorf("the report depends on the order of exports:\n%s", diff)
	}
	if n := strings.Count(forth, `"shared"`); n != 1 {
		t.Errorf("a gap that three exports share is listed %d times", n)
	}
}

func TestCoverageNeverRoundsUpToAll(t *testing.T) {
	r := one()
	results := make([]scanner.Result, 0, 3000)
	for range 2999 {
		results = append(results, result("a", scanner.StatusPass, ""))
	}
	r.answers["x"] = append(results, result("b", scanner.StatusUnknown, scanner.SeverityLow))
	report, err := scanner.Scan(t.Context(), r, r, options())
	if err != nil {
		t.Fatal(err)
	}
	if c := report.Summary.Coverage; c.Percent != 99.9 || c.Assessed != 2999 || c.Total != 3000 {
		t.Errorf("coverage %+v, want 99.9 %% of 3000", c)
	}
}

func TestFingerprintPartsDoNotRunTogether(t *testing.T) {
	if scanner.Fingerprint("r", "t", "ab", "c", "") == scanner.Fingerprint("r", "t", "a", "bc", "") {
		t.Error("two different findings have one fingerprint")
	}
}
