package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/trailguard/trailguard/scanner"
)

// mostMended is for how many findings a scan proves a change: as many as come to some
// seconds, whatever the fleet.
const mostMended = 500

// fix proves a change for each finding that may have one, the gravest first.
func (r *scanRun) fix(ctx context.Context, report *scanner.Report) error {
	slices.SortStableFunc(report.Findings, func(a, b scanner.Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	left, err := r.fixer.Mend(ctx, report.Findings, mostMended)
	if left > 0 {
		r.app.note("--fixes proved changes for the %d gravest findings and looked at no other: trailguard fix FINGERPRINT does, of %s more", mostMended, scanner.Count(left, "finding", "findings"))
	}
	return err
}
