// Package html writes the report that an auditor is handed: one file that holds all
// it shows, works without script, network or images, and reads the same on paper, on
// a telephone and to a screen reader. It decides nothing that the report does not
// say. Whatever comes from outside is text to it, never markup.
//
// A page is data first (page and what it holds), and elements made of the data
// second (the files that begin with show). Elements are functions that gomponents
// calls, and no templates: what executes a template looks methods up by name, and a
// program that does so keeps every method of every package it links.
package html

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"

	g "maragu.dev/gomponents"

	"github.com/trailguard/trailguard/scanner"
)

//go:embed style.css
var style string

// Write writes a report as one HTML document.
func Write(w io.Writer, r *scanner.Report) error { return write(w, newPage(r)) }

// write writes one page.
func write(w io.Writer, p interface{ document() g.Node }) error {
	buffered := bufio.NewWriter(w)
	if err := p.document().Render(buffered); err != nil {
		return fmt.Errorf("write html report: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write html report: %w", err)
	}
	return nil
}

// policy is a content security policy that allows the page's own style, by the digest
// of its exact bytes, and nothing else: no script, no image, no network.
func policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}
