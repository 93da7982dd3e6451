package scanner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
)

// TestCompare is the table of what became of one rule's finding about one
// export, whoever kept the earlier ones.
func TestCompare(t *testing.T) {
	type findings map[string]scanner.Status // by fingerprint
	const fail, unknown, failed = scanner.StatusFail, scanner.StatusUnknown, scanner.StatusError
	tests := []struct {
		name     string
		before   findings
		now      findings
		status   scanner.Status // of the rule now; empty: the export was not judged
		change   func(*scanner.Earlier, *scanner.Report)
		want     string // states of today's findings by fingerprint, and of what is missing
		unlisted bool   // the tenant no longer lists the export
	}{
		{name: "a failure that was there", before: findings{"f": fail}, now: findings{"f": fail}, status: fail, want: "f unchanged"},
		{name: "a failure that was not", now: findings{"f": fail}, status: fail, want: "f new"},
		{name: "a failure where nobody could look", before: findings{"f": unknown}, now: findings{"f": fail}, status: fail, want: "f new"},
		{name: "another failure of the same rule", before: findings{"g": fail}, now: findings{"f": fail}, status: fail, want: "f new, g resolved"},
		{name: "a failure that is mended", before: findings{"f": fail}, status: scanner.StatusPass, want: "f resolved"},
		{name: "a failure that no longer applies", before: findings{"f": fail}, status: scanner.StatusNotApplicable, want: "f resolved"},
		{name: "a failure where nobody can look now", before: findings{"f": fail}, now: findings{"f": unknown}, status: unknown, want: "f incomparable"},
		{name: "one of several where nobody can look now", before: findings{"f": fail, "g": fail}, now: findings{"u": unknown}, status: unknown, want: "u incomparable"},
		{name: "a failure whose rule failed itself", before: findings{"f": fail}, now: findings{"f": failed}, status: failed, want: "f incomparable"},
		{name: "nobody could look, nor can", before: findings{"u": unknown}, now: findings{"u": unknown}, status: unknown, want: "u unchanged"},
		{name: "nobody could look, and all is well", before: findings{"u": unknown}, status: scanner.StatusPass},
		{name: "what passed cannot be read now", now: findings{"u": unknown}, status: unknown, want: "u incomparable"},
		{
			name: "a new export that cannot be read", now: findings{"u": unknown}, status: unknown, want: "u new",
			change: func(e *scanner.Earlier, _ *scanner.Report) { e.Exports = nil },
		},
		{
			name: "an export that cannot be read, and may be new", now: findings{"u": unknown}, status: unknown, want: "u incomparable",
			change: func(e *scanner.Earlier, _ *scanner.Report) { e.Exports, e.Complete = nil, false },
		},
		{name: "the export is deleted", before: findings{"f": fail}, unlisted: true, want: "f resolved"},
		{
			name: "the export is missing from a list that is not whole", before: findings{"f": fail}, unlisted: true, want: "f incomparable",
			change: func(_ *scanner.Earlier, r *scanner.Report) { r.Tenants[0].Complete = false },
		},
		{name: "the export was not judged", before: findings{"f": fail}},
		{
			name: "only other exports were asked for", before: findings{"f": fail}, unlisted: true,
			change: func(_ *scanner.Earlier, r *scanner.Report) { r.Selected = true },
		},
		{
			name: "the rule was not asked for", before: findings{"f": fail}, status: scanner.StatusPass,
			change: func(_ *scanner.Earlier, r *scanner.Report) { r.Rules = nil },
		},
		{
			name: "the tenant was not asked for", before: findings{"f": fail},
			change: func(_ *scanner.Earlier, r *scanner.Report) { r.Tenants = nil },
		},
		{
			name: "other rules", before: findings{"f": fail, "g": fail}, now: findings{"f": fail, "h": fail}, status: fail, want: "f unchanged, h incomparable",
			change: func(e *scanner.Earlier, _ *scanner.Report) { e.RulesDigest = "others" },
		},
		{
			name: "other rules, and nobody can look", before: findings{"u": unknown}, now: findings{"u": unknown}, status: unknown, want: "u incomparable",
			change: func(e *scanner.Earlier, _ *scanner.Report) { e.RulesDigest = "others" },
		},
		{
			name: "nothing earlier is known of the tenant", before: findings{"f": fail}, now: findings{"f": fail}, status: fail, want: "f ",
			change: func(e *scanner.Earlier, _ *scanner.Report) { e.Tenant = "globex" },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := scanner.Earlier{Tenant: "acme", RulesDigest: "rules", Exports: []string{"x"}, Complete: true}
			for fingerprint, status := range tt.before {
				e.Findings = append(e.Findings, scanner.Prior{Fingerprint: fingerprint, ExportID: "x", RuleID: "r", Status: status})
			}
			r := &scanner.Report{
				Tool:    scanner.Tool{RulesDigest: "rules"},
				Rules:   []scanner.Rule{{ID: "r"}},
				Tenants: []scanner.TenantResult{{Name: "acme", Complete: true}},
			}
			if !tt.unlisted {
				r.Tenants[0].ConfigurationIDs = []string{"x"}
			}
			if tt.status != "" {
				r.Exports = []scanner.ExportResult{{Tenant: "acme", ID: "x", Results: map[string]scanner.Status{"r": tt.status}}}
			}
			for fingerprint, status := range tt.now {
				r.Findings = append(r.Findings, scanner.Finding{RuleID: "r", Tenant: "acme", ExportID: "x", Status: status, Fingerprint: fingerprint})
			}
			if tt.change != nil {
				tt.change(&e, r)
			}
			missing := scanner.Compare(r, []scanner.Earlier{e})
			var got []string
			for _, f := range r.Findings {
				got = append(got, f.Fingerprint+" "+string(f.State))
			}
			for _, m := range missing {
				got = append(got, m.Fingerprint+" "+string(m.State))
			}
			slices.Sort(got) // tables of Go have no order
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMissingFindings(t *testing.T) {
	was := scanner.Finding{Status: scanner.StatusFail, Message: "others may write", Waiver: &scanner.Waiver{}}
	m := scanner.Missing{State: scanner.StateResolved, CollectedAt: at}
	want := scanner.Finding{Status: scanner.StatusFail, Message: "others may write", State: scanner.StateResolved}
	if diff := cmp.Diff(want, m.Finding(was)); diff != "" {
		t.Errorf("resolved (-want +got):\n%s", diff)
	}
	m.State = scanner.StateIncomparable
	want.State, want.Status = scanner.StateIncomparable, scanner.StatusUnknown
	want.Message = "failed on 2026-03-01 and could not be checked now, since the tenant's list of exports could not be read completely: others may write"
	if diff := cmp.Diff(want, m.Finding(was)); diff != "" {
		t.Errorf("not looked at (-want +got):\n%s", diff)
	}
}

// What a report says of a tenant is what the next one is compared with.
func TestEarlierOfAReport(t *testing.T) {
	fail := scanner.Finding{RuleID: "r", Tenant: "acme", ExportID: "x", Status: scanner.StatusFail, Fingerprint: "f"}
	gone, other := fail, fail
	gone.Fingerprint, gone.State = "g", scanner.StateResolved
	other.Tenant = "globex"
	r := &scanner.Report{
		Scan: scanner.ScanInfo{CollectedAt: at}, Tool: scanner.Tool{RulesDigest: "rules"},
		Tenants:  []scanner.TenantResult{{Name: "acme", ConfigurationIDs: []string{"x", "y"}}},
		Findings: []scanner.Finding{fail, gone, other},
	}
	want := scanner.Earlier{
		Tenant: "acme", CollectedAt: at, RulesDigest: "rules", Exports: []string{"x", "y"},
		Findings: []scanner.Prior{{Fingerprint: "f", ExportID: "x", RuleID: "r", Status: scanner.StatusFail}},
	}
	if diff := cmp.Diff(want, r.Earlier("acme")); diff != "" {
		t.Errorf("earlier (-want +got):\n%s", diff)
	}
	want = scanner.Earlier{Tenant: "initech", CollectedAt: at, RulesDigest: "rules", Complete: true}
	if diff := cmp.Diff(want, r.Earlier("initech")); diff != "" {
		t.Errorf("a tenant that was not there (-want +got):\n%s", diff)
	}
}
