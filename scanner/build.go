package scanner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// builder gathers results into a report. Exports with the same statuses share
// one map, so that memory does not grow with passing results.
type builder struct {
	o        ReportOptions
	r        Report
	patterns map[string]map[string]Status
	gaps     map[GapID]Gap
}

func newBuilder(h Header, rules []Rule, o ReportOptions) *builder {
	b := &builder{o: o, patterns: map[string]map[string]Status{}, gaps: map[GapID]Gap{}}
	b.r = Report{
		FormatVersion: ReportFormatVersion,
		Tool:          o.Tool,
		Scan: ScanInfo{
			CollectedAt: h.CollectedAt.UTC(), EvaluatedAt: o.AsOf.UTC(), Baseline: o.Baseline,
			Assumptions: Assumptions(),
		},
		Summary:  Summary{ByStatus: map[Status]int{}, BySeverity: map[Severity]int{}, Rules: len(rules)},
		Tenants:  []TenantResult{},
		Exports:  []ExportResult{},
		Findings: []Finding{},
		Drift:    []Change{},
		Gaps:     []Gap{},
		Waivers:  WaiverReport{Applied: []WaiverUse{}, Expired: []WaiverUse{}, Unused: []WaiverUse{}, Expiring: []WaiverUse{}},
		Rules:    rules,
		Selected: len(o.Exports) > 0,
	}
	for _, s := range Statuses() {
		b.r.Summary.ByStatus[s] = 0
	}
	for _, s := range Severities() {
		b.r.Summary.BySeverity[s] = 0
	}
	return b
}

// Assumptions are what every access answer takes for granted: grants are not
// read, and the others nobody can read outside the organisation's management
// account.
func Assumptions() []string {
	return []string{
		"no KMS grant allows what the key policy that was read does not",
		"no resource control policy (RCP) denies what the policies that were read allow",
		"no service control policy (SCP) denies what the policies that were read allow",
		"no session policy narrows the role session that Immuta opens",
		"no VPC endpoint policy denies what the policies that were read allow",
	}
}

func (b *builder) addRecord(record *Record, results []Result) {
	c := &record.Configuration
	e := ExportResult{
		Tenant: c.Tenant, ID: c.ID, Interval: c.Interval, ConnectionStatus: c.ConnectionStatus,
		Endpoint: c.Endpoint, Results: b.results(results),
	}
	if !slices.Contains(c.Missing, "enabled") {
		enabled := c.Enabled
		e.Enabled = &enabled
	}
	b.r.Exports = append(b.r.Exports, e)
	b.addGaps(record.Gaps)
}

func (b *builder) addTenant(t *Tenant, results []Result) {
	b.r.Tenants = append(b.r.Tenants, TenantResult{
		Name: t.Name, URL: t.URL, Complete: t.Complete, Results: b.results(results), ConfigurationIDs: t.ConfigurationIDs,
	})
	b.addGaps(t.Gaps)
}

func (b *builder) addGaps(gaps []Gap) {
	for _, g := range gaps {
		if _, seen := b.gaps[g.ID()]; !seen {
			b.gaps[g.ID()] = g
		}
	}
}

// results counts a subject's results, keeps its findings and returns the
// statuses by rule, shared with every subject that has the same.
func (b *builder) results(results []Result) map[string]Status {
	var pattern strings.Builder
	for i := range results {
		res := &results[i]
		b.r.Summary.ByStatus[res.Status]++
		b.r.Findings = append(b.r.Findings, res.Findings...)
		pattern.WriteString(res.RuleID)
		pattern.WriteByte(' ')
		pattern.WriteString(string(res.Status))
		pattern.WriteByte('\n')
	}
	if shared, ok := b.patterns[pattern.String()]; ok {
		return shared
	}
	statuses := make(map[string]Status, len(results))
	for i := range results {
		statuses[results[i].RuleID] = results[i].Status
	}
	b.patterns[pattern.String()] = statuses
	return statuses
}

