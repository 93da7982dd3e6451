package html

import (
	"cmp"
	"time"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// page is all that is shown, in its order. Every text from outside in it has gone
// through visible.Text; what makes elements of it escapes what HTML reads as markup.
type page struct {
	Title string
	// Part is the title of a page of a folder; empty: the page is the report, or its
	// index, which has Parts.
	Part  string
	Parts []part
	// Large says that a browser lays out only what is looked at: a small page is laid
	// out as a whole, so that nothing moves.
	Large bool
	// Brief says that statements are shown in their documents alone.
	Brief      bool
	Verdict    verdict
	Identity   []fact
	Severities []tile
	Statuses   []tile
	Coverage   scanner.Coverage
	Unread     []string // tenants whose list of exports is not whole

	ControlCounts []tile
	Frameworks    []framework
	Matrix        matrix
	Failures      []ruleGroup
	Unassessed    []ruleGroup
	Gaps          []gap
	Drift         []change
	Waivers       waivers
	Resolved      []ruleGroup
	Attested      []attested
	Deliveries    deliveries
	Trend         *trend
	Assumptions   []string
	Asked         []asked
	Answered      int      // calls
	Shared        []string // digests of answers that calls name by their numbers
	Documents     []*source
}

// Findings says that the page tells of findings, or that there are none. An index
// leaves that to its pages.
func (p *page) Findings() bool {
	return p.Parts == nil && (p.Part == "" || p.Matrix.Tables != nil || p.Failures != nil || p.Unassessed != nil)
}

// fact is one line of the report's identity.
type fact struct {
	Name  string
	Value string
	Time  string // for machines, where the value is a time
	Code  bool   // the value is a digest or the like
}

// tile is a number with its name. Kind is the state that it is shown as.
type tile struct {
	Kind, Name string
	Count      int
}

// largeFrom is how many findings and exports make a page large.
const largeFrom = 400

// builder makes a page of a report.
type builder struct {
	report  *scanner.Report
	rules   map[string]*scanner.Rule
	exports map[subject]*scanner.ExportResult
	several bool // tenants: each export says whose it is
	sources map[string]*source
	anchors []string // of the findings
	page    page
}

// subject is an export, or a tenant where the id is empty.
type subject struct{ tenant, id string }

func newBuilder(r *scanner.Report) *builder {
	b := &builder{
		report: r, rules: map[string]*scanner.Rule{}, exports: map[subject]*scanner.ExportResult{},
		several: len(r.Tenants) > 1, sources: map[string]*source{},
	}
	for _, list := range [][]scanner.Rule{r.Rules, r.LeftOut} {
		for i := range list {
			b.rules[list[i].ID] = &list[i]
		}
	}
	for i := range r.Exports {
		b.exports[subject{r.Exports[i].Tenant, r.Exports[i].ID}] = &r.Exports[i]
	}
	return b
}

// newPage is a report as one page.
func newPage(r *scanner.Report) *page {
	b := newBuilder(r)
	b.cover()
	open := map[string]bool{} // rules that have findings
	for i := range r.Findings {
		open[r.Findings[i].RuleID] = true
	}
	b.controls(open)
	b.gaps()
	b.waivers()
	b.page.Attested = b.attestedAll(r.Attestations)
	b.assumptions()
	b.body()
	b.calls()
	b.page.Trend = runsTrend(r.Trend)
	b.page.Large = len(r.Findings)+len(r.Exports) > largeFrom
	return &b.page
}

// body is all that is said of exports and tenants.
func (b *builder) body() {
	b.page.Brief = b.brief()
	b.anchors = findingAnchors(b.report.Findings)
	b.matrix()
	b.findings()
	b.drift()
	b.deliveries()
	b.documents()
}

func (b *builder) assumptions() {
	for _, a := range b.report.Scan.Assumptions {
		b.page.Assumptions = append(b.page.Assumptions, visible.Text(a))
	}
}

// moment is a time as a person reads it, and as a machine does.
func moment(t time.Time) (text, machine string) {
	t = t.UTC()
	return t.Format("2006-01-02 15:04:05 UTC"), t.Format(time.RFC3339)
}

// who names an export or a tenant.
type who struct {
	Name   string // the bucket, or the tenant
	ID     string // of the export; empty: it is a tenant
	Tenant string // empty where there is but one
}

// named is the same without its id, for where the name alone tells it from others.
func (w who) named() who { return who{Name: w.Name, Tenant: w.Tenant} }

func (b *builder) who(tenant, id string) who {
	if id == "" {
		return who{Name: "tenant " + visible.Text(tenant)}
	}
	w := who{ID: visible.Text(id), Name: "export"}
	if e := b.exports[subject{tenant, id}]; e != nil {
		w.Name = visible.Text(cmp.Or(e.Endpoint.Destination(), e.Endpoint.TypeName, "export"))
	}
	if b.several {
		w.Tenant = visible.Text(tenant)
	}
	return w
}

// anchor is the id of an element about something: of harmless characters, and
// distinct for distinct names.
func anchor(kind, name string) string { return kind + "-" + scanner.Digest(name)[:12] }
