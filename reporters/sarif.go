package reporters

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/scanner"
)

const (
	informationURI = "https://github.com/trailguard/trailguard"
	// The limits of GitHub code scanning, beyond which it rejects the file.
	maxRuns    = 20
	maxResults = 25000
)

// SARIF writes the report as SARIF 2.1.0, one run per tenant. The GitHub
// profile holds what needs attention, unknowns included, because an alert that
// is left out is closed; the full profile adds what passed, what is waived and
// how each result relates to the baseline.
func SARIF(w io.Writer, r *scanner.Report, o Options) error {
	if o.Profile == "" {
		o.Profile = ProfileGitHub
	}
	if !slices.Contains(Profiles(), o.Profile) {
		return fmt.Errorf("unknown SARIF profile %q: use one of %s", o.Profile, strings.Join(Profiles(), ", "))
	}
	s := &sarifLog{report: r, options: o, full: o.Profile == ProfileFull, rules: sarifRules(r)}
	log := sarif.NewReport()
	for _, run := range s.runs() {
		log.AddRun(s.run(run))
	}
	if err := writeJSON(w, (*bareLog)(log), jsontext.WithIndent(" ")); err != nil {
		return fmt.Errorf("write sarif report: %w", err)
	}
	return nil
}

// bareLog is a log without the library's methods. One validates by a schema, which
// links templates, which keep every method of every package in the program.
type bareLog sarif.Report

type sarifLog struct {
	report  *scanner.Report
	options Options
	full    bool
	rules   []scanner.Rule // sorted by id, one for every id that a result has
}

// tenantRun is what becomes a run: one tenant, or all where there are too many
// for a run each.
type tenantRun struct {
	id       string // as in automationDetails
	tenants  []string
	withheld []string // tenants whose results are left out; see runs
}

// runs decides which runs there are. GitHub closes every alert of a run's
// category that the run does not repeat. A tenant whose exports could not be
// read at all therefore gets no run in the GitHub profile, so that its alerts
// stay as they are. All other runs name such tenants.
func (s *sarifLog) runs() []tenantRun {
	unread := map[string]bool{}
	names := make([]string, 0, len(s.report.Tenants))
	for i := range s.report.Tenants {
		t := &s.report.Tenants[i]
		names = append(names, t.Name)
		unread[t.Name] = !t.Complete && !s.full
	}
	for i := range s.report.Exports {
		names = append(names, s.report.Exports[i].Tenant)
		unread[s.report.Exports[i].Tenant] = false
	}
	for i := range s.report.Findings {
		names = append(names, s.report.Findings[i].Tenant)
	}
	var tenants, withheld []string
	for _, name := range distinctSorted(names) {
		if unread[name] {
			withheld = append(withheld, name)
		} else {
			tenants = append(tenants, name)
		}
	}
	// What a plan does not repeat is none of its business: a category of its own keeps
	// alerts of scans open.
	tool := "trailguard/"
	if s.report.Scan.Plan != nil {
		tool = "trailguard plan/"
	}
	switch {
	case len(tenants) == 0:
		return []tenantRun{{id: tool, withheld: withheld}}
	case len(tenants) > maxRuns:
		return []tenantRun{{id: tool + "all tenants/", tenants: tenants, withheld: withheld}}
	}
	runs := make([]tenantRun, 0, len(tenants))
	for _, name := range tenants {
		runs = append(runs, tenantRun{id: tool + segment(name) + "/", tenants: []string{name}, withheld: withheld})
	}
	return runs
}

// segment makes a tenant's name one segment of a category.
func segment(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2F").Replace(Visible(name))
}

// run makes one run.
func (s *sarifLog) run(t tenantRun) *sarif.Run {
	results, cut := s.results(t.tenants)
	run := sarif.NewRunWithInformationURI("trailguard", informationURI)
	version := Visible(s.report.Tool.Version)
	run.Tool.Driver.Version = &version
	if semantic := strings.TrimPrefix(version, "v"); isSemantic(semantic) {
		run.Tool.Driver.SemanticVersion = &semantic
	}
	for i := range s.rules {
		run.Tool.Driver.AddRule(sarifRule(&s.rules[i]))
	}
	run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(t.id))
	run.WithColumnKind("utf16CodeUnits")
	run.WithInvocations([]*sarif.Invocation{s.invocation(t, cut)})
	run.WithResults(results)
	return run
}

// isSemantic reports whether a version begins as semantic versions do.
func isSemantic(version string) bool {
	var major, minor, patch int
	n, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch)
	return err == nil && n == 3
}

// results makes a run's results, the most severe first, and counts those beyond
// GitHub's limit.
func (s *sarifLog) results(tenants []string) (results []*sarif.Result, cut int) {
	p := newPartition(s.report.Findings)
	kept := [][]*scanner.Finding{p.fails, p.unassessed, p.accepted}
	if s.full {
		kept = append(kept, p.waived, p.resolved)
	}
	results = []*sarif.Result{}
	for _, list := range kept {
		for _, g := range byRule(list) {
			for _, f := range g.findings {
				if slices.Contains(tenants, f.Tenant) {
					results = append(results, s.result(f))
				}
			}
		}
	}
	if s.full {
		return append(results, s.passed(tenants)...), 0
	}
	if len(results) > maxResults {
		results, cut = results[:maxResults], len(results)-maxResults
	}
	return results, cut
}
