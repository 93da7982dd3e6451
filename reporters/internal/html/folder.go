package html

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

const (
	index         = "index.html"
	exportsEach   = 250  // of one page of a folder
	resourcesEach = 2000 // of one page of calls
)

// part is one page of a folder, besides its index.
type part struct {
	File, Title string
	Tenant      string
	Exports     int
	// What the page holds, in numbers of findings.
	Failing, Unassessed, Waived, Resolved, Changes int

	report *scanner.Report // nil: it is a page of calls
	asked  []asked
	shared []string
}

// Page is one page of a folder.
type Page struct {
	Name  string
	Write func(io.Writer) error
}

// Pages are a report as the pages of a folder: one for the exports of each tenant, 250
// at most, with all that is said of them, some of the calls, and last the index with
// the verdict, the controls and what is missing.
func Pages(r *scanner.Report) []Page {
	parts := split(r)
	pages := make([]Page, 0, len(parts)+1)
	for i := range parts {
		pages = append(pages, Page{parts[i].File, func(w io.Writer) error { return write(w, newPart(r, &parts[i])) }})
	}
	return append(pages, Page{index, func(w io.Writer) error { return write(w, newIndex(r, parts)) }})
}

// Named says whether a file of a folder is named as a page is.
func Named(name string) bool { return pageName.MatchString(name) }

var pageName = regexp.MustCompile(`^(index|(exports|calls)-[0-9]{4,})\.html$`)

// split gives every export, finding, change and call of a report to one page. What is
// about no export that is there goes with the first of its tenant.
func split(r *scanner.Report) []part {
	var parts []part
	first, of := map[string]int{}, map[subject]int{}
	begin := func(tenant string) int {
		p := scanner.Report{Tool: r.Tool, Scan: r.Scan, Rules: r.Rules, LeftOut: r.LeftOut, Attestations: r.Attestations}
		if _, seen := first[tenant]; !seen {
			first[tenant] = len(parts)
		}
		parts = append(parts, part{Tenant: tenant, report: &p})
		return len(parts) - 1
	}
	for i := range r.Exports {
		e := &r.Exports[i]
		at := len(parts) - 1
		if at < 0 || parts[at].Tenant != e.Tenant || len(parts[at].report.Exports) == exportsEach {
			at = begin(e.Tenant)
		}
		parts[at].report.Exports = append(parts[at].report.Exports, *e)
		of[subject{e.Tenant, e.ID}] = at
	}
	place := func(tenant, export string) *scanner.Report {
		at, ok := of[subject{tenant, export}]
		if !ok {
			if at, ok = first[tenant]; !ok {
				at = begin(tenant)
			}
		}
		return parts[at].report
	}
	for i := range r.Tenants {
		p := place(r.Tenants[i].Name, "")
		p.Tenants = append(p.Tenants, r.Tenants[i])
	}
	for i := range r.Findings {
		p := place(r.Findings[i].Tenant, r.Findings[i].ExportID)
		p.Findings = append(p.Findings, r.Findings[i])
	}
	for i := range r.Drift {
		p := place(r.Drift[i].Tenant, r.Drift[i].ExportID)
		p.Drift = append(p.Drift, r.Drift[i])
	}
	if r.Annex != nil {
		for i := range parts {
			parts[i].report.Annex = &scanner.Annex{Documents: r.Annex.Documents}
		}
		for i := range r.Annex.Deliveries {
			a := place(r.Annex.Deliveries[i].Tenant, r.Annex.Deliveries[i].ExportID).Annex
			a.Deliveries = append(a.Deliveries, r.Annex.Deliveries[i])
		}
	}
	name(parts)
	return append(parts, callParts(r)...)
}

// name names the pages and counts what is on them.
func name(parts []part) {
	shown := 0
	for i := range parts {
		p := &parts[i]
		if i > 0 && parts[i-1].Tenant != p.Tenant {
			shown = 0
		}
		p.Tenant, p.Exports = visible.Text(p.Tenant), len(p.report.Exports)
		p.File, p.Changes = fmt.Sprintf("exports-%04d.html", i+1), len(p.report.Drift)
		p.Title = fmt.Sprintf("Tenant %s, exports %d to %d", p.Tenant, shown+1, shown+p.Exports)
		if p.Exports == 0 {
			p.Title = "Tenant " + p.Tenant
		}
		shown += p.Exports
		for k := range p.report.Findings {
			switch findingKind(&p.report.Findings[k]) {
			case "fail":
				p.Failing++
			case "waived", "accepted":
				p.Waived++
			case "resolved":
				p.Resolved++
			default:
				p.Unassessed++
			}
		}
	}
}

// callParts are the pages of calls.
func callParts(r *scanner.Report) []part {
	b := &builder{report: r}
	b.calls()
	var parts []part
	for list := range slices.Chunk(b.page.Asked, resourcesEach) {
		n := len(parts) + 1
		parts = append(parts, part{File: fmt.Sprintf("calls-%04d.html", n), Title: fmt.Sprintf("Calls, part %d", n), asked: list, shared: b.page.Shared})
	}
	return parts
}

// newPart is a page of a folder. It says the verdict of the whole.
func newPart(whole *scanner.Report, p *part) *page {
	b := newBuilder(cmp.Or(p.report, &scanner.Report{}))
	b.several = len(whole.Tenants) > 1
	if p.report != nil {
		b.body()
	}
	b.page.Large = true
	b.page.Asked, b.page.Shared = p.asked, p.shared
	for i := range p.asked {
		b.page.Answered += len(p.asked[i].Calls)
	}
	v := newBuilder(whole)
	b.page.Part, b.page.Verdict = p.Title, v.verdict()
	b.page.Title = "trailguard: " + p.Title
	return &b.page
}

// newIndex is the page that leads to the others.
func newIndex(r *scanner.Report, parts []part) *page {
	b := newBuilder(r)
	b.cover()
	b.controls(nil)
	b.gaps()
	b.waivers()
	b.page.Attested = b.attestedAll(r.Attestations)
	b.assumptions()
	b.page.Trend = runsTrend(r.Trend)
	b.page.Parts, b.page.Large = parts, true
	return &b.page
}
