package reporters

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/reporters/internal/html"
	"github.com/trailguard/trailguard/reporters/internal/layout"
	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// PeriodReporter writes what is shown of a period in one format.
type PeriodReporter func(w io.Writer, p *scanner.Period, o Options) error

// PeriodFormats lists the formats of a period, the default first.
func PeriodFormats() []string { return []string{"table", "json", "markdown", "html"} }

// LookupPeriod returns the reporter of a period in one of these formats; nil: there is
// none.
func LookupPeriod(format string) PeriodReporter {
	return map[string]PeriodReporter{"table": periodTable, "json": periodJSON, "markdown": periodMarkdown, "html": periodHTML}[format]
}

// periodJSON writes the period itself. Its form is published in period.schema.json.
func periodJSON(w io.Writer, p *scanner.Period, _ Options) error {
	if err := writeJSON(w, p, jsontext.WithIndent("  ")); err != nil {
		return fmt.Errorf("write json of a period: %w", err)
	}
	return nil
}

func periodHTML(w io.Writer, p *scanner.Period, _ Options) error { return html.WritePeriod(w, p) }

// periodTable writes what was not in order, and counts the rest.
func periodTable(w io.Writer, p *scanner.Period, o Options) error {
	if o.Width == 0 {
		o.Width = DefaultWidth
	}
	t := &periodPage{Page: layout.NewPage(o.Width, o.Color), period: p}
	t.Line(0, fmt.Sprintf("trailguard %s: %s to %s, tenants: %s", Visible(firstOf(p.Tool.Version, "devel")), p.From, p.To, firstOf(some(p.Tenants, fewEach, "tenant", "tenants"), "none")))
	t.Line(0, "all results together, "+days(&p.Summary))
	for _, section := range periodSections(p) {
		if err := t.section(&section); err != nil {
			return err
		}
	}
	t.Blank()
	t.Line(0, "A day on which no run judged every export and rule of a tenant is not assessed. Times are UTC; which rules bear on a control is this project's judgement.")
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("write table of a period: %w", err)
	}
	return nil
}

type periodPage struct {
	*layout.Page
	period *scanner.Period
}

func (t *periodPage) section(s *periodSection) error {
	rest := scanner.Count(len(s.rows), s.one, s.many)
	if s.quiet > 0 {
		rest += fmt.Sprintf(", and %d on which no complete run found anything but a pass", s.quiet)
	}
	if len(s.rows)+s.quiet == 0 {
		rest = "none"
	}
	t.Section(strings.ToUpper(s.title), rest, layout.Cyan)
	shown := s.rows[:min(len(s.rows), showAll)]
	if err := t.Rows(shown); err != nil {
		return err
	}
	if left := len(s.rows) - len(shown); left > 0 {
		t.Line(2, "... and "+scanner.Count(left, "more", "more")+", not shown here: the json report lists them all")
	}
	return nil
}

// periodSection is what a period says of one kind of things: a row each.
type periodSection struct {
	title, one, many string
	columns          [2]string
	rows             []layout.Row
	quiet            int // things of which there is nothing to say but that they passed
}

// days says in words what days amount to.
func days(c *scanner.DayCounts) string {
	var parts []string
	add := func(n int, what string, of int, why string) {
		if n == 0 {
			return
		}
		if what = fmt.Sprintf("%d %s", n, what); of > 0 {
			what += fmt.Sprintf(" (%d %s)", of, why)
		}
		parts = append(parts, what)
	}
	add(c.Failing, "failing", c.Waived, "waived")
	add(c.NotAssessed, "not assessed", c.WithoutRun, "without a complete run")
	add(c.Passing, "passing", 0, "")
	add(c.NotApplicable, "not applicable", 0, "")
	return scanner.Count(c.Days, "day: ", "days: ") + strings.Join(parts, ", ")
}

// quiet says that there is nothing to say of days but that they passed, or were not
// applicable, wherever a complete run judged them. The days without one are said of
// the whole.
func quiet(c, whole *scanner.DayCounts) bool {
	return c.Failing == 0 && c.NotAssessed == c.WithoutRun && c.WithoutRun <= whole.WithoutRun && c.Passing+c.NotApplicable > 0
}

