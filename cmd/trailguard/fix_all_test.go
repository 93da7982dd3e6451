package main

import (
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/patches"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/fix"
)

// fixAll is what fix --all says of a scan, the findings that it is about, and the
// fingerprints of those that have no fix.
func fixAll(t *testing.T, base *seen) (findings []scanner.Finding, report *patches.Report, left map[string]bool) {
	t.Helper()
	f, found := fixer(t, base)
	findings, err := (&fixFlags{}).asked(found, nil, f, scanner.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if report, err = (&fixFlags{}).mend(t.Context(), f, findings); err != nil {
		t.Fatal(err)
	}
	left = map[string]bool{}
	for i := range report.Unfixed {
		left[report.Unfixed[i].Fingerprint] = true
	}
	return findings, report, left
}

// TestAllFixesMendTogether makes all that fix --all prints for the demo: each finding
// that has a fix, or that another's fix mends, is gone in one scan, and nothing is new.
func TestAllFixesMendTogether(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	base := see(t, acme.Files())
	findings, report, left := fixAll(t, base)
	company := acme.Files()
	for i := range report.Fixes {
		for _, c := range report.Fixes[i].Changes() {
			company = changed(t, company, &fix.Change{Kind: c.Kind, Resource: c.Resource, Before: c.Before, Document: c.Document})
		}
	}
	after := see(t, company)
	nothingNew(t, "all fixes", base, after)
	for i := range findings {
		f := &findings[i]
		if found := after.finds(f); found != left[f.Fingerprint] {
			t.Errorf("%s of %s: found after all fixes is %t, without a fix is %t", f.RuleID, f.Resource, found, left[f.Fingerprint])
		}
	}
}
