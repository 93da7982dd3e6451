package scanner_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
)

// audited is a report of two exports and one tenant, judged by the rules a and b of
// exports and t of tenants, which bear on AU-2; a and b also bear on others.
func audited(a, b [2]scanner.Status, tenant scanner.Status) *scanner.Report {
	bears := func(id string, scope scanner.Scope, ids ...string) scanner.Rule {
		return scanner.Rule{ID: id, Scope: scope, Controls: []scanner.Control{{Framework: "NIST", IDs: ids}}}
	}
	r := &scanner.Report{
		Summary: scanner.Summary{BySeverity: map[scanner.Severity]int{}},
		Rules: []scanner.Rule{
			bears("a", scanner.ScopeExport, "AU-12", "AU-2"), bears("b", scanner.ScopeExport, "AU-2"), bears("t", scanner.ScopeTenant, "AU-2"),
		},
		Tenants: []scanner.TenantResult{{Name: "acme", Complete: true, Results: map[string]scanner.Status{"t": tenant}}},
	}
	for i, id := range []string{"x", "y"} {
		r.Exports = append(r.Exports, scanner.ExportResult{
			Tenant: "acme", ID: id, Results: map[string]scanner.Status{"a": a[i], "b": b[i]},
		})
		for rule, status := range map[string]scanner.Status{"a": a[i], "b": b[i]} {
			if status != scanner.StatusPass && status != scanner.StatusNotApplicable {
				r.Findings = append(r.Findings, scanner.Finding{RuleID: rule, Tenant: "acme", ExportID: id, Status: status})
			}
		}
	}
	return r
}

const (
	passes  = scanner.StatusPass
	fails   = scanner.StatusFail
	unknown = scanner.StatusUnknown
	broken  = scanner.StatusError
	nothing = scanner.StatusNotApplicable
)

// waive covers every failure of a rule.
func waive(rule string) func(*scanner.Report) {
	return func(r *scanner.Report) {
		for i := range r.Findings {
			if f := &r.Findings[i]; f.RuleID == rule && f.Status == fails {
				f.Waiver = &scanner.Waiver{ApprovedBy: "j.doe"}
			}
		}
	}
}

