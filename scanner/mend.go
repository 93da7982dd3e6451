package scanner

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner/document"
)

// Fix is a change that was proven to mend a finding. Package fix proposes changes, and
// whoever fills this in has proven them.
type Fix struct {
	Summary string `json:"summary"` // a line
	// The one document that changes. Where it takes several there is none here, so that
	// whoever knows of one only does not take a part for the whole.
	*FixedDocument
	// Documents are those that change together, in the order in which to put them: none
	// of them mends it alone. They stand in the place of kind, resource, path and document.
	Documents []FixedDocument `json:"documents,omitempty"`
}

// FixedDocument is a document as it would be.
type FixedDocument struct {
	Kind     document.Kind `json:"kind"`
	Resource string        `json:"resource"`
	Name     string        `json:"name,omitempty"`
	Path     string        `json:"path"`     // below the folder of --evidence
	Document string        `json:"document"` // the whole new text
	// Before is the text as evidence shows it; empty: there is no such document.
	Before string `json:"-"`
}

// NewFix returns the change of one document or more.
func NewFix(summary string, documents []FixedDocument) *Fix {
	if len(documents) == 1 {
		return &Fix{Summary: summary, FixedDocument: &documents[0]}
	}
	return &Fix{Summary: summary, Documents: documents}
}

// All are the documents that change, however many.
func (f *Fix) All() []FixedDocument {
	if f.FixedDocument != nil {
		return []FixedDocument{*f.FixedDocument}
	}
	return f.Documents
}

// Mend gives a finding a fix, and says so at the beginning of its remediation, which
// every report has.
func (f *Finding) Mend(by *Fix) {
	f.Fix = by
	f.Remediation = fmt.Sprintf("Proven to mend it: %s (trailguard fix %s shows how). %s", by.Summary, f.Fingerprint[:min(8, len(f.Fingerprint))], f.Remediation)
}