// periodSections are all that a period says, in the order in which it is read.
func periodSections(shown *scanner.Period) []periodSection {
	p := newPeriodNames(shown)
	controls := periodSection{title: "Controls", one: "control", many: "controls", columns: [2]string{"Control", "Days"}}
	for i := range p.Controls {
		c := &p.Controls[i]
		controls.add(&c.DayCounts, &p.Summary, []string{Visible(c.Framework + " " + c.ID)})
	}
	rules := periodSection{title: "Rules", one: "rule", many: "rules", columns: [2]string{"Rule", "Days"}}
	for i := range p.Rules {
		rules.add(&p.Rules[i].DayCounts, &p.Summary, []string{Visible(p.Rules[i].RuleID)})
	}
	exports := periodSection{title: "Exports", one: "export or tenant", many: "exports and tenants", columns: [2]string{"Export", "Days"}}
	for i := range p.Exports {
		e := &p.Exports[i]
		var because []string
		for k := range e.Rules {
			because = append(because, Visible(e.Rules[k].RuleID)+": "+e.Rules[k].NotPassing())
		}
		if len(because) > fewEach {
			because = append(because[:fewEach:fewEach], fmt.Sprintf("and %d more rules", len(because)-fewEach))
		}
		exports.add(&e.DayCounts, &p.Summary, p.names(e.Tenant, e.ExportID), because...)
	}
	return []periodSection{controls, rules, exports, periodEpisodes(p), periodWaivers(shown), periodApprovals(shown), periodDeliveries(p)}
}

// periodNames is a period with what its exports write to.
type periodNames struct {
	*scanner.Period

	destinations map[[2]string]string
}

func newPeriodNames(p *scanner.Period) *periodNames {
	n := &periodNames{p, map[[2]string]string{}}
	for i := range p.Exports {
		n.destinations[[2]string{p.Exports[i].Tenant, p.Exports[i].ExportID}] = p.Exports[i].Destination
	}
	return n
}

// names are the parts of an export's name, or the tenant's.
func (p *periodNames) names(tenant, export string) []string {
	if export == "" {
		return []string{"tenant " + Visible(tenant)}
	}
	names := []string{Visible(export)}
	if to := p.destinations[[2]string{tenant, export}]; to != "" {
		names = append(names, Visible(to))
	}
	if len(p.Tenants) > 1 {
		names = append(names, "of "+Visible(tenant))
	}
	return names
}

func (s *periodSection) add(c, whole *scanner.DayCounts, who []string, more ...string) {
	if quiet(c, whole) && len(more) == 0 {
		s.quiet++
		return
	}
	s.rows = append(s.rows, layout.Row{who, append([]string{days(c)}, more...)})
}

func periodEpisodes(p *periodNames) periodSection {
	s := periodSection{title: "Failures", one: "failure", many: "failures", columns: [2]string{"Failure", "From when to when"}}
	for i := range p.Episodes {
		e := &p.Episodes[i]
		what := []string{fmt.Sprintf("%s, %s", Visible(e.RuleID), e.Severity), "first seen " + minute(e.FirstSeen) + ", last seen " + minute(e.LastSeen) + ", " + mended(e)}
		for k := range e.Waivers {
			w := &e.Waivers[k]
			what = append(what, fmt.Sprintf("waived by %s until %s, on %s: %s", Visible(w.ApprovedBy), Visible(w.Expires),
				scanner.Count(e.WaivedDays, "day", "days"), visible.Clip(Visible(w.Justification), longest)))
		}
		s.rows = append(s.rows, layout.Row{append(p.names(e.Tenant, e.ExportID), Visible(fmt.Sprintf("finding %.8s", e.Fingerprint))), what})
	}
	return s
}

// mended says how a failure ended, and after how long.
func mended(e *scanner.PeriodEpisode) string {
	switch {
	case e.ResolvedAt.IsZero():
		return "goes on"
	case e.Ending == "resolved":
		return "mended by " + minute(e.ResolvedAt) + ", after " + strings.TrimSuffix(fmt.Sprintf("%.1f", e.HoursToMend), ".0") + " hours"
	case e.Ending == "gone":
		return "gone with the export by " + minute(e.ResolvedAt)
	default:
		return "no longer known by " + minute(e.ResolvedAt) + ", because other rules judged"
	}
}