func TestControls(t *testing.T) {
	pass := [2]scanner.Status{passes, passes}
	none := [2]scanner.Status{nothing, nothing}
	tests := []struct {
		name   string
		a, b   [2]scanner.Status
		tenant scanner.Status
		change func(*scanner.Report)
		want   scanner.ControlState
		reason string
	}{
		{name: "all pass", a: pass, b: pass, tenant: passes, want: scanner.ControlMet, reason: "3 of 3 rules passed wherever they apply"},
		{
			name: "one rule has nothing to judge", a: pass, b: none, tenant: passes, want: scanner.ControlMet,
			reason: "2 of 3 rules passed wherever they apply, and 1 had nothing to judge",
		},
		{name: "one passes, and applies to one export only", a: [2]scanner.Status{passes, nothing}, b: none, tenant: nothing, want: scanner.ControlMet, reason: "1 of 3 rules passed wherever they apply, and 2 had nothing to judge"},
		{name: "nothing to judge", a: none, b: none, tenant: nothing, want: scanner.ControlNotCovered, reason: "none of its rules had anything to judge"},
		{name: "a failure", a: pass, b: [2]scanner.Status{passes, fails}, tenant: passes, want: scanner.ControlNotMet, reason: "b fails for 1 export"},
		{name: "a failure of the tenant", a: pass, b: pass, tenant: fails, want: scanner.ControlNotMet, reason: "t fails for 1 tenant"},
		{name: "a failure and an unknown", a: [2]scanner.Status{unknown, unknown}, b: [2]scanner.Status{fails, fails}, tenant: passes, want: scanner.ControlNotMet, reason: "b fails for 2 exports"},
		{name: "an unknown", a: [2]scanner.Status{passes, unknown}, b: pass, tenant: passes, want: scanner.ControlNotAssessed, reason: "a is unknown for 1 export"},
		{name: "a rule that went wrong", a: [2]scanner.Status{passes, broken}, b: pass, tenant: passes, want: scanner.ControlNotAssessed, reason: "a went wrong for 1 export"},
		{name: "an unknown where nothing else applies", a: none, b: none, tenant: unknown, want: scanner.ControlNotAssessed, reason: "t is unknown for 1 tenant"},
		{
			name: "a result that is not there", a: pass, b: pass, tenant: passes, want: scanner.ControlNotAssessed, reason: "b is unknown for 1 export",
			change: func(r *scanner.Report) { delete(r.Exports[1].Results, "b") },
		},
		{
			name: "an accepted unknown", a: [2]scanner.Status{passes, unknown}, b: pass, tenant: passes, want: scanner.ControlNotAssessed, reason: "a is unknown for 1 export",
			change: func(r *scanner.Report) { r.Findings[0].Gaps = []scanner.Gap{{Accepted: &scanner.Waiver{}}} },
		},
		{
			name: "a waived failure", a: pass, b: [2]scanner.Status{passes, fails}, tenant: passes, change: waive("b"), want: scanner.ControlNotMet,
			reason: "b fails for 1 export: waived, which does not meet the control",
		},
		{
			name: "one of two failures is waived", a: [2]scanner.Status{fails, passes}, b: [2]scanner.Status{passes, fails}, tenant: passes, change: waive("b"),
			want: scanner.ControlNotMet, reason: "a fails for 1 export",
		},
		{
			name: "one of two findings about one export is waived", a: pass, b: [2]scanner.Status{passes, fails}, tenant: passes,
			change: func(r *scanner.Report) {
				waive("b")(r)
				r.Findings = append(r.Findings, scanner.Finding{RuleID: "b", Tenant: "acme", ExportID: "y", Status: fails})
			},
			want: scanner.ControlNotMet, reason: "b fails for 1 export",
		},
		{
			name: "a finding that is resolved", a: pass, b: pass, tenant: passes, want: scanner.ControlMet, reason: "3 of 3 rules passed wherever they apply",
			change: func(r *scanner.Report) {
				r.Findings = append(r.Findings, scanner.Finding{RuleID: "b", Tenant: "acme", ExportID: "y", Status: fails, State: scanner.StateResolved})
			},
		},
		{
			name: "the list of exports is not whole", a: pass, b: pass, tenant: passes, want: scanner.ControlNotAssessed,
			reason: "the list of exports of tenant acme is not whole",
			change: func(r *scanner.Report) { r.Tenants[0].Complete = false },
		},
		{
			name: "the run was interrupted", a: pass, b: pass, tenant: passes, want: scanner.ControlNotAssessed, reason: "the run was interrupted",
			change: func(r *scanner.Report) { r.Scan.Interrupted = true },
		},
		{
			name: "only some exports", a: pass, b: pass, tenant: passes, want: scanner.ControlNotAssessed, reason: "only some exports were judged",
			change: func(r *scanner.Report) { r.Selected = true },
		},
		{
			name: "a rule was left out", a: pass, b: pass, tenant: passes, want: scanner.ControlNotAssessed, reason: "left out of this run (t)",
			change: func(r *scanner.Report) { r.LeftOut, r.Rules = r.Rules[2:], r.Rules[:2] },
		},
		{
			name: "all of its rules were left out", a: pass, b: pass, tenant: passes, want: scanner.ControlNotAssessed,
			reason: "left out of this run (a, b, t)",
			change: func(r *scanner.Report) { r.LeftOut, r.Rules = r.Rules, nil },
		},
		{
			name: "nothing to compare with", a: pass, b: none, tenant: passes, want: scanner.ControlNotAssessed,
			reason: "no baseline was given to compare with (b)",
			change: func(r *scanner.Report) { r.Rules[1].Requires = []string{"access_widened"} },
		},
		{
			name: "compared, and nothing to judge", a: pass, b: none, tenant: passes, want: scanner.ControlMet,
			reason: "2 of 3 rules passed wherever they apply, and 1 had nothing to judge",
			change: func(r *scanner.Report) {
				r.Rules[1].Requires, r.Scan.Baseline = []string{"access_widened"}, &scanner.BaselineInfo{}
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := audited(tt.a, tt.b, tt.tenant)
			if tt.change != nil {
				tt.change(r)
			}
			r.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
			at := slices.IndexFunc(r.Controls, func(c scanner.ControlResult) bool { return c.ID == "AU-2" })
			got := r.Controls[at]
			if got.State != tt.want || got.Reason != tt.reason {
				t.Errorf("%s (%s), want %s (%s)", got.State, got.Reason, tt.want, tt.reason)
			}
			if got.Waived != strings.Contains(tt.reason, ": waived") {
				t.Errorf("waived: %t", got.Waived)
			}
		})
	}
}

