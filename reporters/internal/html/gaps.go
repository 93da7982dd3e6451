package html

import (
	"cmp"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// gap is something that could not be read, and what to do about it.
type gap struct {
	What, Resource, Reason, Call, Permission, Code, RequestID, Detail, Step string
	Accepted                                                                *waiverNote
}

func newGap(g *scanner.Gap) gap {
	shown := gap{
		What: visible.Text(cmp.Or(g.Kind.Noun(), "evidence")), Resource: visible.Text(g.Resource), Reason: visible.Text(g.Cause()),
		Call: visible.Text(g.Call), Permission: visible.Text(g.LackedPermission()), Code: visible.Text(g.Code),
		RequestID: visible.Text(g.RequestID), Detail: visible.Text(g.Detail), Step: visible.Text(g.Remedy()),
	}
	if g.Name != "" {
		shown.What += " " + visible.Text(g.Name)
	}
	if g.Accepted != nil {
		note := newWaiverNote(g.Accepted)
		shown.Accepted = &note
	}
	return shown
}

func (b *builder) gaps() {
	for i := range b.report.Gaps {
		b.page.Gaps = append(b.page.Gaps, newGap(&b.report.Gaps[i]))
	}
}
