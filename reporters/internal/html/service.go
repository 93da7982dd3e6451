package html

import (
	"fmt"
	"io"
	"net/url"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trailguard/trailguard/scanner"
)

// Service is what the pages of a service show.
type Service struct {
	Version string
	Now     time.Time
	Tenants []ServiceTenant
	// Warnings are what is wrong with the service itself.
	Warnings []string
}

// ServiceTenant is a tenant of a service.
type ServiceTenant struct {
	Name         string
	Runs         []ServiceRun // that ended, the latest first
	LastComplete time.Time    // zero: none is known
	Next         time.Time    // when it is scanned again; zero: at once
	Running      time.Time    // since when it is scanned; zero: it is not
	Broken       time.Time    // when the last run began, where it could not run; zero: it could
	Report       bool         // the latest report is there
}

// ServiceRun is a run that ended.
type ServiceRun struct {
	ID                   int64
	At                   time.Time
	Status               int // as of the exit of trailguard scan
	Failing, NotAssessed int
	Tenants              int // that it judged
}

// Policy is the content security policy of every page, for a header.
func Policy() string { return policy() + "; frame-ancestors 'none'" }

// WriteService writes the page that leads to each tenant.
func WriteService(w io.Writer, s *Service) error { return write(w, (*serviceIndex)(s)) }

// WriteTenant writes the page of one tenant, with its runs.
func WriteTenant(w io.Writer, s *Service, t *ServiceTenant) error {
	return write(w, &tenantPage{s, t})
}

type serviceIndex Service

const sameService = "The page shows what is known now: load it again."

func (s *serviceIndex) document() g.Node {
	head := all(h.Header(h.Class("cover"), newline, brand(), h.H1(h.Class("title"), g.Text("Audit trails")), newline,
		each(s.Warnings, func(_ int, text *string) g.Node {
			return all(h.P(h.Class("whole-verdict"), badge("fail", "problem"), g.Text(" "), bdi(*text)), newline)
		})), newline)
	main := h.Main(h.ID("main"), newline, s.showTenants(), newline)
	return shell("Audit trails", head, contents([]entry{{true, "#tenants", "Tenants"}}), main, sameService)
}

func (s *serviceIndex) showTenants() g.Node {
	if len(s.Tenants) == 0 {
		return section("tenants", "Tenants", h.P(g.Text("None is configured.")), newline)
	}
	return section("tenants", "Tenants", lead(g.Text("As of "+minute(s.Now)+".")),
		tableOf("stack", "Tenants", []string{"Tenant", "Last run", "Result", "Last complete run", "Next run"},
			each(s.Tenants, func(_ int, t *ServiceTenant) g.Node { return all(t.row(), newline) })))
}

func (t *ServiceTenant) row() g.Node {
	last, result := t.last()
	return h.Tr(rowHead(h.A(h.Href("tenants/"+url.PathEscape(t.Name)+"/"), bdi(t.Name))),
		labelled("Last run", last), labelled("Result", result), labelled("Last complete run", t.complete()), labelled("Next run", t.next()))
}

// last is when the last run was, and what it came to. One that could not run is in
// no history, and must not look like the one before it.
func (t *ServiceTenant) last() (at, result g.Node) {
	switch {
	case !t.Broken.IsZero():
		return g.Text(minute(t.Broken)), badge("fail", "could not run")
	case len(t.Runs) == 0:
		return g.Text("none"), badge("unknown", "never scanned")
	default:
		return g.Text(minute(t.Runs[0].At)), t.Runs[0].badge()
	}
}

func (t *ServiceTenant) complete() g.Node {
	if t.LastComplete.IsZero() {
		return badge("fail", "none is known")
	}
	return g.Text(minute(t.LastComplete))
}

func (t *ServiceTenant) next() g.Node {
	switch {
	case !t.Running.IsZero():
		return g.Text("goes on since " + minute(t.Running))
	case t.Next.IsZero():
		return g.Text("as soon as it can")
	default:
		return g.Text(minute(t.Next))
	}
}

// badge is what a run came to.
func (r *ServiceRun) badge() g.Node {
	switch r.Status {
	case scanner.ExitClean:
		return badge("pass", "clean")
	case scanner.ExitFail:
		return badge("fail", "failing")
	case scanner.ExitIncomplete:
		return badge("unknown", "incomplete")
	default:
		return badge("unknown", "interrupted")
	}
}

// minute is a time as people read it.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// tenantPage is the page of one tenant.
type tenantPage struct {
	service *Service
	*ServiceTenant
}

func (p *tenantPage) document() g.Node {
	report := g.Text("No report is kept yet: the next run writes one.")
	if p.Report {
		report = h.A(h.Href("report"), g.Text("The latest report"))
	}
	head := all(h.Header(h.Class("cover"), newline, brand(), h.H1(h.Class("title"), g.Text("Audit trail of "), bdi(p.Name)), newline,
		h.P(h.Class("whole-verdict"), report, g.Text(" · "), h.A(h.Href("../../"), g.Text("All tenants"))), newline), newline)
	t := p.trend()
	main := h.Main(h.ID("main"), newline, p.showSummary(), newline, showTrend(t), p.showRuns(), newline)
	listed := contents([]entry{{true, "#summary", "Summary"}, {t != nil, "#trend", "Trend"}, {true, "#runs", "Runs"}})
	return shell("Audit trail of "+p.Name, head, listed, main, sameService)
}

func (p *tenantPage) showSummary() g.Node {
	line := func(name string, value g.Node) g.Node { return all(h.Div(h.Dt(g.Text(name)), h.Dd(value)), newline) }
	at, result := p.last()
	return section("summary", "Summary", h.Dl(h.Class("identity"), newline,
		line("Last run", at), line("Result", result), line("Last complete", p.complete()), line("Next run", p.next()),
		line("As of", g.Text(minute(p.service.Now))), line("trailguard", g.Text(p.service.Version))), newline)
}

// trend draws the runs that judged this tenant alone.
func (p *tenantPage) trend() *trend {
	var points []scanner.TrendPoint
	for i := len(p.Runs) - 1; i >= 0; i-- {
		if r := &p.Runs[i]; r.Tenants == 1 {
			points = append(points, scanner.TrendPoint{CollectedAt: r.At, Failing: r.Failing, NotAssessed: r.NotAssessed})
		}
	}
	return runsTrend(points)
}

func showTrend(t *trend) g.Node {
	return when(t != nil, func() g.Node {
		return all(section("trend", "Trend", t.show("Results that fail or are not assessed, by run", "Run")), newline)
	})
}

func (p *tenantPage) showRuns() g.Node {
	if len(p.Runs) == 0 {
		return section("runs", "Runs", h.P(g.Text("None is recorded.")), newline)
	}
	return section("runs", "Runs", lead(g.Text("The latest first; trailguard history lists all.")),
		tableOf("stack", "Runs", []string{"Run", "Collected", "Result", "Failing", "Not assessed"},
			each(p.Runs, func(_ int, r *ServiceRun) g.Node {
				return all(h.Tr(rowHead(g.Text(fmt.Sprint(r.ID)), of(r.Tenants-1, "tenants besides")), labelled("Collected", g.Text(minute(r.At))),
					labelled("Result", r.badge()), labelled("Failing", number(r.Failing)), labelled("Not assessed", number(r.NotAssessed))), newline)
			})))
}
