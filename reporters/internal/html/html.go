// Package html writes the report that an auditor is handed: one file that holds all
// it shows, works without script, network or images, and reads the same on paper, on
// a telephone and to a screen reader. It decides nothing that the report does not
// say. Whatever comes from outside is text to it, never markup.
package html

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/trailguard/trailguard/scanner"
)

//go:embed templates/*.tmpl templates/style.css
var files embed.FS

// Write writes a report as one HTML document.
func Write(w io.Writer, r *scanner.Report) error { return write(w, newPage(r)) }

// write writes one page.
func write(w io.Writer, p *page) error {
	style, err := files.ReadFile("templates/style.css")
	if err != nil {
		return fmt.Errorf("read the page's style: %w", err)
	}
	t, err := template.New("page").Funcs(template.FuncMap{"count": count}).ParseFS(files, "templates/*.tmpl")
	if err != nil {
		return fmt.Errorf("read the page's templates: %w", err)
	}
	p.Style, p.Policy = styleElement(style), policy(style)
	if err := t.ExecuteTemplate(w, "page.tmpl", p); err != nil {
		return fmt.Errorf("write html report: %w", err)
	}
	return nil
}

// styleElement is the page's own style. It is no text from outside.
func styleElement(style []byte) template.HTML {
	return template.HTML("<style>" + string(style) + "</style>") //nolint:gosec // G203: the program's own file
}

// policy is a content security policy that allows that style, by the digest of its
// exact bytes, and nothing else: no script, no image, no network.
func policy(style []byte) string {
	sum := sha256.Sum256(style)
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// count counts things: "1 export", "2 exports".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
