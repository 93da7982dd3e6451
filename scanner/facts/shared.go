package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

// othersShown bounds the exports that a fact lists.
const othersShown = 10

func (e *export) ownDestination() *fact.Of[fact.Destination] {
	if status, ok := e.runs(e.Resource); !ok {
		return fact.Unresolved[fact.Destination](status)
	}
	destination := e.Config.Destination()
	own := &destinations.Export{Of: e.Tenant, Destination: &destination}
	if gap, missing := e.MissingField("endpoint"); own.Place == "" {
		if !missing {
			gap = proof.Undetermined(document.KindConfiguration, e.Resource,
				"the destination is of the type "+scanner.Said(e.TypeName())+", whose places are not known")
		}
		return fact.Unresolved[fact.Destination](fact.Unknown(e.Resource, proof.Because("where the export writes", &gap), gap))
	}
	certain, possible, untold := e.d.places.Sharing(own)
	value := fact.Destination{Place: own.Name(), Others: []fact.OtherExport{}}
	reasons := []scanner.Reason{fact.Note(e.ConfigAt("/endpoint"), "the export writes to "+value.Place)}
	for i, other := range certain {
		if i == othersShown {
			value.More = len(certain) - othersShown
			break
		}
		value.Others = append(value.Others, fact.OtherExport{Tenant: other.Of.Name, ID: other.ID, Place: other.Name()})
		reasons = append(reasons, fact.Note(e.ConfigAt("/endpoint"), fmt.Sprintf("export %s of tenant %s writes to %s", other.ID, other.Of.Name, other.Name())))
	}
	if len(certain) > 0 {
		return fact.Known(value, fact.Rests(e.Resource, []string{e.ConfigRef}, reasons...))
	}
	switch {
	case len(possible) > 0:
		other := possible[0]
		detail := fmt.Sprintf("export %s of tenant %s writes to %s, which may be the same place", other.ID, other.Of.Name, other.Name())
		if len(possible) > 1 {
			detail += fmt.Sprintf(", as may those of %d others", len(possible)-1)
		}
		return fact.Unresolved[fact.Destination](fact.Unknown(e.Resource, detail,
			proof.Undetermined(document.KindConfiguration, other.Of.URL+"#"+other.ID, scanner.Said(detail))))
	case len(untold) > 0:
		detail := "the snapshot does not tell where other exports of tenant " + untold[0].Name + " write; collect a new one"
		return fact.Unresolved[fact.Destination](fact.Unknown(e.Resource, detail, proof.Undetermined(document.KindConfigurations, untold[0].URL, detail)))
	case !e.Run.Complete:
		gaps := e.Run.UnreadLists()
		return fact.Unresolved[fact.Destination](fact.Unknown(e.Resource, proof.Because("the list of the exports of the run", &gaps[0]), gaps...))
	}
	return fact.Known(value, fact.Rests(e.Resource, []string{e.ConfigRef},
		append(reasons, fact.Note(e.ConfigAt("/endpoint"), "no other enabled export of the run writes there"))...))
}
