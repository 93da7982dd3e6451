package reporters

import (
	"io"

	"github.com/trailguard/trailguard/reporters/internal/html"
	"github.com/trailguard/trailguard/scanner"
)

// HTML writes the report for auditors, as one file that loads nothing. It holds
// documents, calls and deliveries where the report has an Annex.
func HTML(w io.Writer, r *scanner.Report, _ Options) error { return html.Write(w, r) }

// htmlFiles writes the same report as pages of a folder, for one too large for
// a single file. The page that leads to the others comes last.
func htmlFiles(r *scanner.Report, _ Options) []File {
	var files []File
	for _, page := range html.Pages(r) {
		files = append(files, File{Name: page.Name, Write: page.Write})
	}
	return files
}
