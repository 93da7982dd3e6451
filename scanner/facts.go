package scanner

import (
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// FactState says how far a fact can be relied on.
type FactState string

// The states of a fact.
const (
	FactKnown         FactState = "known"
	FactUnknown       FactState = "unknown" // rests on a gap, or on context keys nobody knows
	FactNotApplicable FactState = "not_applicable"
)

// DeclaredOrganization is the setting that says which organization the operator's
// own accounts are of.
const DeclaredOrganization = "expect.organization"

// FactStatus is what the engine needs to know of one fact besides its value:
// whether it may be relied on, and its proof.
type FactStatus struct {
	State FactState `json:"state" jsonschema:"known, unknown or not_applicable"`
	// Because says in one clause why the fact is unknown or not applicable.
	Because string `json:"-"`
	// Resource is the ARN (or the like) that a finding about the fact is about.
	Resource string `json:"-"`
	// Reasons are the deciding statements, and every Deny considered.
	Reasons []Reason `json:"-"`
	// More is how many reasons there are besides: statements that did the same.
	More int `json:"-"`
	// Evidence are references (Evidence.Ref) of the documents that the fact
	// rests on, the one that a finding should show first.
	Evidence []string `json:"-"`
	// Gaps are those that make the fact unknown.
	Gaps []Gap `json:"-"`
	// Needs are the context keys that decide a fact that depends.
	Needs []string `json:"-"`
	// DeclaredIn is the setting in which the operator declares what Needs leave
	// open. It is empty where requests of others decide, which nobody can
	// declare for them, but for DeclaredOrganization.
	DeclaredIn string `json:"-"`
	// Assumptions are what the answer takes for granted.
	Assumptions []string `json:"-"`
}

// documentFact begins the names of facts that are raw documents, as rules write
// them below input.
const documentFact = "documents."

// DocumentFact is the fact that the documents of a kind are to a rule that reads
// them as they are.
func DocumentFact(kind document.Kind) string { return documentFact + string(kind) }

// DocumentKind is the kind of the documents that a fact is, and whether it is any.
func DocumentKind(fact string) (document.Kind, bool) {
	kind, ok := strings.CutPrefix(fact, documentFact)
	return document.Kind(kind), ok
}

// Reason is one step of a proof: a statement, or a setting, and what it did.
type Reason struct {
	// At is the document reference and pointer, as At joins them; empty for a
	// reason without a document.
	At     string `json:"-"`
	Policy string `json:"policy,omitempty"` // as a person calls it: "bucket policy"
	Sid    string `json:"sid,omitempty"`
	Index  int    `json:"index"` // of the statement; -1 where there is none
	Effect string `json:"effect,omitempty"`
	// Location is filled from At when the finding is made.
	Location *Location `json:"location,omitempty"`
	Note     string    `json:"note"` // what it did: "allows s3:PutObject for this role"
	// Listed says that the reason is one entry of the fact's list, of which a rule
	// may deny only some: a finding shows it where the rule denies it in the same
	// words.
	Listed bool `json:"-"`
}

// Subject is what rules are evaluated over: one export, or one tenant.
type Subject struct {
	Tenant   string
	ExportID string // empty for a tenant
	// Input is the document that rules see as `input`: what encoding/json writes of
	// it, which nobody needs to do. Its schema is generated from the facts' Go types.
	Input any
	// Facts holds the status of every fact in Input by its name in
	// input.facts.
	Facts map[string]FactStatus
	// Documents are those that the facts were derived from.
	Documents []Evidence
	// Seen is what reports say of the export besides.
	Seen Seen
}

// Seen is what was read of an export's bucket. A zero field is not known.
type Seen struct {
	BucketAccount string // that owns the bucket, twelve digits
	BucketRegion  string // where S3 says that it is
	// LastDelivery is when the newest object of the export arrived. It is not known
	// either where nothing is due, or where the object may be another's.
	LastDelivery time.Time
}

// Document returns the evidence with a reference.
func (s *Subject) Document(ref string) (*Evidence, bool) {
	for i := range s.Documents {
		if s.Documents[i].Ref() == ref {
			return &s.Documents[i], true
		}
	}
	return nil, false
}

// Resolve returns the document and the pointer that At joined. A reference may
// itself hold a "#", because resources may. The document is therefore the one
// with the longest reference that fits.
func (s *Subject) Resolve(at string) (e *Evidence, pointer string, ok bool) {
	longest := -1
	for i := range s.Documents {
		ref := s.Documents[i].Ref()
		if len(ref) > longest && (at == ref || strings.HasPrefix(at, ref+"#")) {
			e, longest = &s.Documents[i], len(ref)
			pointer = strings.TrimPrefix(at[len(ref):], "#")
		}
	}
	return e, pointer, e != nil
}
