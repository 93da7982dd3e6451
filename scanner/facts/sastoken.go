package facts

import (
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

func (e *export) sasToken() *fact.Of[fact.SASToken] {
	ep := &e.Config.Endpoint
	gap, missing := e.MissingField("endpoint")
	azure := ep.Type == scanner.EndpointADLS || ep.Authentication == scanner.AuthenticationSASToken
	switch {
	case !e.d.dated:
		return fact.Unresolved[fact.SASToken](fact.NotApplicable(e.Resource,
			"no export has a day on which a SAS token expires: exports.<id>.sasExpires declares it"))
	case !azure && (missing && ep.Type != scanner.EndpointS3 || !e.Configured()):
		return fact.Unresolved[fact.SASToken](fact.Unknown(e.Resource, proof.Because("whether the export uses a SAS token", &gap), gap))
	case !azure:
		return fact.Unresolved[fact.SASToken](fact.NotApplicable(e.Resource, "the export uses no SAS token"))
	}
	day, err := time.Parse(time.DateOnly, e.Hint.SASExpires)
	if err != nil {
		detail := "nobody said when the SAS token expires; write the day under " + e.Config.Setting("sasExpires") + ", as in 2027-01-31"
		return fact.Unresolved[fact.SASToken](fact.Unknown(e.Resource, detail, scanner.Gap{
			Kind: document.KindConfiguration, Resource: e.Resource, Reason: scanner.ReasonSubjectMissing, Detail: detail,
		}))
	}
	left := int(day.Sub(e.Run.Now.Truncate(24*time.Hour)) / (24 * time.Hour))
	value := fact.SASToken{Expires: e.Hint.SASExpires, Days: max(0, left), Expired: left < 0}
	status := fact.Rests(e.Resource, []string{e.ConfigRef}, fact.Note(e.ConfigAt("/endpoint"),
		fmt.Sprintf("%s says %s", e.Config.Setting("sasExpires"), value.Expires)))
	status.Assumptions = []string{"declared by the operator (exports.<id>.sasExpires): the SAS token expires on that day"}
	return fact.Known(value, status)
}