func (b *builder) report() (*Report, error) {
	r := &b.r
	total := 0
	for _, n := range r.Summary.ByStatus {
		total += n
	}
	if total == 0 {
		return nil, ErrNothingJudged
	}
	for _, g := range b.gaps {
		r.Gaps = append(r.Gaps, g)
	}
	slices.SortFunc(r.Gaps, CompareGaps) // the map's order must not reach the report
	if b.o.Waive != nil {
		r.Waivers = b.o.Waive(r.Findings, r.Gaps)
	}
	if b.o.Drift != nil {
		changes, err := b.o.Drift()
		if err != nil {
			return nil, fmt.Errorf("compare with the baseline: %w", err)
		}
		r.Drift = append(r.Drift, changes...)
	}
	if b.o.Compare != nil {
		missing, err := b.o.Compare(r)
		if err != nil {
			return nil, fmt.Errorf("compare with earlier findings: %w", err)
		}
		r.Findings = append(r.Findings, missing...)
	}
	if b.o.Seal != nil {
		r.Scan.SnapshotDigest, r.Scan.Interrupted = b.o.Seal()
	}
	slices.SortFunc(r.Findings, compareFindings)
	slices.SortFunc(r.Exports, func(x, y ExportResult) int {
		return cmp.Or(strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ID, y.ID))
	})
	slices.SortFunc(r.Tenants, func(x, y TenantResult) int { return strings.Compare(x.Name, y.Name) })
	b.summarise(total)
	return r, nil
}

// summarise fills the summary, and what the run exits with.
func (b *builder) summarise(total int) {
	r := &b.r
	s := &r.Summary
	s.Tenants, s.Exports = len(r.Tenants), len(r.Exports)
	s.Coverage = coverage(total-s.ByStatus[StatusUnknown]-s.ByStatus[StatusError], total)

	failed := false
	complete := !r.Scan.Interrupted
	for i := range r.Findings {
		f := &r.Findings[i]
		switch {
		case f.State == StateResolved:
		case f.Status == StatusFail && f.Waiver != nil:
			s.Waived++
		case f.Status == StatusFail:
			s.BySeverity[f.Severity]++
			failed = failed || (f.Severity.Rank() <= b.o.FailOn.Rank() && (!b.o.FailOnNew || f.State != StateUnchanged))
		case !f.Accepted():
			complete = false
		}
	}
	for i := range r.Tenants {
		complete = complete && r.Tenants[i].Complete
	}
	r.Scan.Complete = complete
	switch {
	case failed:
		r.Scan.ExitStatus = ExitFail
	case !complete && !b.o.AllowIncomplete:
		r.Scan.ExitStatus = ExitIncomplete
	default:
		r.Scan.ExitStatus = ExitClean
	}
}

// coverage rounds down, so that 100 % means everything.
func coverage(assessed, total int) Coverage {
	return Coverage{Assessed: assessed, Total: total, Percent: float64(assessed*1000/total) / 10}
}

// Accepted says whether an unknown finding rests on nothing but gaps that the
// operator has accepted in writing. It stays visible, and no longer makes the
// run incomplete.
func (f *Finding) Accepted() bool {
	if f.Status != StatusUnknown || len(f.Gaps) == 0 || len(f.Needs) > 0 {
		return false
	}
	return !slices.ContainsFunc(f.Gaps, func(g Gap) bool { return g.Accepted == nil })
}

// compareFindings orders findings by what needs action first within a tenant's
// export, and totally, so that the report is the same byte for byte.
func compareFindings(x, y Finding) int {
	return cmp.Or(
		strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ExportID, y.ExportID),
		cmp.Compare(x.Severity.Rank(), y.Severity.Rank()), strings.Compare(x.RuleID, y.RuleID),
		strings.Compare(x.Resource, y.Resource), strings.Compare(x.Fingerprint, y.Fingerprint),
		strings.Compare(x.Message, y.Message),
	)
}