// TestControlsSayWhatIsBehind: the exports behind a state are named, those that
// pass are counted.
func TestControlsSayWhatIsBehind(t *testing.T) {
	r := audited([2]scanner.Status{passes, fails}, [2]scanner.Status{unknown, nothing}, passes)
	waive("a")(r)
	r.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
	want := []scanner.ControlRule{
		{RuleID: "a", Passed: 1, Waived: 1, Open: []scanner.ControlSubject{{Tenant: "acme", ExportID: "y", Status: fails, Waived: true}}},
		{RuleID: "b", Unknown: 1, NotApplicable: 1, Open: []scanner.ControlSubject{{Tenant: "acme", ExportID: "x", Status: unknown}}},
		{RuleID: "t", Passed: 1, Open: []scanner.ControlSubject{}},
	}
	if diff := cmp.Diff(want, r.Controls[0].Rules); diff != "" {
		t.Error(diff)
	}
	if r.Controls[0].ID != "AU-2" || r.Controls[1].ID != "AU-12" {
		t.Errorf("the controls are ordered %s, %s: by number", r.Controls[0].ID, r.Controls[1].ID)
	}
}

// TestAnAttestationChangesNoState: what is not assessed stays so, whoever says that
// it passed; and a failure that somebody saw by hand stands beside a control that is
// met.
func TestAnAttestationChangesNoState(t *testing.T) {
	said := func(result scanner.AttestedResult, change func(*scanner.Attestation)) []scanner.Attestation {
		a := scanner.Attestation{RuleID: "b", Result: result, By: "Ada", At: "2026-01-01", Expires: "2026-12-31"}
		change(&a)
		return []scanner.Attestation{a, {Framework: "NIST", Control: "AU-2", Result: result, By: "Ada", At: "2026-01-01", Expires: "2026-12-31"}}
	}
	pass, open, failing := [2]scanner.Status{passes, passes}, [2]scanner.Status{passes, unknown}, [2]scanner.Status{passes, fails}
	for _, tt := range []struct {
		name   string
		b      [2]scanner.Status
		result scanner.AttestedResult
		want   scanner.ControlState
	}{
		{"an unknown that passed by hand", open, scanner.PassedByHand, scanner.ControlNotAssessed},
		{"a failure that passed by hand", failing, scanner.PassedByHand, scanner.ControlNotMet},
		{"a pass that failed by hand", pass, scanner.FailedByHand, scanner.ControlMet},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, bare := audited(pass, tt.b, passes), audited(pass, tt.b, passes)
			r.Scan.EvaluatedAt = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
			r.Attest(said(tt.result, func(a *scanner.Attestation) { a.ExportID = "y" }))
			r.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
			bare.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
			got := r.Controls[slices.IndexFunc(r.Controls, func(c scanner.ControlResult) bool { return c.ID == "AU-2" })]
			if got.State != tt.want || len(got.Attestations) != 2 {
				t.Errorf("the control is %s with %+v", got.State, got.Attestations)
			}
			for i := range r.Findings {
				if n := len(r.Attested(&r.Findings[i])); n != 1 {
					t.Errorf("%d attestations stand beside the finding", n)
				}
			}
			r.Attestations, r.Scan.EvaluatedAt = nil, bare.Scan.EvaluatedAt
			for i := range r.Controls {
				r.Controls[i].Attestations = nil
			}
			if diff := cmp.Diff(bare, r); diff != "" {
				t.Errorf("an attestation changed the report:\n%s", diff)
			}
		})
	}
}

func TestWhenAnAttestationApplies(t *testing.T) {
	for _, tt := range []struct {
		at, export string
		want       scanner.AttestationState
	}{
		{"2026-03-01T00:00:00Z", "", scanner.AttestationApplies},
		{"2026-09-01T23:59:59Z", "x", scanner.AttestationApplies},
		{"2026-09-02T00:30:00+01:00", "x", scanner.AttestationApplies}, // still the day before in UTC
		{"2026-09-02T00:00:00Z", "x", scanner.AttestationExpired},
		{"2026-02-28T23:59:59Z", "x", scanner.AttestationLater},
		{"2026-03-01T00:00:00Z", "gone", scanner.AttestationNothing},
	} {
		r := audited([2]scanner.Status{fails, fails}, [2]scanner.Status{passes, passes}, passes)
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		r.Scan.EvaluatedAt = at
		r.Attest([]scanner.Attestation{{RuleID: "a", ExportID: tt.export, At: "2026-03-01", Expires: "2026-09-01"}})
		beside := len(r.Attested(&r.Findings[0])) // about export x
		if got := r.Attestations[0].State; got != tt.want || (beside == 1) != (tt.want == scanner.AttestationApplies) {
			t.Errorf("at %s, of export %q: it %s, and %d stand beside the finding", tt.at, tt.export, got, beside)
		}
	}
}
