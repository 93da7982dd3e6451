package html

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trailguard/trailguard/scanner"
)

func (p *page) showControls() g.Node {
	if len(p.Frameworks) == 0 {
		return nil
	}
	return section("controls", "Controls",
		lead(g.Raw("A control is <em>met</em> where every rule that bears on it passed wherever it applies. "+
			"A waived failure leaves it <em>not met</em>. It is <em>not assessed</em> where no rule is known to fail and something is not known, "+
			"and <em>not covered</em> where no rule had anything to judge.")),
		each(p.Frameworks, func(_ int, f *framework) g.Node { return all(f.show(), newline) }))
}

func (f *framework) show() g.Node {
	return h.Section(h.Class("framework"), h.Aria("labelledby", f.Anchor), newline,
		h.H3(h.ID(f.Anchor), bdi(f.Name)), newline,
		tiles("tiles small", f.Counts), newline,
		tableOf("controls", "Controls of "+f.Name, []string{"Control", "State", "Because", "Rules"},
			each(f.Controls, func(_ int, c *control) g.Node {
				return all(h.Tr(rowHead(bdi(c.ID)), labelled("State", badge(c.Kind, c.State)), labelled("Because", bdi(c.Reason), each(c.Attested, func(_ int, a *attested) g.Node { return a.ofControl() })),
					labelled("Rules", h.Ul(h.Class("rules"), each(c.Rules, func(_ int, r *controlRule) g.Node { return r.show() })))), newline)
			})))
}

func (r *controlRule) show() g.Node {
	name := bdi(r.ID)
	if r.Anchor != "" {
		name = to(r.Anchor, r.ID)
	}
	return h.Li(h.Class("is-"+r.Kind), name, g.Text(" "), h.Span(g.Text(r.Counts)))
}

// scrolled is a table that is wider than a page may be.
func scrolled(caption, class, subject string, columns, rows g.Node) g.Node {
	return all(h.Section(h.Class("scroll"), h.TabIndex("0"), h.Aria("label", caption), newline,
		h.Table(h.Class(class), newline,
			h.Caption(g.Text(caption)), newline,
			h.THead(h.Tr(h.Th(h.Scope("col"), h.Class("corner"), g.Text(subject)), columns)), newline,
			h.TBody(newline, rows), newline), newline), newline)
}

func (p *page) showMatrix() g.Node {
	if len(p.Matrix.Tables) == 0 {
		return nil
	}
	return section("results", "Every result",
		h.P(h.Class("legend"), each(p.Matrix.Legend, func(_ int, t *tile) g.Node {
			return all(h.Span(h.Class("is-"+t.Kind), g.Text(t.Name)), g.Text(" "))
		}), g.Text("A letter that is a link leads to the finding.")), newline,
		each(p.Matrix.Tables, func(_ int, t *matrixTable) g.Node {
			return scrolled(t.Caption, "matrix", "Subject",
				each(t.Rules, func(_ int, r *matrixRule) g.Node {
					return h.Th(h.Scope("col"), h.Span(h.Title(r.Title), g.Text(r.ID)))
				}),
				each(t.Rows, func(_ int, r *matrixRow) g.Node {
					return all(h.Tr(rowHead(r.Who.show()), each(r.Cells, func(_ int, c *cell) g.Node { return c.show() })), newline)
				}))
		}))
}

func (c *cell) show() g.Node {
	letter := g.Text(c.Letter)
	if c.Anchor != "" {
		letter = to(c.Anchor, c.Letter)
	}
	return h.Td(g.If(c.Kind != "pass", h.Class(c.short())), letter)
}

func (p *page) showTrend() g.Node {
	if p.Trend == nil {
		return nil
	}
	return section("trend", "The trend",
		lead(g.Text("What the runs found that the history keeps, of the last 90 days and of the same tenants, run by run. A waived failure counts as failing.")),
		p.Trend.show("Results that fail or are not assessed, by run", "Run"))
}

func (p *page) showDeliveries() g.Node {
	d := &p.Deliveries
	if len(d.Calendars) == 0 {
		return nil
	}
	return section("deliveries", "What was delivered",
		lead(g.Text("A square a day, weeks from left to right, Monday on top: "), key("arrived", "objects are there"), g.Text(" "),
			key("nothing", "none is there"), g.Text(" "), key("open", "open: not all was listed, or the day was not over"),
			g.Text(". Whether a day without objects is a hole depends on the export's interval: the rule delivery_continuous judges it. "+
				"Days are by UTC and the objects' last modification. The tables have the numbers, \u2013 for a day of which nothing was asked.")),
		h.Div(h.Class("calendars"), newline, showShapes(d.Shapes), each(d.Calendars, func(_ int, c *calendar) g.Node { return all(c.show(), newline) })), newline,
		each(d.Tables, func(_ int, t *deliveryTable) g.Node {
			return scrolled(t.Caption, "matrix numbers weeks", "Export",
				each(d.Weeks, func(_ int, week *string) g.Node { return h.Th(h.Scope("col"), g.Text(*week)) }),
				each(t.Rows, func(_ int, r *deliveryRow) g.Node {
					return all(h.Tr(rowHead(r.Who.show()), each(r.Weeks, func(_ int, week *[]day) g.Node { return showWeek(*week) })), newline)
				}))
		}))
}

// key says what a colour and a form stand for.
func key(kind, text string) g.Node { return h.Span(h.Class("key "+kind), g.Text(text)) }

