package scanner_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

func TestStates(t *testing.T) {
	finding := func(status scanner.Status, fingerprint string) scanner.Finding {
		return scanner.Finding{RuleID: "r", Tenant: "acme", ExportID: "x", Status: status, Fingerprint: fingerprint}
	}
	fail, unknown := finding(scanner.StatusFail, "f"), finding(scanner.StatusUnknown, "u")
	keyed := finding(scanner.StatusFail, "f2")
	tests := []struct {
		name     string
		before   []scanner.Finding
		now      []scanner.Finding
		status   scanner.Status // of the rule now; empty: the export is not listed
		complete bool
		want     scanner.State // of the only finding; empty: there is none
		resolved int
	}{
		{"a failure that was there", []scanner.Finding{fail}, []scanner.Finding{fail}, scanner.StatusFail, true, scanner.StateUnchanged, 0},
		{"a failure that was not", nil, []scanner.Finding{fail}, scanner.StatusFail, true, scanner.StateNew, 0},
		{"a failure where nobody could look", []scanner.Finding{unknown}, []scanner.Finding{fail}, scanner.StatusFail, true, scanner.StateNew, 0},
		{"another failure of the same rule", []scanner.Finding{keyed}, []scanner.Finding{fail}, scanner.StatusFail, true, scanner.StateNew, 1},
		{"a failure that is mended", []scanner.Finding{fail}, nil, scanner.StatusPass, true, "", 1},
		{"a failure that no longer applies", []scanner.Finding{fail}, nil, scanner.StatusNotApplicable, true, "", 1},
		{"a failure where nobody can look now", []scanner.Finding{fail}, []scanner.Finding{unknown}, scanner.StatusUnknown, true, scanner.StateIncomparable, 0},
		{"nobody could look, nor can", []scanner.Finding{unknown}, []scanner.Finding{unknown}, scanner.StatusUnknown, true, scanner.StateUnchanged, 0},
		{"what passed can not be read now", nil, []scanner.Finding{unknown}, scanner.StatusUnknown, true, scanner.StateIncomparable, 0},
		{"the export is deleted", []scanner.Finding{fail}, nil, "", true, "", 1},
		{"the export is missing from a list that is not whole", []scanner.Finding{fail}, nil, "", false, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &scanner.Report{
				Tenants:  []scanner.TenantResult{{Name: "acme", Complete: tt.complete}},
				Findings: append([]scanner.Finding(nil), tt.now...),
			}
			if tt.status != "" {
				r.Exports = []scanner.ExportResult{{Tenant: "acme", ID: "x", Results: map[string]scanner.Status{"r": tt.status}}}
			}
			resolved, err := scanner.NewEarlier(tt.before).Compare(r)
			if err != nil {
				t.Fatal(err)
			}
			var got scanner.State
			if len(r.Findings) > 0 {
				got = r.Findings[0].State
			}
			if got != tt.want || len(resolved) != tt.resolved {
				t.Errorf("state %q and %d resolved, want %q and %d", got, len(resolved), tt.want, tt.resolved)
			}
		})
	}
}
