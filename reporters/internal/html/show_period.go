package html

import (
	"fmt"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trailguard/trailguard/scanner"
)

// document is the whole page.
func (p *periodPage) document() g.Node {
	listed := contents([]entry{
		{true, "#summary", "Summary"},
		{len(p.Frameworks) > 0, "#controls", "Controls"},
		{len(p.Rules) > 0, "#rules", "Rules"},
		{len(p.Exports) > 0, "#exports", "Exports"},
		{true, "#failures", "Failures"},
		{true, "#decisions", "Waivers and baselines"},
		{true, "#deliveries", "Deliveries"},
	})
	main := h.Main(h.ID("main"), g.If(p.Large, h.Class("large")), newline,
		p.showSummary(), newline, p.showCounted(), p.showFailures(), newline, p.showDecisions(), newline, p.showDeliveries(), newline)
	return shell(p.Title, p.Verdict.show(nil), listed, main, "Days are those of UTC. The same history always gives this file, byte for byte.")
}

func (p *periodPage) showSummary() g.Node {
	return section("summary", "Summary",
		h.Div(h.Class("summary"), newline, identity(p.Identity), newline,
			h.Div(h.Class("figures"), newline,
				h.Div(h.H3(g.Text("Days, by all that applies")), newline, tiles("tiles", p.Days)), newline,
				h.Figure(h.Class("calendar"), newline, p.Calendar.wide(""), newline,
					h.FigCaption(g.Text("A square a day, weeks from left to right, Monday on top: "), key("arrived", "passing"), g.Text(" "),
						key("nothing", "failing"), g.Text(" "), key("open", "not assessed"))), newline), newline), newline,
		when(p.Trend != nil, func() g.Node { return p.Trend.show("Results that fail or are not assessed, by day", "Day") }))
}

func (p *periodPage) showCounted() g.Node {
	return all(
		when(len(p.Frameworks) > 0, func() g.Node {
			return all(section("controls", "Controls",
				lead(g.Raw("A day is <em>passing</em> where a complete run found the control met, <em>failing</em> where any run found it not met, "+
					"waived or not, and <em>not assessed</em> where something was not known, or no run judged the whole.")),
				each(p.Frameworks, func(_ int, f *periodFramework) g.Node {
					return all(h.Section(h.Class("framework"), h.Aria("labelledby", f.Anchor), newline,
						h.H3(h.ID(f.Anchor), bdi(f.Name)), newline, daysTable("Controls of "+f.Name, "Control", "Rules", f.Controls)), newline)
				})), newline)
		}),
		when(len(p.Rules) > 0, func() g.Node {
			return all(section("rules", "Rules", daysTable("Rules", "Rule", "", p.Rules)), newline)
		}),
		when(len(p.Exports) > 0, func() g.Node {
			return all(section("exports", "Exports and tenants",
				lead(g.Text("From the first day on which a run listed one to the last.")),
				daysTable("Exports and tenants", "Export", "Not passing", p.Exports)), newline)
		}))
}

// daysTable is a row for each thing, with its days; the last column has a name, or is
// not there.
func daysTable(caption, first, last string, rows []periodRow) g.Node {
	columns := []string{first, "State", "Days", "Assessed", "Passing", "Failing", "Not assessed", "Not applicable"}
	if last != "" {
		columns = append(columns, last)
	}
	return tableOf("stack days", caption, columns, each(rows, func(_ int, r *periodRow) g.Node {
		return all(h.Tr(rowHead(r.Who.show()), labelled("State", badge(r.Kind, r.State)), labelled("Days", number(r.Days)),
			labelled("Assessed", number(r.Assessed)), labelled("Passing", number(r.Passing)),
			labelled("Failing", number(r.Failing), of(r.Waived, "waived")),
			labelled("Not assessed", number(r.NotAssessed), of(r.WithoutRun, "without a complete run")),
			labelled("Not applicable", number(r.NotApplicable)),
			when(last != "", func() g.Node { return labelled(last, lines(r.Rules)) })), newline)
	}))
}

// of says how many of a number are something more.
func of(n int, what string) g.Node {
	return when(n > 0, func() g.Node { return g.Text(fmt.Sprintf(" (%d %s)", n, what)) })
}

func (p *periodPage) showFailures() g.Node {
	if len(p.Episodes) == 0 {
		return section("failures", "Failures", h.P(g.Text("None was found.")), newline)
	}
	return section("failures", "Failures",
		lead(g.Text("Each from the run that first found it to the one that no longer did.")),
		tableOf("stack", "Failures", []string{"Failure", "First seen", "Last seen", "End", "Waived"},
			each(p.Episodes, func(_ int, e *periodEpisode) g.Node { return all(e.row(), newline) })))
}

