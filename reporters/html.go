package reporters

import (
	"io"

	"github.com/trailguard/trailguard/reporters/internal/html"
	"github.com/trailguard/trailguard/scanner"
)

// HTML writes the report that an auditor is handed, as one file that holds all it
// shows. Documents, calls and deliveries are there where the report has an Annex.
func HTML(w io.Writer, r *scanner.Report, _ Options) error { return html.Write(w, r) }

// htmlFiles is the same as the pages of a folder, for what is too large for one file.
// The page that leads to the others is the last.
func htmlFiles(r *scanner.Report, _ Options) []File {
	var files []File
	for _, page := range html.Pages(r) {
		files = append(files, File{Name: page.Name, Write: page.Write})
	}
	return files
}
