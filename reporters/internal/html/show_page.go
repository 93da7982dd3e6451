package html

import (
	"fmt"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// document is the whole page.
func (p *page) document() g.Node {
	return shell(p.Title, p.head(), p.contents(), p.main(), "The same snapshot, rules and settings always give this file, byte for byte.")
}

// shell is what every page has around what it shows.
func shell(title string, head, contents, main g.Node, same string) g.Node {
	return all(g.Raw("<!DOCTYPE html>\n"), h.HTML(h.Lang("en"), newline,
		h.Head(newline,
			h.Meta(h.Charset("utf-8")), newline,
			h.Meta(g.Attr("http-equiv", "Content-Security-Policy"), h.Content(policy())), newline,
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")), newline,
			h.Meta(h.Name("color-scheme"), h.Content("light dark")), newline,
			h.Meta(h.Name("referrer"), h.Content("no-referrer")), newline,
			h.TitleEl(g.Text(title)), newline,
			h.StyleEl(g.Raw(style)), newline), newline,
		h.Body(newline,
			h.A(h.Class("skip"), h.Href("#main"), g.Text("Skip to the report")), newline,
			head, newline,
			h.Div(h.Class("layout"), newline, contents, newline, main, newline), newline,
			h.Footer(h.P(g.Text("Times are UTC. "+same+" Which rules bear on a control is this project's judgement.")), newline), newline), newline))
}

func (p *page) main() g.Node {
	parts := []g.Node{h.ID("main"), g.If(p.Large, h.Class("large")), newline}
	for _, part := range []func() g.Node{
		p.showSummary, p.showParts, p.showControls, p.showMatrix, p.showFailures, p.showUnassessed, p.showDrift, p.showWaivers,
		p.showResolved, p.showAttested, p.showTrend, p.showDeliveries, p.showAssumptions, p.showCalls, p.showDocuments,
	} {
		if shown := part(); shown != nil {
			parts = append(parts, shown, newline)
		}
	}
	return h.Main(parts...)
}

func brand() g.Node {
	return all(h.P(h.Class("brand"), g.Text("trailguard "), h.Span(g.Text("audit trail report"))), newline)
}

// head is the verdict: large on the first page, in a line on the others.
func (p *page) head() g.Node {
	v := &p.Verdict
	if p.Part != "" {
		return all(h.Header(h.Class("cover"), newline, brand(),
			h.H1(h.Class("title"), bdi(p.Part)), newline,
			h.P(h.Class("whole-verdict"), badge(v.Kind, v.Word), g.Text(" the whole report: "), bdi(v.Sentence), g.Text(" "),
				h.A(h.Href(index), g.Text("To its first page"))), newline), newline)
	}
	return v.show(p.Unread)
}

// show is the verdict as nobody can miss it, and which tenants could not be read.
func (v *verdict) show(unread []string) g.Node {
	return all(h.Header(h.Class("cover"), newline, brand(),
		h.Div(h.Class("verdict is-"+v.Kind), newline, sign(v.Kind), newline,
			h.Div(newline,
				h.P(h.Class("word"), g.Text(v.Word)), newline,
				h.H1(bdi(v.Sentence)), newline,
				each(v.More, func(_ int, more *string) g.Node { return all(h.P(g.Text(*more)), newline) }),
				each(unread, func(_ int, tenant *string) g.Node {
					return all(h.P(g.Text("The exports of tenant "), bdi(*tenant),
						g.Text(" could not be read, or not all of them: some may be missing from this report.")), newline)
				})), newline), newline), newline)
}

// sign tells the verdict by its shape.
func sign(kind string) g.Node {
	shape := `<path class="shape" d="M24 3l22 40H2z"/><path class="glyph" d="M24 18v12M24 36v1"/>`
	switch kind {
	case "fail":
		shape = `<path class="shape" d="M15 3h18l12 12v18L33 45H15L3 33V15z"/><path class="glyph" d="M16 16l16 16M32 16L16 32"/>`
	case "pass":
		shape = `<circle class="shape" cx="24" cy="24" r="21"/><path class="glyph" d="M14 25l7 7 13-15"/>`
	}
	return g.El("svg", h.Class("sign"), g.Attr("viewBox", "0 0 48 48"), h.Width("64"), h.Height("64"),
		h.Aria("hidden", "true"), g.Attr("focusable", "false"), g.Raw(shape))
}

// contents leads to what is on the page.
func (p *page) contents() g.Node {
	return contents([]entry{
		{p.Part != "", index, "First page"},
		{p.Part == "", "#summary", "Summary"},
		{len(p.Parts) > 0, "#parts", "Pages"},
		{len(p.Frameworks) > 0, "#controls", "Controls"},
		{len(p.Matrix.Tables) > 0, "#results", "Every result"},
		{p.Findings(), "#findings", "What fails"},
		{p.Findings() || len(p.Gaps) > 0, "#unassessed", "Not assessed"},
		{len(p.Drift) > 0, "#drift", "What changed"},
		{p.Waivers.any(), "#waivers", "Waived and accepted"},
		{len(p.Attested) > 0, "#attested", "Attested by hand"},
		{len(p.Resolved) > 0, "#resolved", "Resolved"},
		{p.Trend != nil, "#trend", "The trend"},
		{len(p.Deliveries.Calendars) > 0, "#deliveries", "What was delivered"},
		{p.Part == "", "#assumptions", "Taken for granted"},
		{len(p.Asked) > 0, "#calls", "Every call"},
		{len(p.Documents) > 0, "#documents", "Documents"},
	})
}

// entry leads to a part of a page, where it is shown.
type entry struct {
	shown       bool
	href, title string
}

func contents(entries []entry) g.Node {
	list := []g.Node{newline}
	for _, e := range entries {
		if e.shown {
			list = append(list, h.Li(h.A(h.Href(e.href), g.Text(e.title))), newline)
		}
	}
	return h.Nav(h.Class("contents"), h.Aria("label", "Contents"), newline, h.Ul(list...), newline)
}

func (p *page) showSummary() g.Node {
	if p.Part != "" {
		return nil
	}
	figures := func(title string, list []tile) g.Node {
		return all(h.Div(h.H3(g.Text(title)), newline, tiles("tiles", list)), newline)
	}
	return section("summary", "Summary",
		h.Div(h.Class("summary"), newline,
			identity(p.Identity), newline,
			h.Div(h.Class("figures"), newline,
				figures("Failures that are not waived", p.Severities),
				figures("Results", p.Statuses),
				when(len(p.Frameworks) > 0, func() g.Node { return figures("Controls", p.ControlCounts) }),
				h.P(h.Class("coverage"), g.Text("Assessed: "), h.B(number(p.Coverage.Assessed)),
					g.Text(fmt.Sprintf(" of %d results that apply (%.1f %%).", p.Coverage.Applicable, p.Coverage.Percent))), newline), newline), newline)
}

func identity(facts []fact) g.Node {
	return h.Dl(h.Class("identity"), newline, each(facts, func(_ int, f *fact) g.Node {
		return all(h.Div(h.Dt(g.Text(f.Name)), h.Dd(f.show())), newline)
	}))
}

func (f *fact) show() g.Node {
	switch {
	case f.Time != "":
		return h.Time(h.DateTime(f.Time), g.Text(f.Value))
	case f.Code:
		return code(f.Value)
	default:
		return bdi(f.Value)
	}
}

// showParts lists the pages of a folder.
func (p *page) showParts() g.Node {
	if len(p.Parts) == 0 {
		return nil
	}
	return section("parts", "Pages",
		lead(g.Text("Every result, finding, change and delivery is on one of these pages, with its documents. Nothing is left out.")),
		tableOf("stack", "Pages of this report", []string{"Page", "Fail", "Not assessed", "Waived or accepted", "Resolved", "Changes"},
			each(p.Parts, func(_ int, part *part) g.Node {
				return all(h.Tr(rowHead(h.A(h.Href(part.File), bdi(part.Title))), part.show()), newline)
			})))
}

func (p *part) show() g.Node {
	if p.Tenant == "" {
		return h.Td(h.ColSpan("5"), g.Text("every call that was answered"))
	}
	marked := func(kind string, n int) g.Node {
		if n == 0 {
			return number(n)
		}
		return badge(kind, fmt.Sprint(n))
	}
	return all(labelled("Fail", marked("fail", p.Failing)), labelled("Not assessed", marked("unknown", p.Unassessed)),
		labelled("Waived or accepted", number(p.Waived)), labelled("Resolved", number(p.Resolved)), labelled("Changes", number(p.Changes)))
}

func (p *page) showAssumptions() g.Node {
	if p.Part != "" {
		return nil
	}
	if len(p.Assumptions) == 0 {
		return section("assumptions", "Taken for granted and declared", h.P(g.Text("Nothing is.")), newline)
	}
	return section("assumptions", "Taken for granted and declared",
		lead(g.Text("Every answer about access rests on these. What is declared, somebody of the organisation has said in the configuration.")),
		h.Ul(newline, each(p.Assumptions, func(_ int, a *string) g.Node { return all(h.Li(bdi(*a)), newline) })), newline)
}
