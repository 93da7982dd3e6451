package pipeline

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
)

type exportID struct{ tenant, id string }

// Address writes into a report's findings and drift which resources of the plan change
// what they are about. A finding whose documents no resource changes has none where it
// was there before; what is new, or gone, or not known any more is the doing of all
// that change the export's documents.
func (p *Plan) Address(r *scanner.Report) {
	for i := range r.Findings {
		f := &r.Findings[i]
		touches := p.touches[exportID{f.Tenant, f.ExportID}]
		f.ChangedBy = addresses(touches, func(t *overlay.Touch) bool { return about(t, f) })
		if len(f.ChangedBy) == 0 && f.State != scanner.StateUnchanged {
			f.ChangedBy = addresses(touches, func(*overlay.Touch) bool { return true })
		}
	}
	for i := range r.Drift {
		c := &r.Drift[i]
		c.ChangedBy = addresses(p.touches[exportID{c.Tenant, c.ExportID}], func(t *overlay.Touch) bool {
			return is(t, c.Kind, c.Resource, c.Name)
		})
	}
}

// addresses are those of some documents, each once and sorted.
func addresses(touches []overlay.Touch, which func(*overlay.Touch) bool) []scanner.ChangedBy {
	var list []scanner.ChangedBy
	for i := range touches {
		if which(&touches[i]) {
			list = append(list, touches[i].By)
		}
	}
	slices.SortFunc(list, func(x, y scanner.ChangedBy) int { return strings.Compare(x.Address, y.Address) })
	return slices.Compact(list)
}

// about says whether a finding rests on a document.
func about(t *overlay.Touch, f *scanner.Finding) bool {
	at := func(l *scanner.Location) bool { return l != nil && is(t, l.Kind, l.Resource, l.Name) }
	return slices.ContainsFunc(f.Evidence, func(l scanner.Location) bool { return at(&l) }) ||
		slices.ContainsFunc(f.Reasons, func(r scanner.Reason) bool { return at(r.Location) }) ||
		slices.ContainsFunc(f.Gaps, func(g scanner.Gap) bool { return is(t, g.Kind, g.Resource, g.Name) })
}

func is(t *overlay.Touch, kind document.Kind, resource, name string) bool {
	return t.Resource == resource && (t.Kind == "" || t.Kind == kind && t.Name == name)
}
