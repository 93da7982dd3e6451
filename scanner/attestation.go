package scanner

import (
	"slices"
	"time"
)

// AttestedResult is what somebody found by hand.
type AttestedResult string

// The results of looking by hand.
const (
	PassedByHand AttestedResult = "passed-by-hand"
	FailedByHand AttestedResult = "failed-by-hand"
)

// AttestedResults lists all of them.
func AttestedResults() []AttestedResult { return []AttestedResult{PassedByHand, FailedByHand} }

// Words says the result as a person does.
func (a AttestedResult) Words() string {
	if a == PassedByHand {
		return "passed by hand"
	}
	return "failed by hand"
}

// AttestationState says what an attestation counts for as of a report's time.
type AttestationState string

// The states of an attestation.
const (
	AttestationApplies AttestationState = "applies"
	AttestationExpired AttestationState = "expired"
	AttestationLater   AttestationState = "later"     // made after what the report is judged as of
	AttestationNothing AttestationState = "unmatched" // the export is none of the report's
)

// Words says the state as a person does.
func (s AttestationState) Words() string {
	switch s {
	case AttestationExpired:
		return "expired"
	case AttestationLater:
		return "made later than this report's date"
	case AttestationNothing:
		return "about no export of this report"
	default:
		return "applies"
	}
}

// Attestation is somebody's written word about what no program can see, with the
// evidence for it. It stands beside a result and changes none: an unknown that is
// attested stays unknown, and a control not assessed.
type Attestation struct {
	RuleID    string `json:"ruleId,omitempty"` // a rule, or a control of a framework
	Framework string `json:"framework,omitempty"`
	Control   string `json:"control,omitempty"`
	ExportID  string `json:"exportId,omitempty"` // empty: all exports

	Result  AttestedResult `json:"result"`
	By      string         `json:"by"`
	At      string         `json:"at"`      // YYYY-MM-DD, when it was looked at (UTC)
	Expires string         `json:"expires"` // YYYY-MM-DD, the last day it applies (UTC)
	// Evidence is the file that proves it, relative to that of the attestations.
	Evidence       string `json:"evidence"`
	EvidenceDigest string `json:"evidenceSha256"`
	Note           string `json:"note"`
	// Source is the file and line of the attestation.
	Source string           `json:"source,omitempty"`
	State  AttestationState `json:"state"`
}

// Attest attaches attestations to a report that is not concluded yet. It changes
// no result.
func (r *Report) Attest(list []Attestation) {
	today := r.Scan.EvaluatedAt.UTC().Format(time.DateOnly)
	r.Attestations = slices.Clone(list)
	for i := range r.Attestations {
		a := &r.Attestations[i]
		judged := a.ExportID == "" || slices.ContainsFunc(r.Exports, func(e ExportResult) bool { return e.ID == a.ExportID })
		switch {
		case a.Expires < today:
			a.State = AttestationExpired
		case a.At > today:
			a.State = AttestationLater
		case !judged:
			a.State = AttestationNothing
		default:
			a.State = AttestationApplies
		}
	}
}

// Attested are the attestations of a finding's rule that apply to its export.
func (r *Report) Attested(f *Finding) []Attestation {
	return r.attestations(func(a *Attestation) bool {
		return a.RuleID == f.RuleID && a.RuleID != "" && (a.ExportID == "" || a.ExportID == f.ExportID)
	})
}

// attestedControl are those of a control, and of the rules that bear on it, that apply.
func (r *Report) attestedControl(framework, id string, rules []string) []Attestation {
	return r.attestations(func(a *Attestation) bool {
		return (a.Control == id && a.Framework == framework) || (a.RuleID != "" && slices.Contains(rules, a.RuleID))
	})
}

func (r *Report) attestations(about func(*Attestation) bool) []Attestation {
	var list []Attestation
	for i := range r.Attestations {
		if a := &r.Attestations[i]; a.State == AttestationApplies && about(a) {
			list = append(list, *a)
		}
	}
	return list
}
