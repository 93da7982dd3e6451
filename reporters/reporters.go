// Package reporters turns a report into what people and tools read, one file
// per format. A reporter is a function over the whole report: it decides
// nothing, changes nothing and keeps no state, so that the same report gives
// the same bytes, and every error of the writer is returned.
//
// Whatever comes from Immuta or AWS is data to a reporter, never markup,
// formula or terminal control. The package knows nothing of files, terminals
// or flags, except for the writer of evidence files, which the formats' places
// point into.
package reporters

import (
	"io"
	"slices"

	"github.com/trailguard/trailguard/reporters/internal/html"
	"github.com/trailguard/trailguard/scanner"
)

// DefaultWidth is the number of columns of a table where the width is not
// known.
const DefaultWidth = 80

// DefaultEvidenceDir is the directory that locations point into where no other
// was named. Tools that read SARIF take it as a part of an alert's identity.
const DefaultEvidenceDir = "trailguard-evidence"

// The profiles of SARIF.
const (
	// ProfileGitHub is limited to what GitHub code scanning accepts and shows.
	ProfileGitHub = "github"
	// ProfileFull adds what passed, suppressions for waivers, and states.
	ProfileFull = "full"
)

// Options are a reporter's input besides the report.
type Options struct {
	// Width is the number of columns of the table; 0 means DefaultWidth.
	Width int
	// Color allows colour in the table.
	Color bool
	// Profile is that of SARIF; empty means ProfileGitHub.
	Profile string
	// EvidenceDir is the relative directory that holds the evidence files.
	// DefaultEvidenceDir is used where it is empty or lies outside the working
	// directory.
	EvidenceDir string
	// Before is the content of the file that the report replaces, for formats
	// that are scraped. It is nil where there was none.
	Before []byte
}

// Reporter writes a report in one format.
type Reporter func(w io.Writer, r *scanner.Report, o Options) error

// File is one of the files that a report is written as.
type File struct {
	Name  string // without a folder
	Write func(w io.Writer) error
}

// Folder is how a format is written as a folder of files.
type Folder struct {
	Files func(r *scanner.Report, o Options) []File
	// Named reports whether Files could give this name to a file. Such files of
	// an earlier report are removed.
	Named func(name string) bool
}

// format is an entry of the registry.
type format struct {
	name   string
	report Reporter
	folder *Folder // nil: the format is one file
	// scraped means that another program reads the file again and again.
	scraped bool
}

// registry lists the formats, the first being the default.
func registry() []format {
	return []format{
		{name: "table", report: Table},
		{name: "json", report: JSON},
		{name: "jsonl", report: JSONLines},
		{name: "sarif", report: SARIF},
		{name: "junit", report: JUnit},
		{name: "markdown", report: Markdown},
		{name: "csv", report: CSV},
		{name: "gitlab", report: GitLab},
		{name: "gitlab-sast", report: GitLabSAST},
		{name: "ocsf", report: OCSF},
		{name: "asff", report: ASFF, folder: &Folder{asffFiles, asffFile.MatchString}},
		{name: "openmetrics", report: OpenMetrics, scraped: true},
		{name: "oscal", report: OSCAL},
		{name: "html", report: HTML, folder: &Folder{htmlFiles, html.Named}},
		{name: "none", report: None},
	}
}

// Formats lists the names of all formats, the default first.
func Formats() []string {
	var names []string
	for _, f := range registry() {
		names = append(names, f.name)
	}
	return names
}

// Profiles lists the profiles of SARIF, the default first.
func Profiles() []string { return []string{ProfileGitHub, ProfileFull} }

// Lookup returns the reporter of a format.
func Lookup(name string) (Reporter, bool) {
	f, ok := lookup(name)
	return f.report, ok
}

// LookupFolder returns how a format is written as a folder, where it can be.
func LookupFolder(name string) (*Folder, bool) {
	f, _ := lookup(name)
	return f.folder, f.folder != nil
}

// Scraped reports whether another program reads a format's file again and
// again. Such a file must be readable by other users, and a new report carries
// on what the one before said (Options.Before).
func Scraped(name string) bool {
	f, _ := lookup(name)
	return f.scraped
}

func lookup(name string) (format, bool) {
	formats := registry()
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return format{}, false
	}
	return formats[i], true
}

// None writes nothing, for runs whose reports go to files only.
func None(io.Writer, *scanner.Report, Options) error { return nil }
