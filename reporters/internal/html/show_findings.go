package html

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// none says that there is nothing of a kind, on this page or at all.
func (p *page) none(what, end string) g.Node {
	return h.P(g.Text(either(p.Part != "", "Of what is on this page, "+what, string(what[0]-'a'+'A')+what[1:]) + end))
}

func (p *page) showFailures() g.Node {
	if !p.Findings() {
		return nil
	}
	return section("findings", "What fails",
		when(p.Brief, func() g.Node {
			return lead(g.Text("A statement that decided is marked in its document, further down: the line below a finding leads to it."))
		}),
		groups(p.Failures),
		when(len(p.Failures) == 0, func() g.Node { return p.none("nothing", " fails that is not waived.") }), newline)
}

func (p *page) showUnassessed() g.Node {
	if !p.Findings() && len(p.Gaps) == 0 {
		return nil
	}
	return section("unassessed", "Not assessed",
		when(len(p.Unassessed) > 0, func() g.Node {
			return lead(g.Text("Nobody knows whether these are in order. Unknown is never a pass."))
		}),
		when(p.Findings(), func() g.Node {
			return all(groups(p.Unassessed),
				when(len(p.Unassessed) == 0, func() g.Node { return p.none("no", " result is unknown that is not accepted.") }), newline)
		}),
		when(len(p.Gaps) > 0, func() g.Node {
			return all(h.H3(g.Text("What could not be read")), newline,
				tableOf("stack", "What could not be read, and what to do about it", []string{"What", "Why", "What to do", "Call"},
					each(p.Gaps, func(_ int, gap *gap) g.Node { return all(gap.row(), newline) })))
		}))
}

// row is the gap as a line of a table.
func (o *gap) row() g.Node {
	do := bdi(o.Step)
	if o.Permission != "" {
		do = all(g.Text("grant "), code(o.Permission))
	}
	call := g.Text("none")
	if o.Call != "" {
		call = code(o.Call)
	}
	return h.Tr(rowHead(bdi(o.What), g.Text(" of "), bdi(o.Resource)),
		labelled("Why", bdi(o.Reason), when(o.Detail != "", func() g.Node {
			return all(h.Br(), g.El("bdi", h.Class("muted"), g.Text(o.Detail)))
		})),
		labelled("What to do", do, when(o.Accepted != nil, func() g.Node {
			return all(h.Br(), badge("accepted", "accepted"), g.Text(" "), o.Accepted.show())
		})),
		labelled("Call", call,
			when(o.Code != "", func() g.Node { return all(h.Br(), code(o.Code)) }),
			when(o.RequestID != "", func() g.Node { return all(h.Br(), g.Text("request "), code(o.RequestID)) })))
}

func groups(list []ruleGroup) g.Node {
	return each(list, func(_ int, group *ruleGroup) g.Node { return group.show() })
}

func (r *ruleGroup) show() g.Node {
	section, title := []g.Node{h.Class("group")}, []g.Node{}
	if r.Anchor != "" {
		section, title = append(section, h.Aria("labelledby", r.Anchor)), append(title, h.ID(r.Anchor))
	}
	title = append(title, h.Span(h.Class("severity is-"+r.Severity), g.Text(r.Severity)), g.Text(" "), bdi(r.Title))
	return all(h.Section(append(section, newline,
		h.H3(title...), newline,
		h.P(h.Class("meta"), code(r.ID), each(r.Controls, func(_ int, c *string) g.Node {
			return all(g.Text(" "), h.Span(h.Class("control"), g.Text(*c)))
		})), newline,
		when(r.Description != "", func() g.Node { return all(h.P(h.Class("description"), g.Text(r.Description)), newline) }),
		mend(r.MendLabel, r.Remediation),
		when(r.General, func() g.Node {
			return all(h.P(h.Class("meta"), g.Text(anyID+" is the id beside the name of each export, and "+anyResource+" what stands below.")), newline)
		}),
		each(r.Findings, func(_ int, f *finding) g.Node { return f.show() }),
		when(len(r.References) > 0, func() g.Node {
			return all(h.P(h.Class("references"), g.Text("See "), each(r.References, func(i int, address *string) g.Node {
				return all(g.Text(either(i > 0, ", ", "")), reference(*address))
			})), newline)
		}))...), newline)
}

