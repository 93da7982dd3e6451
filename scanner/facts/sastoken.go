package facts

import (
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// SASToken is how long the SAS token of an export to Azure Data Lake Storage is
// valid, as the operator declared it. Not applicable to other exports, and where no
// export has such a day. Unknown where others have one and this has none.
type SASToken struct {
	Expires string `json:"expires"` // exports.<id>.sasExpires, YYYY-MM-DD
	Days    int    `json:"days"`    // until then, of the calendar in UTC; 0 on that day and after it
	Expired bool   `json:"expired"` // the day is over
}

func (e *export) sasToken() *Fact[SASToken] {
	ep := &e.cfg.Endpoint
	gap, missing := e.missing("endpoint")
	azure := ep.Type == scanner.EndpointADLS || ep.Authentication == scanner.AuthenticationSASToken
	switch {
	case !e.d.dated:
		return unresolved[SASToken](notApplicable(e.resource, "no export has a day on which a SAS token expires: exports.<id>.sasExpires declares it"))
	case !azure && (missing && ep.Type != scanner.EndpointS3 || !e.configured()):
		return unresolved[SASToken](unknown(e.resource, because("whether the export uses a SAS token", &gap), gap))
	case !azure:
		return unresolved[SASToken](notApplicable(e.resource, "the export uses no SAS token"))
	}
	day, err := time.Parse(time.DateOnly, e.hint.SASExpires)
	if err != nil {
		detail := "nobody said when the SAS token expires; write the day under exports." + e.cfg.ID + ".sasExpires, as in 2027-01-31"
		return unresolved[SASToken](unknown(e.resource, detail, scanner.Gap{
			Kind: document.KindConfiguration, Resource: e.resource, Reason: scanner.ReasonSubjectMissing, Detail: detail,
		}))
	}
	left := int(day.Sub(e.d.now.Truncate(24*time.Hour)) / (24 * time.Hour))
	value := SASToken{Expires: e.hint.SASExpires, Days: max(0, left), Expired: left < 0}
	status := rests(e.resource, []string{e.configRef}, note(e.at("/endpoint"), fmt.Sprintf("exports.%s.sasExpires says %s", e.cfg.ID, value.Expires)))
	status.Assumptions = []string{"declared by the operator (exports.<id>.sasExpires): the SAS token expires on that day"}
	return known(value, status)
}