func showWeek(days []day) g.Node {
	return h.Td(each(days, func(i int, d *day) g.Node {
		return all(g.Text(either(i > 0, " ", "")), when(d.Kind == "nothing", func() g.Node { return h.B(g.Text(d.Text)) }),
			g.If(d.Kind != "nothing", g.Text(d.Text)))
	}))
}

func (c *calendar) show() g.Node {
	return h.Figure(h.Class("calendar"), newline, c.draw(), newline,
		h.FigCaption(c.Who.show(),
			when(c.Others != "", func() g.Node { return h.Div(g.Text(c.Others)) }),
			when(c.Anchor != "", func() g.Node { return to(c.Anchor, "see the finding") })), newline)
}

// showShapes draws nothing, but what calendars name.
func showShapes(shapes [][]squares) g.Node {
	return when(len(shapes) > 0, func() g.Node {
		return all(g.El("svg", h.Class("out"), h.Aria("hidden", "true"), g.El("defs", each(shapes, func(i int, paths *[]squares) g.Node {
			return g.El("g", h.ID(shapeID(i+1)), showSquares(*paths))
		}))), newline)
	})
}

func shapeID(n int) string { return "c" + strconv.Itoa(n) }

func showSquares(paths []squares) g.Node {
	return each(paths, func(_ int, s *squares) g.Node { return g.El("path", h.Class(s.Kind), g.Attr("d", s.Path)) })
}

// draw is the squares alone.
func (c *calendar) draw() g.Node {
	return g.El("svg", h.Role("img"), h.Width(strconv.Itoa(c.Width)), h.Height("104"), h.TitleEl(g.Text(c.Said)),
		when(c.Shape > 0, func() g.Node { return g.El("use", h.Href("#"+shapeID(c.Shape))) }),
		when(c.Shape == 0, func() g.Node { return showSquares(c.Paths) }))
}

func (p *page) showWaivers() g.Node {
	w := &p.Waivers
	if !w.any() {
		return nil
	}
	return section("waivers", "Waived and accepted",
		lead(g.Text("Somebody has decided in writing to live with these. A waived failure stays a failure, and an accepted unknown stays unknown.")),
		when(len(w.Uses) > 0, func() g.Node {
			return tableOf("stack", "Waivers and accepted gaps", []string{"About", "State", "Until", "Approved by", "Justification"},
				each(w.Uses, func(_ int, u *waiverUse) g.Node { return all(u.row(), newline) }))
		}), groups(w.Waived), groups(w.Accepted))
}

// lines are texts from outside, one below the other.
func lines(list []string) g.Node {
	return each(list, func(i int, text *string) g.Node {
		return all(when(i > 0, func() g.Node { return h.Br() }), bdi(*text))
	})
}

func (u *waiverUse) row() g.Node {
	return h.Tr(rowHead(lines(u.About)),
		labelled("State", badge(u.Kind, u.State), when(u.Findings > 0, func() g.Node {
			return all(g.Text(" "), h.Span(h.Class("muted"), g.Text("covers "+strconv.Itoa(u.Findings))))
		})),
		labelled("Until", g.Text(u.Note.Until), when(u.Left != "", func() g.Node {
			return all(h.Br(), h.Span(h.Class("muted"), g.Text(u.Left)))
		})),
		labelled("Approved by", bdi(u.Note.By)),
		labelled("Justification", bdi(u.Note.Justification), u.Note.ticket(), when(u.Source != "", func() g.Node {
			return all(h.Br(), g.El("bdi", h.Class("muted"), g.Text(u.Source)))
		})))
}

func (p *page) showResolved() g.Node {
	if len(p.Resolved) == 0 {
		return nil
	}
	return section("resolved", "Resolved",
		lead(g.Text("These failed in the baseline or the last complete run, and do not any more.")), groups(p.Resolved))
}

func (p *page) showCalls() g.Node {
	if len(p.Asked) == 0 {
		return nil
	}
	gaps := g.Group(nil)
	if len(p.Gaps) > 0 {
		gaps = g.Group{g.Text(", "), to("unassessed", "with the service's request id")}
	}
	return section("calls", "Every call",
		lead(g.Text(scanner.Count(p.Answered, "call", "calls")+" were answered, each with the service's id of the request, where it gave one and it is known, "+
			"and the SHA-256 of what it returned, by which the snapshot holds it; \u201cnone\u201d is the answer that there is no such document. "+
			"A call without a time was answered at that of the one before it. What was not answered stands with the gaps"),
			gaps, g.Text(".")), p.showShared(),
		tableOf("stack calls", "Calls by resource", []string{"Resource", "From", "Call, request id, SHA-256"},
			each(p.Asked, func(_ int, a *asked) g.Node {
				return all(h.Tr(rowHead(bdi(a.Resource)), h.Td(g.Text(a.From)), h.Td(each(a.Calls, func(i int, c *answer) g.Node { return all(g.If(i > 0, newline), c.show()) }))), newline)
			})))
}

// showShared lists the answers that calls name by numbers.
func (p *page) showShared() g.Node {
	if len(p.Shared) == 0 {
		return g.Group(nil)
	}
	return all(lead(g.Text("An answer that many calls have in common is named by its number in this list, such as #1.")),
		h.Ol(h.Class("shared"), newline, each(p.Shared, func(_ int, digest *string) g.Node { return all(h.Li(code(*digest)), newline) })), newline)
}

func (c *answer) show() g.Node {
	return all(g.Text(either(c.At != "", c.At+" ", "")+c.Call), when(c.Name != "", func() g.Node { return all(g.Text(" "), bdi(c.Name)) }),
		g.Text(either(c.RequestID != "", " "+c.RequestID, "")+" "+either(c.Digest != "", c.Digest, "none")))
}
