package html

import (
	"io"
	"net/url"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// newline stands between elements for those who read the page's source.
var newline = g.Raw("\n")

// each makes elements of a list, one at a time: a page of a large fleet has millions,
// which are never all in memory.
func each[T any](list []T, element func(int, *T) g.Node) g.Node {
	return g.NodeFunc(func(w io.Writer) error {
		for i := range list {
			if err := element(i, &list[i]).Render(w); err != nil {
				return err
			}
		}
		return nil
	})
}

// all is several nodes as one. It makes no element.
func all(nodes ...g.Node) g.Node { return g.Group(nodes) }

// when is a node that is made only where it is shown.
func when(shown bool, node func() g.Node) g.Node {
	if !shown {
		return g.Group(nil)
	}
	return node()
}

// either chooses one of two texts.
func either(is bool, then, otherwise string) string {
	if is {
		return then
	}
	return otherwise
}

func number(n int) g.Node { return g.Text(strconv.Itoa(n)) }

// bdi is a text from outside, whose direction must not turn what stands around it.
func bdi(text string) g.Node { return g.El("bdi", g.Text(text)) }

func code(text string) g.Node { return h.Code(g.Text(text)) }

// markup is text between tags in which only what HTML reads as markup is escaped:
// documents are full of quotes, which would be five characters each.
func markup(text string) g.Node { return g.Raw(notText.Replace(text)) }

var notText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// to leads to an element of the page.
func to(anchor, text string) g.Node { return h.A(h.Href("#"+anchor), g.Text(text)) }

// reference leads out of the page. Only what a browser fetches is a link: a rule of
// somebody else's may name anything.
func reference(address string) g.Node {
	if u, err := url.Parse(address); err != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return bdi(address)
	}
	return h.A(h.Href(address), h.Rel("noreferrer"), g.Text(address))
}

// section is a part of the page that the contents lead to.
func section(id, title string, content ...g.Node) g.Node {
	return h.Section(h.ID(id), h.Aria("labelledby", id+"-title"), newline,
		h.H2(h.ID(id+"-title"), g.Text(title)), newline, g.Group(content))
}

func lead(nodes ...g.Node) g.Node {
	return all(h.P(h.Class("lead"), g.Group(nodes)), newline)
}

// tableOf is a table whose caption only screen readers say.
func tableOf(class, caption string, columns []string, rows g.Node) g.Node {
	return all(h.Table(h.Class(class), newline,
		h.Caption(h.Class("out"), g.Text(caption)), newline,
		h.THead(h.Tr(each(columns, func(_ int, c *string) g.Node { return h.Th(h.Scope("col"), g.Text(*c)) }))), newline,
		h.TBody(newline, rows), newline), newline)
}

func rowHead(nodes ...g.Node) g.Node { return h.Th(h.Scope("row"), g.Group(nodes)) }

// labelled is a cell that says its column's name where columns are not side by side.
func labelled(label string, nodes ...g.Node) g.Node {
	return h.Td(h.Data("label", label), g.Group(nodes))
}

func badge(kind, text string) g.Node {
	return h.Span(h.Class("badge is-"+kind), g.Text(text))
}

// tiles are numbers with their names; one that is zero is shown as nothing.
func tiles(class string, list []tile) g.Node {
	return h.Ul(h.Class(class), each(list, func(_ int, t *tile) g.Node {
		return h.Li(h.Class("is-"+either(t.Count > 0, t.Kind, "none")), h.B(number(t.Count)), g.Text(" "+t.Name))
	}))
}

// said is what show shows, in words alone.
func (w who) said() string {
	return w.Name + either(w.ID != "", " "+w.ID, "") + either(w.Tenant != "", " of "+w.Tenant, "")
}

func (w who) show() g.Node {
	return all(bdi(w.Name),
		when(w.ID != "", func() g.Node { return all(g.Text(" "), code(w.ID)) }),
		when(w.Tenant != "", func() g.Node {
			return all(g.Text(" "), h.Span(h.Class("tenant"), g.Text("of "), bdi(w.Tenant)))
		}))
}
