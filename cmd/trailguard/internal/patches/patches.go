// Package patches writes changes that mend findings as people and tools take them. It
// sends nothing, and neither does what calls it.
package patches

import (
	"cmp"
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

// Fix is what mends a finding.
type Fix struct {
	Fingerprint string `json:"fingerprint"`
	RuleID      string `json:"ruleId"`
	Tenant      string `json:"tenant"`
	ExportID    string `json:"exportId"`
	// The one document that changes. Where it takes several there is none here, so that
	// whoever knows of one only does not take a part for the whole.
	*Change
	Documents []Change `json:"documents,omitempty"` // that change together, in this order
	Checked   Checked  `json:"checked"`

	finding *scanner.Finding
}

// Change is a document as it would be.
type Change struct {
	Kind     document.Kind   `json:"kind"`
	Resource string          `json:"resource"`
	Name     string          `json:"name,omitempty"`
	Path     string          `json:"path"`     // below the folder of --evidence
	Before   string          `json:"before"`   // empty: there is no such document
	Document string          `json:"document"` // the whole new text
	Patch    []fix.Operation `json:"patch"`    // RFC 6902
	Warnings []string        `json:"warnings"` // a clause each

	owner   string // of the bucket; empty: not known
	region  string // of the bucket, alike
	profile string // the variable that names the AWS CLI's profile; empty: whoever runs it is of the account
}

// Changes are those of all documents, however many.
func (f *Fix) Changes() []Change {
	if f.Change != nil {
		return []Change{*f.Change}
	}
	return f.Documents
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
		var changes []Change
		for j := range f.Changes {
			c := &f.Changes[j]
			e := scanner.Evidence{Kind: c.Kind, Resource: c.Resource, Name: c.Name}
			changes = append(changes, Change{
				Kind: c.Kind, Resource: c.Resource, Name: c.Name, Path: scanner.EvidencePath(finding.Tenant, &e),
				Before: c.Before, Document: c.Document, Patch: c.Patch, Warnings: append([]string{}, c.Warnings...),
				owner: owner, region: region,
			})
		}
		mends := Fix{
			Fingerprint: finding.Fingerprint, RuleID: finding.RuleID, Tenant: finding.Tenant, ExportID: finding.ExportID,
			Checked: Checked{Exports: f.Exports, Resolved: f.Resolved, Unchanged: f.Unchanged},
			finding: finding,
		}
		if len(changes) == 1 {
			mends.Change = &changes[0]
		} else {
			mends.Documents = changes
		}
		r.Fixes = append(r.Fixes, mends)
	}
	if len(fixes) == 0 {
		r.Unfixed = append(r.Unfixed, Unfixed{
			Fingerprint: finding.Fingerprint, RuleID: finding.RuleID, Why: why(finding, record), WhatToDo: finding.Remediation, finding: finding,
		})
	}
}

// why says why there is no change to show.
func why(f *scanner.Finding, record *scanner.Record) string {
	if f.Status != scanner.StatusFail {
		return "nobody knows whether there is anything to mend: it could not be assessed"
	}
	return cmp.Or(fix.Cause(f.RuleID), fix.Obstacle(f, record),
		"no change of one document, or of several together, was found that mends it, opens nothing to anybody and leaves every other result as it is")
}

// heading tells of a fix in a few lines, each behind a prefix.
func (f *Fix) heading(w io.Writer, prefix string) error {
	if err := heading(w, prefix, f.finding); err != nil {
		return err
	}
	lines := []string{f.proven()}
	if n := len(f.Documents); n > 0 {
		lines = append(lines, fmt.Sprintf("It takes %d documents together: a part of them mends nothing, and harms nothing.", n))
	} else {
		lines = append(lines, f.minds()...)
	}
	return write(w, prefix, lines)
}

// heading tells which of several documents a change is, and what to mind about it.
func (c *Change) heading(w io.Writer, prefix string, at, of int) error {
	if of == 1 {
		return nil // the heading of the fix said it all
	}
	what := fmt.Sprintf("%d of %d: the %s %s of %s%s.", at+1, of, c.Kind.Noun(), strings.TrimPrefix(c.Name, "inline/"), c.Resource, c.where())
	return write(w, prefix, append([]string{reporters.Visible(oneLine(what))}, c.minds()...))
}

// minds are the warnings as people read them.
func (c *Change) minds() []string {
	var lines []string
	for _, warning := range c.Warnings {
		lines = append(lines, "Mind: "+reporters.Visible(warning)+".")
	}
	return lines
}

func write(w io.Writer, prefix string, lines []string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, prefix+line); err != nil {
			return err
		}
	}
	return nil
}

// heading tells of a finding in a few lines, each behind a prefix.
func heading(w io.Writer, prefix string, f *scanner.Finding) error {
	return write(w, prefix, []string{
		reporters.Visible(fmt.Sprintf("%s %s, finding %s", strings.ToUpper(string(f.Severity)), f.RuleID, short(f.Fingerprint))),
		reporters.Visible(f.Message),
	})
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
		for _, c := range r.Fixes[i].Changes() {
			if r.again(i, c.Path) {
				continue
			}
			if there := filepath.Join(dir, filepath.FromSlash(c.Path)); exists(there) {
				return fmt.Errorf("%s is there already: name another folder with --output", there)
			}
			if err := out.Add(c.Path, c.Document); err != nil {
				return err
			}
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
