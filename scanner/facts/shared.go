package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
)

// Destination is where the export writes, and which other enabled exports of the
// run, of whatever tenant, write there too. Not applicable where the export is
// disabled. Unknown where it is not known of all of them where they write.
type Destination struct {
	Place  string        `json:"place"`  // the bucket and path, or the container, that the export writes to
	Others []OtherExport `json:"others"` // the first ten
	More   int           `json:"more"`   // how many are left out
}

// OtherExport is one of them.
type OtherExport struct {
	Tenant string `json:"tenant"` // whose export it is
	ID     string `json:"id"`     // its configuration's id in Immuta
	Place  string `json:"place"`  // what it writes to
}

// othersShown bounds the exports that a fact lists.
const othersShown = 10

func (e *export) ownDestination() *Fact[Destination] {
	if status, ok := e.runs(e.resource); !ok {
		return unresolved[Destination](status)
	}
	own := &destinations.Export{Tenant: e.cfg.Tenant, URL: e.tenant.URL, Destination: e.cfg.Destination()}
	if gap, missing := e.missing("endpoint"); own.Place == "" {
		if !missing {
			gap = undetermined(document.KindConfiguration, e.resource, "the destination is of the type "+scanner.Said(e.typeName())+", whose places are not known")
		}
		return unresolved[Destination](unknown(e.resource, because("where the export writes", &gap), gap))
	}
	certain, possible, untold := e.d.places.Sharing(own)
	value := Destination{Place: own.Name(), Others: []OtherExport{}}
	reasons := []scanner.Reason{note(e.at("/endpoint"), "the export writes to "+value.Place)}
	for i, other := range certain {
		if i == othersShown {
			value.More = len(certain) - othersShown
			break
		}
		value.Others = append(value.Others, OtherExport{Tenant: other.Tenant, ID: other.ID, Place: other.Name()})
		reasons = append(reasons, note(e.at("/endpoint"), fmt.Sprintf("export %s of tenant %s writes to %s", other.ID, other.Tenant, other.Name())))
	}
	if len(certain) > 0 {
		return known(value, rests(e.resource, []string{e.configRef}, reasons...))
	}
	switch {
	case len(possible) > 0:
		other := possible[0]
		detail := fmt.Sprintf("export %s of tenant %s writes to %s, which may be the same place", other.ID, other.Tenant, other.Name())
		if len(possible) > 1 {
			detail += fmt.Sprintf(", as may those of %d others", len(possible)-1)
		}
		return unresolved[Destination](unknown(e.resource, detail, undetermined(document.KindConfiguration, other.URL+"#"+other.ID, scanner.Said(detail))))
	case len(untold) > 0:
		detail := "the snapshot does not tell where other exports of tenant " + untold[0].Name + " write; collect a new one"
		return unresolved[Destination](unknown(e.resource, detail, undetermined(document.KindConfigurations, untold[0].URL, detail)))
	case !e.d.complete:
		gaps := e.d.unread
		if len(gaps) == 0 {
			gaps = listGaps(e.tenant)
		}
		return unresolved[Destination](unknown(e.resource, because("the list of the exports of the run", &gaps[0]), gaps...))
	}
	return known(value, rests(e.resource, []string{e.configRef}, append(reasons, note(e.at("/endpoint"), "no other enabled export of the run writes there"))...))
}
