package html

import (
	"cmp"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// attested is what somebody found by hand.
type attested struct {
	Kind, Word       string // of the result
	About            string // a rule, or a control of a framework
	Export           string // empty: all
	By, At, Until    string
	Left             string // days, or why it does not count
	Applies          bool
	Note             string
	Evidence, Digest string
	Source           string
}

func (b *builder) newAttested(a *scanner.Attestation) attested {
	shown := attested{
		Kind: "pass", Word: a.Result.Words(), About: visible.Text(cmp.Or(a.RuleID, a.Framework+" "+a.Control)), Export: visible.Text(a.ExportID),
		By: visible.Text(a.By), At: visible.Text(a.At), Until: visible.Text(a.Expires), Left: daysLeft(a.Expires, b.report.Scan.EvaluatedAt),
		Applies: a.State == scanner.AttestationApplies, Note: visible.Text(a.Note), Evidence: visible.Text(a.Evidence),
		Digest: visible.Text(a.EvidenceDigest), Source: visible.Text(a.Source),
	}
	if a.Result != scanner.PassedByHand {
		shown.Kind = "fail"
	}
	if !shown.Applies {
		shown.Kind = "none"
		if a.State != scanner.AttestationExpired {
			shown.Left = a.State.Words()
		}
	}
	return shown
}

func (b *builder) attestedAll(list []scanner.Attestation) []attested {
	var shown []attested
	for i := range list {
		shown = append(shown, b.newAttested(&list[i]))
	}
	return shown
}
