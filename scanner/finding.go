package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// Status is a rule's answer about one subject.
type Status string

// The statuses, in the order in which they take precedence.
const (
	StatusError         Status = "error" // the rule itself failed
	StatusFail          Status = "fail"
	StatusUnknown       Status = "unknown"
	StatusNotApplicable Status = "not_applicable"
	StatusPass          Status = "pass"
)

// Statuses lists all statuses in their order of precedence.
func Statuses() []Status {
	return []Status{StatusError, StatusFail, StatusUnknown, StatusNotApplicable, StatusPass}
}

// State relates a finding to an earlier one.
type State string

// The states of a finding against the baseline or the last complete run. Empty
// where there was nothing to compare with.
const (
	StateNew          State = "new"
	StateUnchanged    State = "unchanged"
	StateResolved     State = "resolved"
	StateIncomparable State = "incomparable" // coverage changed
)

// Result is the status of one rule for one subject.
type Result struct {
	RuleID   string
	Status   Status
	Findings []Finding // one or more unless Status is pass or not_applicable
}

// Finding is one result that is neither pass nor not_applicable.
type Finding struct {
	RuleID   string   `json:"ruleId"`
	Severity Severity `json:"severity"`
	Status   Status   `json:"status"`
	State    State    `json:"state,omitempty"`
	Tenant   string   `json:"tenant"`
	ExportID string   `json:"exportId,omitempty"`
	Resource string   `json:"resource"`
	Message  string   `json:"message"`
	Reasons  []Reason `json:"reasons"`
	// Evidence are the places that prove the finding, the deciding one first.
	Evidence []Location `json:"evidence"`
	Needs    []string   `json:"needs"` // context keys that decide an unknown
	// AcceptedNeeds says which of them the operator has accepted as unknown.
	AcceptedNeeds map[string]*Waiver `json:"acceptedNeeds,omitempty"`
	Gaps          []Gap              `json:"gaps"` // what an unknown rests on
	Remediation   string             `json:"remediation"`
	Fix           *Fix               `json:"fix,omitempty"` // nil: none was looked for, or there is none
	Controls      []Control          `json:"controls"`
	// ChangedBy are the resources of a plan that change what the finding is about.
	ChangedBy   []ChangedBy `json:"changedBy,omitempty"`
	Fingerprint string      `json:"fingerprint"`
	Waiver      *Waiver     `json:"waiver,omitempty"`
	// Who is who last changed what a new failure rests on, as far as CloudTrail was
	// asked.
	Who *Who `json:"who,omitempty"`
}

// Location is a place in a displayed document.
type Location struct {
	Kind     document.Kind `json:"kind"`
	Resource string        `json:"resource"`
	Name     string        `json:"name,omitempty"`
	Digest   string        `json:"digest"`
	// Path is where --evidence writes the document, relative to its DIR, with
	// slashes: "acme/s3/bucket/policy.json".
	Path    string `json:"path"`
	Pointer string `json:"pointer"`
	Line    int    `json:"line"`   // 1-based, in the displayed document
	Column  int    `json:"column"` // 1-based, in UTF-16 code units as SARIF counts
}

// Waiver is an operator's written decision to live with a finding or a gap.
type Waiver struct {
	Justification string `json:"justification"`
	ApprovedBy    string `json:"approvedBy"`
	Expires       string `json:"expires"` // YYYY-MM-DD, the last day it applies (UTC)
	Ticket        string `json:"ticket,omitempty"`
	// Source is the file and line of the waiver.
	Source string `json:"source,omitempty"`
}

// Fingerprint identifies a finding for ever: over runs, over reordered
// policies, over renamed Sids. The key tells several findings of one rule on
// one resource apart. It is empty where there can be only one. An unknown has
// the fingerprint that the fail would have. Tools that close what disappears
// therefore keep a finding open while nobody could look at it.
func Fingerprint(ruleID, tenant, exportID, resource, key string) string {
	h := sha256.New()
	// A NUL ends each part and no part may hold one. Otherwise two different
	// lists of parts could give the same text.
	for _, part := range []string{"trailguard/1", ruleID, tenant, exportID, resource, key} {
		h.Write([]byte(strings.ReplaceAll(part, "\x00", "\uFFFD")))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}
