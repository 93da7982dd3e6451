package html

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

func (p *page) showAttested() g.Node {
	if len(p.Attested) == 0 {
		return nil
	}
	return section("attested", "Attested by hand",
		lead(g.Text("What somebody looked at because no program can see it, with the file that proves it. "+
			"An attestation stands beside a result and changes none: what is unknown stays unknown, and a control not assessed.")),
		tableOf("stack", "Attestations", []string{"About", "Result", "Until", "By", "Note and evidence"},
			each(p.Attested, func(_ int, a *attested) g.Node { return all(a.row(), newline) })))
}

func (a *attested) row() g.Node {
	about := g.Text("all exports")
	if a.Export != "" {
		about = code(a.Export)
	}
	return h.Tr(rowHead(bdi(a.About), h.Br(), about),
		labelled("Result", badge(a.Kind, a.Word)),
		labelled("Until", g.Text(a.Until), when(a.Left != "", func() g.Node {
			return all(h.Br(), h.Span(h.Class("muted"), g.Text(a.Left)))
		})),
		labelled("By", bdi(a.By), g.Text(" on "+a.At)),
		labelled("Note and evidence", bdi(a.Note), h.Br(), bdi(a.Evidence), g.Text(", SHA-256 "), code(a.Digest),
			when(a.Source != "", func() g.Node { return all(h.Br(), g.El("bdi", h.Class("muted"), g.Text(a.Source))) })))
}

// show is the attestation in one sentence.
func (a *attested) show() g.Node {
	return all(g.Text("Attested: "+a.Word+", by "), bdi(a.By), g.Text(" on "+a.At+", until "+a.Until+": "), bdi(a.Note))
}

// ofControl says too what it is about: a control has many rules and exports.
func (a *attested) ofControl() g.Node {
	return h.P(h.Class("waiver"), bdi(a.About),
		when(a.Export != "", func() g.Node { return all(g.Text(" for "), code(a.Export)) }), g.Text(": "), a.show())
}
