package scanner

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// ErrNothingJudged is returned when no rule was evaluated over anything, so
// that an empty run is never taken for a clean one. A plan that touches nothing has
// nothing to judge, and says so.
var ErrNothingJudged = errors.New("no rule was evaluated")

// ReportOptions is what a report says of itself.
type ReportOptions struct {
	Tool     Tool
	AsOf     time.Time
	Baseline *BaselineInfo
	// LeftOut are the rules that are loaded and left out of the run.
	LeftOut []Rule
	// Selected says that only some exports are judged.
	Selected bool
	// Plan is what a planned change is about; nil: nothing is planned.
	Plan *PlanInfo
	// Annex asks for the report's Annex.
	Annex bool
	// Exports is about how many there will be; 0: nobody knows.
	Exports int
	// Since says when an export was seen before; zero: never, or nothing is
	// compared. It is asked where CloudTrail was.
	Since func(*ExportConfiguration) time.Time
}

// mostRoom bounds what is made room for at once, whatever somebody expects.
const mostRoom = 1 << 20

// Builder gathers what was judged into a report. It reads no clock and asks no
// network: the same input gives the same report. Exports with the same statuses
// share one map, so that memory does not grow with passing results.
type Builder struct {
	r        Report
	patterns map[string]map[string]Status
	gaps     map[GapID]Gap
	annex    *annex // nil: it is not asked for
	since    func(*ExportConfiguration) time.Time
}

// NewBuilder begins the report of a run.
func NewBuilder(h Header, rules []Rule, o ReportOptions) *Builder {
	b := &Builder{patterns: map[string]map[string]Status{}, gaps: map[GapID]Gap{}, since: o.Since}
	if o.Annex {
		b.annex = newAnnex()
	}
	b.r = Report{
		FormatVersion: ReportFormatVersion,
		Tool:          o.Tool,
		Scan: ScanInfo{
			CollectedAt: h.CollectedAt.UTC(), EvaluatedAt: o.AsOf.UTC(), Baseline: o.Baseline, Plan: o.Plan,
			Assumptions: append(Assumptions(), h.Settings.declarations()...),
		},
		Summary:  Summary{ByStatus: map[Status]int{}, BySeverity: map[Severity]int{}, Rules: len(rules)},
		Tenants:  []TenantResult{},
		Exports:  make([]ExportResult, 0, min(o.Exports, mostRoom)),
		Controls: []ControlResult{},
		Findings: []Finding{},
		Drift:    []Change{},
		Gaps:     []Gap{},
		Waivers:  WaiverReport{Applied: []WaiverUse{}, Expired: []WaiverUse{}, Unused: []WaiverUse{}, Expiring: []WaiverUse{}},
		Rules:    rules,
		LeftOut:  o.LeftOut,
		Selected: o.Selected || o.Plan != nil,
	}
	for _, s := range Statuses() {
		b.r.Summary.ByStatus[s] = 0
	}
	for _, s := range Severities() {
		b.r.Summary.BySeverity[s] = 0
	}
	return b
}

// What is taken for granted of control policies, unless they are read.
const (
	NoRCP = "no resource control policy (RCP) denies what the policies that were read allow, where aws.organization does not read them"
	NoSCP = "no service control policy (SCP) denies what the policies that were read allow, where aws.organization does not read them"
)

// Assumptions are what every access answer takes for granted: how a request of
// Immuta's is made; grants are not read, and the others nobody can read outside
// the organisation's management account.
func Assumptions() []string {
	return []string{
		"Immuta sends no header that it has no field for: no customer's key (SSE-C), no grantee, no public canned ACL",
		"Immuta signs as an AWS SDK does, with version 4 in the header, over TLS, and without MFA",
		NoRCP,
		NoSCP,
		"no session policy narrows the role session that Immuta opens",
		"no VPC endpoint policy denies what the policies that were read allow",
	}
}

// Add takes an export or a tenant.
func (b *Builder) Add(j *Judged) {
	if b.annex != nil {
		b.annex.add(j, b.evidence(j))
	}
	if j.Tenant != nil {
		t := j.Tenant
		b.r.Tenants = append(b.r.Tenants, TenantResult{
			Name: t.Name, URL: t.URL, Complete: t.Complete, Results: b.results(j.Results), ConfigurationIDs: t.ConfigurationIDs,
		})
		b.addGaps(t.Gaps)
		return
	}
	c := &j.Record.Configuration
	if b.since != nil {
		j.SayWho(func() time.Time { return b.since(c) })
	}
	e := ExportResult{
		Tenant: c.Tenant, ID: c.ID, Interval: c.Interval, ConnectionStatus: c.ConnectionStatus,
		Endpoint: c.Endpoint, Results: b.results(j.Results),
		BucketAccount: j.Subject.Seen.BucketAccount, BucketRegion: j.Subject.Seen.BucketRegion, LastDelivery: j.Subject.Seen.LastDelivery,
	}
	if !slices.Contains(c.Missing, "enabled") {
		enabled := c.Enabled
		e.Enabled = &enabled
	}
	b.r.Exports = append(b.r.Exports, e)
	b.r.Drift = append(b.r.Drift, j.Changes...)
	b.addGaps(j.Record.Gaps)
}

// evidence is what an export or a tenant was judged by.
func (b *Builder) evidence(j *Judged) []Evidence {
	if j.Tenant == nil {
		return j.Record.Evidence
	}
	e, err := TenantEvidence(j.Tenant, b.r.Scan.CollectedAt)
	if err != nil {
		return nil // it is shown without its document
	}
	return []Evidence{e}
}

func (b *Builder) addGaps(gaps []Gap) {
	for _, g := range gaps {
		if _, seen := b.gaps[g.ID()]; !seen {
			b.gaps[g.ID()] = g
		}
	}
}

// results counts a subject's results, keeps its findings and returns the
// statuses by rule, shared with every subject that has the same.
func (b *Builder) results(results []Result) map[string]Status {
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

// Report returns the report of all that was added. It is to be waived and
// compared, as far as there is something to do it by, and then concluded.
func (b *Builder) Report() (*Report, error) {
	if b.r.Summary.results() == 0 && b.r.Scan.Plan == nil {
		return nil, ErrNothingJudged
	}
	for _, g := range b.gaps {
		b.r.Gaps = append(b.r.Gaps, g)
	}
	slices.SortFunc(b.r.Gaps, CompareGaps) // the map's order must not reach the report
	if b.annex != nil {
		b.r.Annex = b.annex.annex()
	}
	return &b.r, nil
}

// results is the number of all results.
func (s *Summary) results() int {
	total := 0
	for _, n := range s.ByStatus {
		total += n
	}
	return total
}
