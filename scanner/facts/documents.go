package facts

import (
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/documents"
)

// raw adds the export's documents that rules read to its facts.
func (e *export) raw(statuses map[string]scanner.FactStatus) map[string][]documents.Document {
	raw := map[string][]documents.Document{}
	for _, kind := range e.d.documents {
		if kind == document.KindTenant {
			continue
		}
		list, status := documents.Read(kind, e.Record.Evidence, e.documentGaps(kind))
		if about := statuses[documents.About(kind)]; about.State == scanner.FactNotApplicable && e.Look(kind).Doc == nil {
			list, status = []documents.Document{}, about
		}
		raw[string(kind)], statuses[scanner.DocumentFact(kind)] = list, status
	}
	return raw
}

// documentGaps are those in the place of documents of a kind. That a document was
// not collected is one, unless it is certain that there is none.
func (e *export) documentGaps(kind document.Kind) []scanner.Gap {
	switch kind {
	case document.KindIdentityPolicy:
		return e.Policies.IdentityGaps
	case document.KindBoundary:
		return e.Policies.BoundaryGaps
	default:
	}
	gaps := slices.DeleteFunc(slices.Clone(e.Record.Gaps), func(g scanner.Gap) bool { return g.Kind != kind })
	if l := e.Look(kind); l.Doc == nil && len(gaps) == 0 {
		gaps = append(gaps, l.Gap)
	}
	return gaps
}
