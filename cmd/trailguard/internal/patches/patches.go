// Package patches writes changes that mend findings as people and tools take them. It
// sends nothing, and neither does what calls it.
package patches

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
)

// Report is what `fix --format json` prints; fix.schema.json describes it.
type Report struct {
	Fixes   []Fix     `json:"fixes"`
	Unfixed []Unfixed `json:"unfixed"`
	// Alternatives says that several fixes may be of one finding, each for itself.
	// Without it each comes on top of those before.
	Alternatives bool `json:"-"`
}

// Fix is a change that mends a finding.
type Fix struct {
	Fingerprint string          `json:"fingerprint"`
	RuleID      string          `json:"ruleId"`
	Tenant      string          `json:"tenant"`
	ExportID    string          `json:"exportId"`
	Kind        document.Kind   `json:"kind"`
	Resource    string          `json:"resource"`
	Name        string          `json:"name,omitempty"`
	Path        string          `json:"path"`     // below the folder of --evidence
	Before      string          `json:"before"`   // empty: there is no such document
	Document    string          `json:"document"` // the whole new text
	Patch       []fix.Operation `json:"patch"`    // RFC 6902
	Warnings    []string        `json:"warnings"` // a clause each
	Checked     Checked         `json:"checked"`

	finding *scanner.Finding
	owner   string // of the bucket; empty: not known
	region  string // of the bucket, alike
}

// Checked says what the change was judged over.
type Checked struct {
	Exports   int      `json:"exports"`
	Resolved  []string `json:"resolved"`  // fingerprints
	Unchanged int      `json:"unchanged"` // findings
}

// Unfixed is a finding for which there is no change to show.
type Unfixed struct {
	Fingerprint string `json:"fingerprint"`
	RuleID      string `json:"ruleId"`
	Why         string `json:"why"`
	WhatToDo    string `json:"whatToDo"`

	finding *scanner.Finding
}

// Add adds a finding's fixes, or why it has none. The record is that of its export;
// nil: it is a tenant's.
func (r *Report) Add(finding *scanner.Finding, fixes []pipeline.Fix, record *scanner.Record) {
	owner, region := "", ""
	if record != nil {
		owner, region = fix.BucketAccount(record), fix.BucketRegion(record)
	}
	for i := range fixes {
		f := &fixes[i]
		e := scanner.Evidence{Kind: f.Kind, Resource: f.Resource, Name: f.Name}
		r.Fixes = append(r.Fixes, Fix{
			Fingerprint: finding.Fingerprint, RuleID: finding.RuleID, Tenant: finding.Tenant, ExportID: finding.ExportID,
			Kind: f.Kind, Resource: f.Resource, Name: f.Name, Path: scanner.EvidencePath(finding.Tenant, &e),
			Before: f.Before, Document: f.Document, Patch: f.Patch, Warnings: append([]string{}, f.Warnings...),
			Checked: Checked{Exports: f.Exports, Resolved: f.Resolved, Unchanged: f.Unchanged},
			finding: finding, owner: owner, region: region,
		})
	}
	if len(fixes) == 0 {
		r.Unfixed = append(r.Unfixed, Unfixed{
			Fingerprint: finding.Fingerprint, RuleID: finding.RuleID, Why: why(finding), WhatToDo: finding.Remediation, finding: finding,
		})
	}
}

// why says why there is no change to show.
func why(f *scanner.Finding) string {
	switch {
	case f.Status != scanner.StatusFail:
		return "nobody knows whether there is anything to mend: it could not be assessed"
	case fix.Cause(f.RuleID) != "":
		return fix.Cause(f.RuleID)
	default:
		return "no single change was found that mends it, opens nothing to anybody and leaves every other result as it is"
	}
}

// heading tells of a change in a few lines, each behind a prefix.
func (f *Fix) heading(w io.Writer, prefix string) error {
	if err := heading(w, prefix, f.finding); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, prefix+f.proven()); err != nil {
		return err
	}
	for _, warning := range f.Warnings {
		if _, err := fmt.Fprintln(w, prefix+"Mind: "+reporters.Visible(warning)+"."); err != nil {
			return err
		}
	}
	return nil
}

// heading tells of a finding in a few lines, each behind a prefix.
func heading(w io.Writer, prefix string, f *scanner.Finding) error {
	for _, line := range []string{
		fmt.Sprintf("%s %s, finding %s", strings.ToUpper(string(f.Severity)), f.RuleID, short(f.Fingerprint)),
		f.Message,
	} {
		if _, err := fmt.Fprintln(w, prefix+reporters.Visible(line)); err != nil {
			return err
		}
	}
	return nil
}

func short(fingerprint string) string { return fingerprint[:min(8, len(fingerprint))] }

// proven says what a change was judged over.
func (f *Fix) proven() string {
	others := ""
	if n := len(f.Checked.Resolved) - 1; n > 0 {
		others = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("Judged again over %s: it resolves this finding%s, leaves %s as before, and opens nothing else.",
		scanner.Count(f.Checked.Exports, "export", "exports"), others, scanner.Count(f.Checked.Unchanged, "other finding", "other findings"))
}

// Mended takes out the findings without a change that another one's change mends.
func (r *Report) Mended(fingerprints map[string]bool) {
	r.Unfixed = slices.DeleteFunc(r.Unfixed, func(u Unfixed) bool { return fingerprints[u.Fingerprint] })
}

// rest tells of the findings without a change.
func (r *Report) rest(w io.Writer, prefix string) error {
	for i := range r.Unfixed {
		u := &r.Unfixed[i]
		if err := heading(w, prefix, u.finding); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%sNo change to show: %s.\n%sWhat to do: %s\n\n", prefix, u.Why, prefix, reporters.Visible(oneLine(u.WhatToDo))); err != nil {
			return err
		}
	}
	return nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Save writes the new documents below a folder, where --evidence writes the old ones.
// A file that is there already is kept, and an error.
func (r *Report) Save(dir string) error {
	out, err := reporters.NewEvidenceWriter(dir)
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // what was written is there
	for i := range r.Fixes {
		f := &r.Fixes[i]
		if r.again(i) {
			continue
		}
		if there := filepath.Join(dir, filepath.FromSlash(f.Path)); exists(there) {
			return fmt.Errorf("%s is there already: name another folder with --output", there)
		}
		if err := out.Add(f.Path, f.Document); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
