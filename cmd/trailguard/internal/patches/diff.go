package patches

import (
	"fmt"
	"io"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/trailguard/trailguard/reporters"
)

// Diff writes each document's change as `patch -p1` takes it, in the folder that --evidence
// wrote. Colour marks the lines that go and come.
func (r *Report) Diff(w io.Writer, color bool) error {
	for i := range r.Fixes {
		f := &r.Fixes[i]
		if err := f.heading(w, ""); err != nil {
			return err
		}
		all := f.Changes()
		for j := range all {
			c := &all[j]
			if err := c.heading(w, "", j, len(all)); err != nil {
				return err
			}
			from := "a/" + c.Path
			if c.Before == "" {
				from = "/dev/null"
			}
			text := udiff.Unified(from, "b/"+c.Path, c.Before, c.Document)
			if _, err := fmt.Fprintf(w, "\n%s\n", shown(text, color)); err != nil {
				return err
			}
		}
	}
	return r.rest(w, "")
}

// shown makes a difference safe to look at, a line at a time.
func shown(text string, color bool) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = reporters.Visible(strings.TrimSuffix(line, "\n"))
		paint := ""
		switch {
		case !color || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++"):
		case strings.HasPrefix(line, "-"):
			paint = "\x1b[31m"
		case strings.HasPrefix(line, "+"):
			paint = "\x1b[32m"
		}
		if paint != "" {
			line = paint + line + "\x1b[0m"
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}
