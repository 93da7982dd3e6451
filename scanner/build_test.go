package scanner_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// run is what was judged, in the order in which it comes.
type run struct {
	tenants     []scanner.Tenant
	records     []scanner.Record
	answers     map[string][]scanner.Result // by export id
	earlier     []scanner.Earlier
	interrupted bool
}

// report builds, compares and concludes.
func (r *run) report(threshold scanner.Threshold) (*scanner.Report, error) {
	b := scanner.NewBuilder(scanner.Header{CollectedAt: at}, []scanner.Rule{{ID: "a"}, {ID: "b"}}, scanner.ReportOptions{AsOf: at})
	for i := range r.records {
		b.Add(&scanner.Judged{Record: &r.records[i], Subject: &scanner.Subject{}, Results: r.answers[r.records[i].Configuration.ID]})
	}
	for i := range r.tenants {
		b.Add(&scanner.Judged{Tenant: &r.tenants[i]})
	}
	report, err := b.Report()
	if err != nil {
		return nil, err
	}
	scanner.Compare(report, r.earlier)
	report.Scan.Interrupted = r.interrupted
	report.Conclude(threshold)
	return report, nil
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

// low is the threshold of a run without flags.
var low = scanner.Threshold{FailOn: scanner.SeverityLow}

func TestExitStatus(t *testing.T) {
	pass := result("a", scanner.StatusPass, "")
	fail := result("b", scanner.StatusFail, scanner.SeverityMedium)
	unknown := result("b", scanner.StatusUnknown, scanner.SeverityMedium)
	accepted := result("b", scanner.StatusUnknown, scanner.SeverityMedium)
	accepted.Findings[0].Gaps = []scanner.Gap{{Kind: document.KindACL, Accepted: &scanner.Waiver{}}}
	half := result("b", scanner.StatusUnknown, scanner.SeverityMedium)
	half.Findings[0].Gaps = []scanner.Gap{{Kind: document.KindACL, Accepted: &scanner.Waiver{}}, {Kind: document.KindACL}}
	waived := result("b", scanner.StatusFail, scanner.SeverityMedium)
	waived.Findings[0].Waiver = &scanner.Waiver{}
	old, stopped := one(fail), one(pass)
	old.earlier = []scanner.Earlier{{Tenant: "acme", Complete: true, Findings: []scanner.Prior{{ExportID: "x", RuleID: "b", Status: scanner.StatusFail}}}}
	stopped.interrupted = true
	tests := []struct {
		name      string
		run       *run
		threshold scanner.Threshold
		want      int
	}{
		{"all pass", one(pass), low, scanner.ExitClean},
		{"a fail", one(pass, fail), low, scanner.ExitFail},
		{"a fail below the threshold", one(pass, fail), scanner.Threshold{FailOn: scanner.SeverityHigh}, scanner.ExitClean},
		{"a fail at the threshold", one(fail), scanner.Threshold{FailOn: scanner.SeverityMedium}, scanner.ExitFail},
		{"a waived fail", one(waived), low, scanner.ExitClean},
		{"an unknown", one(pass, unknown), low, scanner.ExitIncomplete},
		{"an error of a rule", one(pass, result("b", scanner.StatusError, scanner.SeverityLow)), low, scanner.ExitIncomplete},
		{"an unknown that is allowed", one(unknown), scanner.Threshold{FailOn: scanner.SeverityLow, AllowIncomplete: true}, scanner.ExitClean},
		{"a fail beside an unknown", one(result("a", scanner.StatusFail, scanner.SeverityHigh), unknown), low, scanner.ExitFail},
		{"an unknown whose gaps are accepted", one(accepted), low, scanner.ExitClean},
		{"an unknown whose gaps are accepted in part", one(half), low, scanner.ExitIncomplete},
		{"a fail that nothing is known of, with fail-on-new", one(fail), scanner.Threshold{FailOn: scanner.SeverityLow, FailOnNew: true}, scanner.ExitFail},
		{"an old fail with fail-on-new", old, scanner.Threshold{FailOn: scanner.SeverityLow, FailOnNew: true}, scanner.ExitClean},
		{"interrupted", stopped, low, scanner.ExitIncomplete},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report, err := tt.run.report(tt.threshold)
			if err != nil {
				t.Fatal(err)
			}
			if report.Scan.ExitStatus != tt.want {
				t.Errorf("exit status %d, want %d", report.Scan.ExitStatus, tt.want)
			}
		})
	}
}

func TestReportOfAnUnreadableTenantIsIncomplete(t *testing.T) {
	r := one(result("a", scanner.StatusPass, ""))
	r.tenants = append(r.tenants, scanner.Tenant{Name: "zeta", Gaps: []scanner.Gap{{Kind: document.KindConfigurations, Reason: scanner.ReasonUnreachable}}})
	report, err := r.report(low)
	if err != nil {
		t.Fatal(err)
	}
	if report.Scan.Complete || report.Scan.ExitStatus != scanner.ExitIncomplete || len(report.Gaps) != 1 {
		t.Errorf("complete %v, exit %d, gaps %v: an unreadable tenant must show", report.Scan.Complete, report.Scan.ExitStatus, report.Gaps)
	}
}

func TestReportRefusesToJudgeNothing(t *testing.T) {
	r := &run{tenants: []scanner.Tenant{{Name: "acme", Complete: true}}}
	if _, err := r.report(low); !errors.Is(err, scanner.ErrNothingJudged) {
		t.Errorf("error %v, want ErrNothingJudged", err)
	}
}

// The report must not depend on the order in which exports come.
func TestReportIsSorted(t *testing.T) {
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
		report, err := r.report(low)
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
	report, err := r.report(low)
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
