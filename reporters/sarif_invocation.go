package reporters

import (
	"slices"
	"time"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/scanner"
)

// invocation reports whether everything could be judged, and names what could
// not.
func (s *sarifLog) invocation(t tenantRun, cut int) *sarif.Invocation {
	scan := &s.report.Scan
	invocation := sarif.NewInvocation().
		WithExecutionSuccessful(scan.Complete && !scan.Interrupted && len(t.withheld) == 0).
		WithExitCode(scan.ExitStatus).
		WithStartTimeUtc(scan.CollectedAt.UTC().Format(time.RFC3339)).
		WithEndTimeUtc(scan.EvaluatedAt.UTC().Format(time.RFC3339))
	note := func(text string) {
		invocation.AddToolExecutionNotification(sarif.NewNotification().WithMessage(sarif.NewTextMessage(plainMessage(text))))
	}
	if cut > 0 {
		note(scanner.Count(cut, "result was", "results were") + " left out, the least severe: GitHub accepts 25000 a run; the json report has them all")
	}
	if scan.Plan != nil {
		note("planned: " + scan.Plan.Sentence())
	}
	if scan.Interrupted {
		note("the scan was interrupted: this is what had been collected until then")
	}
	for i := range s.report.Tenants {
		if tenant := &s.report.Tenants[i]; !tenant.Complete && slices.Contains(t.tenants, tenant.Name) {
			note("the exports of tenant " + Visible(tenant.Name) + " could not be read, or not all of them")
		}
	}
	for _, name := range t.withheld {
		note("no export of tenant " + Visible(name) + " could be read: its results are left out, so that its alerts stay open")
	}
	for _, g := range byPermission(s.gapsOf(t.tenants)) {
		text := g.step() + ", on " + some(g.resources, 20, "resource", "resources")
		if len(g.details) > 0 {
			text += ": " + some(g.details, 3, "answer", "answers")
		}
		note(text)
	}
	return invocation
}

// gapsOf returns the pending gaps behind findings of these tenants, and those
// behind no finding, which may concern any tenant.
func (s *sarifLog) gapsOf(tenants []string) []scanner.Gap {
	ours, theirs := map[scanner.GapID]bool{}, map[scanner.GapID]bool{}
	for i := range s.report.Findings {
		f := &s.report.Findings[i]
		for j := range f.Gaps {
			if slices.Contains(tenants, f.Tenant) {
				ours[f.Gaps[j].ID()] = true
			} else {
				theirs[f.Gaps[j].ID()] = true
			}
		}
	}
	return slices.DeleteFunc(pendingGaps(s.report.Gaps), func(g scanner.Gap) bool {
		return theirs[g.ID()] && !ours[g.ID()]
	})
}
