// Package packs makes evidence packs of what was judged, and judges again what a pack
// holds: which files go into one, and what verify says of it. How a pack is written,
// signed and read is scanner/evidence's; how a snapshot is judged, the command's.
package packs

import (
	"io"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/opa"
)

// Judged is a snapshot that was judged, with what that rests on.
type Judged struct {
	Report    *scanner.Report
	AsOf      time.Time
	Settings  scanner.Settings
	Selection scanner.Selection
	Threshold scanner.Threshold
	Rules     []opa.Source
	// Waivers and Attestations are files; empty: there is none.
	Waivers, Attestations string
	Attested              []scanner.Attestation
}

// reportFiles are the files that a pack holds of a report.
func reportFiles(report *scanner.Report) []reporters.File {
	options := reporters.Options{Width: reporters.DefaultWidth}
	write := func(format string) func(io.Writer) error {
		return func(w io.Writer) error {
			reporter, _ := reporters.Lookup(format) // both are there
			return reporter(w, report, options)
		}
	}
	files := []reporters.File{{Name: evidence.ReportName, Write: write("json")}}
	if len(report.Findings) <= reportfile.ManyFindings {
		return append(files, reporters.File{Name: evidence.PageName, Write: write("html")})
	}
	folder, _ := reporters.LookupFolder("html")
	for _, page := range folder.Files(report, options) {
		page.Name = evidence.PagesFolder + page.Name
		files = append(files, page)
	}
	return files
}