func periodWaivers(p *scanner.Period) periodSection {
	s := periodSection{title: "Waivers", one: "waiver or accepted gap", many: "waivers and accepted gaps", columns: [2]string{"About", "In force"}}
	for i := range p.Waivers {
		w := &p.Waivers[i]
		about := []string{some(w.Rules, fewEach, "rule", "rules"), some(append(append([]string{}, w.Exports...), w.Resources...), fewEach, "subject", "subjects")}
		if w.Permission+w.Key != "" {
			about = append(about, Visible(w.Permission+w.Key))
		}
		s.rows = append(s.rows, layout.Row{about, {
			fmt.Sprintf("%s, until %s, in runs from %s to %s", Visible(w.State), Visible(w.Expires), minute(w.FirstRun), minute(w.LastRun)),
			"approved by " + Visible(w.ApprovedBy) + ": " + visible.Clip(Visible(w.Justification), longest),
		}})
	}
	return s
}

func periodApprovals(p *scanner.Period) periodSection {
	s := periodSection{title: "Baselines", one: "approval", many: "approvals", columns: [2]string{"Baseline", "Approved"}}
	for i := range p.Approvals {
		a := &p.Approvals[i]
		s.rows = append(s.rows, layout.Row{{Visible(fmt.Sprintf("%.12s", a.Digest))}, {
			fmt.Sprintf("by %s on %s: %s", Visible(a.By), minute(a.At), visible.Clip(Visible(a.Reason), longest)),
			"runs of " + scanner.Count(a.Days, "day", "days") + " compared with it",
		}})
	}
	return s
}

func periodDeliveries(p *periodNames) periodSection {
	s := periodSection{title: "Deliveries", one: "export with days without objects, or a hole", many: "exports with days without objects, or a hole", columns: [2]string{"Export", "Days"}}
	for i := range p.Deliveries {
		d := &p.Deliveries[i]
		if d.Empty == 0 && d.HoleDays == 0 {
			continue
		}
		var spans []string
		for _, h := range d.Holes {
			spans = append(spans, h.From+" to "+h.To)
		}
		what := []string{fmt.Sprintf("objects on %s, none on %d, unknown on %d", scanner.Count(d.Arrived, "day", "days"), d.Empty, d.Unknown)}
		if len(spans) > 0 {
			what = append(what, "none from "+some(spans, fewEach, "span", "spans"))
		}
		if d.HoleDays > 0 {
			what = append(what, "delivery_continuous found a hole on "+scanner.Count(d.HoleDays, "day", "days"))
		}
		s.rows = append(s.rows, layout.Row{p.names(d.Tenant, d.ExportID), what})
	}
	return s
}

// periodMarkdown writes the same as the table, without its colours and for each
// section a table.
func periodMarkdown(w io.Writer, p *scanner.Period, _ Options) error {
	m := &markdown{}
	fmt.Fprintf(&m.text, "# trailguard, %s to %s\n\n**All results together, %s.**\n\nTenants: %s. A day on which no run judged every export and rule of a tenant is not assessed. Which rules bear on a control is this project's judgement.\n",
		p.From, p.To, days(&p.Summary), mdText(firstOf(some(p.Tenants, fewEach, "tenant", "tenants"), "none")))
	for _, s := range periodSections(p) {
		m.section(s.title, s.columns[:], len(s.rows), func(i int) []string {
			return []string{mdText(strings.Join(s.rows[i][0], ", ")), mdText(visible.Clip(strings.Join(s.rows[i][1], "; "), maxMarkdownText))}
		})
		if s.quiet > 0 && m.text.Len() < maxMarkdown {
			fmt.Fprintf(&m.text, "\n%s: %d more, on which no complete run found anything but a pass.\n", s.title, s.quiet)
		}
	}
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write markdown of a period: %w", err)
	}
	return nil
}
