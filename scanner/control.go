package scanner

import (
	"regexp"
	"strings"
)

// ControlState says what a run shows of a control.
type ControlState string

// The states of a control, in the order in which they take precedence.
const (
	ControlNotMet      ControlState = "not_met"      // a rule fails, waived or not
	ControlNotAssessed ControlState = "not_assessed" // no rule is known to fail, and something is not known
	ControlNotCovered  ControlState = "not_covered"  // no rule had anything to judge
	ControlMet         ControlState = "met"          // rules passed, wherever they apply
)

// ControlStates lists all states in their order of precedence.
func ControlStates() []ControlState {
	return []ControlState{ControlNotMet, ControlNotAssessed, ControlNotCovered, ControlMet}
}

// Words says the state as a person does.
func (s ControlState) Words() string { return strings.ReplaceAll(string(s), "_", " ") }

// ControlResult is what a run shows of one control of a framework.
type ControlResult struct {
	Framework string       `json:"framework"`
	ID        string       `json:"id"`
	State     ControlState `json:"state"`
	// Waived says that the control is not met, and that a waiver covers every
	// failure behind it.
	Waived bool `json:"waived"`
	// Reason says in one clause why the state is what it is.
	Reason string `json:"reason"`
	// Rules are those that bear on the control, sorted; those that were left out of
	// the run too.
	Rules []ControlRule `json:"rules"`
	// Attestations are those that apply to the control or to its rules. The state
	// does not depend on them.
	Attestations []Attestation `json:"attestations,omitempty"`
}

// ControlRule is what one rule says of a control, in numbers of exports or tenants.
type ControlRule struct {
	RuleID string `json:"ruleId"`
	// LeftOut says why the run did not judge by the rule; empty: it did.
	LeftOut       string `json:"leftOut,omitempty"`
	Passed        int    `json:"passed"`
	Failed        int    `json:"failed"` // and not waived
	Waived        int    `json:"waived"` // failed, and a waiver covers every failure
	Unknown       int    `json:"unknown"`
	Errors        int    `json:"errors"`
	NotApplicable int    `json:"notApplicable"`
	// Open are the exports and tenants behind the control's state: those about which
	// the rule is no pass although it applies.
	Open []ControlSubject `json:"open"`
}

// ControlSubject is an export, or a tenant, about which a rule is no pass.
type ControlSubject struct {
	Tenant   string `json:"tenant"`
	ExportID string `json:"exportId,omitempty"` // empty: the tenant itself
	Status   Status `json:"status"`             // fail, unknown or error
	Waived   bool   `json:"waived"`             // a fail, and a waiver covers every failure
}

// ControlNumber is a control's id for sorting: its numbers count as numbers, so
// that AC-3 comes before AC-20.
func ControlNumber(id string) string {
	return digits.ReplaceAllStringFunc(id, func(n string) string { return strings.Repeat(" ", max(0, 6-len(n))) + n })
}

var digits = regexp.MustCompile(`\d+`)
