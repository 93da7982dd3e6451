package html

import (
	"fmt"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trailguard/trailguard/scanner"
)

func (p *place) show() g.Node {
	return p.called(fmt.Sprintf("%s, line %d", p.Noun, p.Line))
}

// called is the place by a text, or by its path where the document is not shown.
func (p *place) called(text string) g.Node {
	if p.Anchor == "" {
		return g.El("bdi", h.Class("place"), g.Text(p.pathLine()))
	}
	return h.A(h.Href("#"+p.Anchor), markup(text))
}

func (p *place) pathLine() string { return fmt.Sprintf("%s:%d", p.Path, p.Line) }

func (e *excerpt) show() g.Node {
	if len(e.Lines) == 0 && e.Place.Anchor != "" {
		return all(h.P(e.Place.show()), newline)
	}
	return all(h.Figure(h.Class("source"), newline,
		h.FigCaption(e.Place.called(e.Place.pathLine())), newline,
		when(len(e.Lines) > 0, func() g.Node {
			return all(h.Pre(each(e.Lines, func(_ int, l *line) g.Node {
				return l.as(h.B(number(l.Number)), markup(l.Text), newline)
			})), newline,
				when(e.Left > 0, func() g.Node {
					return all(h.P(h.Class("muted"),
						g.Text(scanner.Count(e.Left, "more line stands", "more lines stand")+" in the whole document.")), newline)
				}))
		})), newline)
}

// as is a line as an element, which says whether the line decided.
func (l *line) as(nodes ...g.Node) g.Node {
	if l.Marked {
		return h.Mark(nodes...)
	}
	return h.I(nodes...)
}

func (p *page) showDocuments() g.Node {
	if len(p.Documents) == 0 {
		return nil
	}
	return section("documents", "Documents",
		lead(g.Text("Each document that a finding points into, once, indented in its own order, with the SHA-256 of the text as received. Statements that decided are marked.")),
		each(p.Documents, func(_ int, s **source) g.Node { return (*s).show(p.Brief) }))
}

func (s *source) show(brief bool) g.Node {
	pre := s.whole()
	if brief {
		pre = s.brief()
	}
	return all(h.Section(h.Class("document"), newline,
		h.H3(h.ID(s.Anchor), markup(s.Of[0].Noun), g.Text(" of "), bdi(s.Of[0].Resource), when(len(s.Of) > 1, func() g.Node {
			return g.Text(" and " + scanner.Count(len(s.Of)-1, "other", "others"))
		})), newline,
		h.P(h.Class("meta"), each(s.Of, func(_ int, of *belonging) g.Node { return all(bdi(of.Path), g.Text(", ")) }),
			g.Text("SHA-256 "), code(s.Digest)), newline,
		pre, newline), newline)
}

// whole is the document with each line by its number.
func (s *source) whole() g.Node {
	return h.Pre(h.Class("whole"), each(s.Lines, func(_ int, l *line) g.Node {
		if l.Left > 0 {
			return l.left()
		}
		return l.as(g.If(l.Anchor != "", h.ID(l.Anchor)), markup(l.Text), newline)
	}))
}

// brief has elements for those lines alone that something points at, with their numbers,
// and for those that decided: a large page has tens of thousands of others.
func (s *source) brief() g.Node {
	marked := func(i int) bool {
		return i >= 0 && i < len(s.Lines) && s.Lines[i].Marked && s.Lines[i].Anchor == ""
	}
	return h.Pre(each(s.Lines, func(i int, l *line) g.Node {
		switch {
		case l.Left > 0:
			return l.left()
		case l.Anchor != "":
			return l.as(h.ID(l.Anchor), h.B(number(l.Number)), markup(l.Text), newline)
		default:
			return all(g.If(marked(i) && !marked(i-1), g.Raw("<mark>")), markup(l.Text), newline, g.If(marked(i) && !marked(i+1), g.Raw("</mark>")))
		}
	}))
}

func (l *line) left() g.Node {
	return h.Em(g.Text(scanner.Count(l.Left, "line is", "lines are")+" left out here: the snapshot and --evidence have them"), newline)
}

func (p *page) showDrift() g.Node {
	if len(p.Drift) == 0 {
		return nil
	}
	return section("drift", "What changed since the baseline",
		lead(g.Text("By meaning: reordered statements and rewritten lists are no change.")),
		each(p.Drift, func(_ int, c *change) g.Node { return c.show() }))
}

func (c *change) show() g.Node {
	side := func(caption string, lines []string) g.Node {
		content := h.P(g.Text("nothing"))
		if len(lines) > 0 {
			content = h.Pre(each(lines, func(_ int, l *string) g.Node { return all(g.Text(*l), newline) }))
		}
		return all(h.Figure(h.Class("source"), h.FigCaption(g.Text(caption)), content), newline)
	}
	return all(h.Article(h.Class("change"), newline,
		h.H3(badge(c.Kind, c.Effect), g.Text(" "), c.Who.show()), newline,
		h.P(h.Class("meta"), bdi(c.Noun), g.Text(" of "), bdi(c.Resource)), newline,
		h.P(h.Class("message"), bdi(c.Message)), newline,
		when(c.Changed != "", func() g.Node { return all(h.P(h.Class("changed"), bdi(c.Changed)), newline) }),
		when(c.Witness != "", func() g.Node { return all(h.P(g.Text("For example: "), bdi(c.Witness)), newline) }),
		each(c.ChangedBy, func(_ int, by *changedBy) g.Node { return by.show() }),
		when(len(c.Before)+len(c.After) > 0, func() g.Node {
			return all(h.Div(h.Class("sides"), newline, side("Before", c.Before), side("After", c.After)), newline)
		}),
		when(len(c.Diff) > 0, func() g.Node {
			return all(h.Figure(h.Class("source"), h.FigCaption(g.Text("The difference of the normalised documents")),
				h.Pre(h.Class("diff"), each(c.Diff, func(_ int, l *diffLine) g.Node { return l.show() }))), newline)
		})), newline)
}

func (l *diffLine) show() g.Node {
	switch l.Kind {
	case "added":
		return h.Ins(g.Text(l.Text), newline)
	case "removed":
		return h.Del(g.Text(l.Text), newline)
	default:
		return all(g.Text(l.Text), newline)
	}
}