func (e *periodEpisode) row() g.Node {
	return h.Tr(rowHead(h.Span(h.Class("severity is-"+e.Severity), g.Text(e.Severity)), g.Text(" "), code(e.Rule), h.Br(), e.Who.show(), h.Br(),
		g.El("bdi", h.Class("muted"), g.Text(e.Resource)), h.Br(), h.Span(h.Class("fingerprint"), g.Text("Finding "), code(e.Fingerprint))),
		labelled("First seen", g.Text(e.First)), labelled("Last seen", g.Text(e.Last)),
		labelled("End", badge(e.Kind, e.Ending), when(e.Hours != "", func() g.Node { return g.Text(" after " + e.Hours) }),
			when(e.Ended != "", func() g.Node { return all(h.Br(), g.Text(e.Ended)) })),
		labelled("Waived", each(e.Waivers, func(_ int, w *waiverNote) g.Node { return all(w.show(), h.Br()) }),
			g.Text(either(e.WaivedDays > 0, "on "+scanner.Count(e.WaivedDays, "day", "days"), "no"))))
}

func (p *periodPage) showDecisions() g.Node {
	waivers, approvals := h.P(g.Text("Nothing was waived or accepted.")), h.P(g.Text("No approval of a baseline is known of this period."))
	if len(p.Waivers) > 0 {
		waivers = tableOf("stack", "Waivers and accepted gaps", []string{"About", "State", "Runs", "Decision"},
			each(p.Waivers, func(_ int, w *periodWaiver) g.Node {
				return all(h.Tr(rowHead(lines(w.About)), labelled("State", badge(w.Kind, w.State)),
					labelled("Runs", g.Text(w.First+" to "+w.Last)), labelled("Decision", w.Note.show())), newline)
			}))
	}
	if len(p.Approvals) > 0 {
		approvals = tableOf("stack", "Approved baselines", []string{"Baseline", "Approved", "Reason", "Compared with"},
			each(p.Approvals, func(_ int, a *periodApproval) g.Node {
				return all(h.Tr(rowHead(code(a.Digest)), labelled("Approved", g.Text("by "), bdi(a.By), g.Text(" on "+a.At)),
					labelled("Reason", bdi(a.Reason)), labelled("Compared with", g.Text("on "+scanner.Count(a.Days, "day", "days")))), newline)
			}))
	}
	return section("decisions", "Waivers and baselines", waivers, newline, approvals, newline)
}

func (p *periodPage) showDeliveries() g.Node {
	if len(p.Deliveries) == 0 {
		text := "No listing tells what arrived."
		if p.Listed > 0 {
			text = "Of " + scanner.Count(p.Listed, "export", "exports") + " whose bucket was listed, none had a day that is known to be without objects."
		}
		return section("deliveries", "Deliveries", h.P(g.Text(text)), newline)
	}
	return section("deliveries", "Deliveries",
		lead(g.Text("Exports with days without objects, or with a hole. Whether a day without objects is a hole depends on the interval: "+
			"the rule delivery_continuous judges it. "),
			key("arrived", "objects are there"), g.Text(" "), key("nothing", "none is there"), g.Text(" "), key("open", "nobody can tell")),
		h.Div(h.Class("calendars"), newline, each(p.Deliveries, func(_ int, d *periodDelivery) g.Node { return all(d.show(), newline) })), newline)
}

func (d *periodDelivery) show() g.Node {
	text := fmt.Sprintf("objects on %s, none on %d, unknown on %d", scanner.Count(d.Arrived, "day", "days"), d.Empty, d.Unknown)
	if d.HoleDays > 0 {
		text += "; a hole was found on " + scanner.Count(d.HoleDays, "day", "days")
	}
	return h.Figure(h.Class("calendar"), newline, d.Calendar.wide(d.Who.said()+": "), newline,
		h.FigCaption(d.Who.show(), h.Div(g.Text(text)), when(len(d.Spans) > 0, func() g.Node {
			return h.Div(g.Text("None from "+d.Spans), g.Text("."))
		})), newline)
}

// wide is the squares of many weeks, which may be wider than the page. Whoever hears
// a page finds them by a label, which begins with what they are of.
func (c *calendar) wide(of string) g.Node {
	return h.Section(h.Class("wide"), h.TabIndex("0"), h.Aria("label", of+c.Said), c.draw())
}

// show is the trend as lines, and as numbers in a table whose rows are named.
func (t *trend) show(caption, row string) g.Node {
	line := func(kind, path string) g.Node {
		return g.El("path", h.Class(kind), g.Attr("vector-effect", "non-scaling-stroke"), g.Attr("d", path))
	}
	return all(h.Figure(h.Class("trend"), newline,
		g.El("svg", h.Role("img"), g.Attr("viewBox", fmt.Sprintf("0 0 %d %d", trendWidth, trendHeight)), g.Attr("preserveAspectRatio", "none"),
			h.TitleEl(g.Text(t.Said)), line("failing", t.Failing), line("open", t.Open)), newline,
		h.FigCaption(key("failing", "failing"), g.Text(" "), key("dashed", "not assessed"), g.Text("; the highest point is "+strconv.Itoa(t.Most)))), newline,
		scrolled(caption, "matrix numbers", row, all(h.Th(h.Scope("col"), g.Text("Failing")), h.Th(h.Scope("col"), g.Text("Not assessed"))),
			each(t.Spans, func(_ int, p *point) g.Node {
				return all(h.Tr(rowHead(g.Text(p.Day+either(p.To != "", " to "+p.To, ""))), p.cell("f", p.Failing), p.cell("u", p.Open)), newline)
			})))
}

func (p *point) cell(class string, n int) g.Node {
	return h.Td(h.Class(either(n > 0, class, "n")), number(n))
}
