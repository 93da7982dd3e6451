package scanner

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner/document"
)

// Fix is a change of a document that was proven to mend a finding. Package fix proposes
// changes, and whoever fills this in has proven them.
type Fix struct {
	Summary  string        `json:"summary"` // a line
	Kind     document.Kind `json:"kind"`
	Resource string        `json:"resource"`
	Name     string        `json:"name,omitempty"`
	Path     string        `json:"path"`     // below the folder of --evidence
	Document string        `json:"document"` // the whole new text
	// Before is the text as evidence shows it; empty: there is no such document.
	Before string `json:"-"`
}

// Mend gives a finding a fix, and says so at the beginning of its remediation, which
// every report has.
func (f *Finding) Mend(by *Fix) {
	f.Fix = by
	f.Remediation = fmt.Sprintf("Proven to mend it: %s (trailguard fix %s shows how). %s", by.Summary, f.Fingerprint[:min(8, len(f.Fingerprint))], f.Remediation)
}
