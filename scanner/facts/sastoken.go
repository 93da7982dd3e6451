package facts

import (
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

func (e *export) sasToken() *fact.Of[fact.SASToken] {
	ep := &e.cfg.Endpoint
	gap, missing := e.missing("endpoint")
	azure := ep.Type == scanner.EndpointADLS || ep.Authentication == scanner.AuthenticationSASToken
	switch {
	case !e.d.dated:
		return fact.Unresolved[fact.SASToken](fact.NotApplicable(e.resource, "no export has a day on which a SAS token expires: exports.<id>.sasExpires declares it"))
	case !azure && (missing && ep.Type != scanner.EndpointS3 || !e.configured()):
		return fact.Unresolved[fact.SASToken](fact.Unknown(e.resource, proof.Because("whether the export uses a SAS token", &gap), gap))
	case !azure:
		return fact.Unresolved[fact.SASToken](fact.NotApplicable(e.resource, "the export uses no SAS token"))
	}
	day, err := time.Parse(time.DateOnly, e.hint.SASExpires)
	if err != nil {
		detail := "nobody said when the SAS token expires; write the day under exports." + e.cfg.ID + ".sasExpires, as in 2027-01-31"
		return fact.Unresolved[fact.SASToken](fact.Unknown(e.resource, detail, scanner.Gap{
			Kind: document.KindConfiguration, Resource: e.resource, Reason: scanner.ReasonSubjectMissing, Detail: detail,
		}))
	}
	left := int(day.Sub(e.run.now.Truncate(24*time.Hour)) / (24 * time.Hour))
	value := fact.SASToken{Expires: e.hint.SASExpires, Days: max(0, left), Expired: left < 0}
	status := fact.Rests(e.resource, []string{e.configRef}, fact.Note(e.at("/endpoint"), fmt.Sprintf("exports.%s.sasExpires says %s", e.cfg.ID, value.Expires)))
	status.Assumptions = []string{"declared by the operator (exports.<id>.sasExpires): the SAS token expires on that day"}
	return fact.Known(value, status)
}