// mend says what to do, where that is not said elsewhere.
func mend(label, remediation string) g.Node {
	return when(remediation != "", func() g.Node {
		return all(h.P(h.Class("mend"), h.B(g.Text(label+".")), g.Text(" "), g.El("bdi", markup(remediation))), newline)
	})
}

// show makes few classes: what each paragraph is, the style tells by its place, since
// a page has thousands of findings.
func (f *finding) show() g.Node {
	end := g.If(!f.Brief, newline)
	return all(h.Article(h.Class("finding is-"+f.Kind), h.ID(f.Anchor), end,
		h.H4(f.Who.show()), end,
		h.P(h.B(g.Text(f.status())), when(f.State != "" && f.Kind != "resolved", func() g.Node {
			return all(g.Text(" "), h.B(g.Text(f.State)))
		}), g.Text(" "), bdi(f.Resource)), end,
		h.P(markup(f.Message)), end,
		when(f.Changed != "", func() g.Node { return all(h.P(h.Class("changed"), bdi(f.Changed)), newline) }),
		when(f.Excerpt != nil, func() g.Node { return f.Excerpt.show() }),
		f.considered(),
		each(f.Gaps, func(_ int, o *gap) g.Node {
			return all(h.P(h.Class("gap"), g.Text("Not read: "), bdi(o.What), g.Text(" of "), bdi(o.Resource), g.Text(": "), bdi(o.Reason), g.Text("."),
				when(o.Permission != "", func() g.Node { return all(g.Text(" Grant "), code(o.Permission), g.Text(".")) })), newline)
		}),
		each(f.Waivers, func(_ int, w *waiverNote) g.Node { return all(h.P(h.Class("waiver"), w.show()), newline) }),
		each(f.Attested, func(_ int, a *attested) g.Node { return all(h.P(h.Class("waiver"), a.show()), newline) }),
		mend(f.MendLabel, f.Remediation),
		each(f.ChangedBy, func(_ int, c *changedBy) g.Node { return c.show() }),
		when(f.Fingerprint != "", func() g.Node {
			return all(h.P(g.Text("Finding "), code(f.Fingerprint)), end)
		})), newline)
}

// show names a resource of a plan.
func (c *changedBy) show() g.Node {
	return all(h.P(h.Class("meta"), g.Text("Changed by "), code(c.Address),
		when(c.Place != "", func() g.Node { return all(g.Text(", "), code(c.Place)) })), newline)
}

// status is what becomes of the finding, in words.
func (f *finding) status() string {
	switch f.Kind {
	case "waived":
		return "fail, waived"
	case "accepted":
		return "unknown, accepted"
	case "resolved":
		return "resolved"
	default:
		return f.Status
	}
}

// considered is what led to the answer, and what it depends on.
func (f *finding) considered() g.Node {
	return all(
		when(len(f.Reasons) > 0, func() g.Node {
			return all(when(!f.Brief, func() g.Node { return all(h.H5(g.Text("What was considered")), newline) }),
				h.Ul(g.If(!f.Brief, newline), each(f.Reasons, func(_ int, r *reason) g.Node { return all(r.show(), g.If(!f.Brief, newline)) })), newline)
		}),
		when(len(f.Needs) > 0, func() g.Node {
			return all(h.P(g.Text("It depends on "), each(f.Needs, func(i int, key *string) g.Node {
				return all(g.Text(either(i > 0, ", ", "")), code(*key))
			}), g.Text(", which no document tells.")), newline)
		}))
}

func (r *reason) show() g.Node {
	return h.Li(
		when(r.Effect != "", func() g.Node { return all(h.B(g.Text(r.Effect)), g.Text(" ")) }),
		g.El("bdi", markup(r.Note)),
		when(r.Policy != "", func() g.Node {
			return all(g.Text(" ("), bdi(r.Policy),
				when(r.Statement != "", func() g.Node { return all(g.Text(", statement "), bdi(r.Statement)) }), g.Text(")"))
		}),
		when(r.Document != nil, func() g.Node { return all(g.Text(" "), r.Document.show()) }))
}

func (w *waiverNote) show() g.Node {
	return all(g.Text("Approved by "), bdi(w.By), g.Text(" until "+w.Until), w.ticket(), g.Text(": "), bdi(w.Justification))
}

func (w *waiverNote) ticket() g.Node {
	return when(w.Ticket != "", func() g.Node { return all(g.Text(" ("), bdi(w.Ticket), g.Text(")")) })
}
