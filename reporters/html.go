package reporters

import (
	"io"

	"github.com/trailguard/trailguard/reporters/internal/html"
	"github.com/trailguard/trailguard/scanner"
)

// HTML writes the report that an auditor is handed, as one file that holds all it
// shows. Documents, calls and deliveries are there where the report has an Annex.
func HTML(w io.Writer, r *scanner.Report, _ Options) error { return html.Write(w, r) }
