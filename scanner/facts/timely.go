package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// timelyFacts are those whose value depends on the time as of which is judged.
// All others depend on it only where a policy does (Dated).
var timelyFacts = []string{"delivery"}

// TimelyFacts are the names of the facts that Timely derives, sorted.
func TimelyFacts() []string { return slices.Clone(timelyFacts) }

// Dated says whether a policy of the record may ask for the time of a request,
// so that who may do what depends on when it is asked.
func Dated(r *scanner.Record) bool {
	return slices.ContainsFunc(r.Evidence, func(e scanner.Evidence) bool {
		text := strings.ToLower(e.Text)
		return strings.Contains(text, "currenttime") || strings.Contains(text, "epochtime") ||
			strings.Contains(text, `\u`) // an escape may hide either
	})
}

// Timely derives the facts of TimelyFacts alone, and counts the export for its
// tenant as Record does.
func (d *Deriver) Timely(r *scanner.Record) (*scanner.Subject, error) {
	e := newExport(d, r)
	put(&e.builder, "delivery", &e.facts.Delivery, e.delivery())
	d.count(e)
	subject, err := e.subject(e.tenant, &ExportInfo{ID: r.Configuration.ID, Owner: e.hint.Owner})
	if err != nil {
		return nil, fmt.Errorf("derive timely facts of export %s: %w", r.Configuration.ID, err)
	}
	subject.Documents = r.Evidence
	return subject, nil
}
