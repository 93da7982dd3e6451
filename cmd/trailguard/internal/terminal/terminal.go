// Package terminal knows what the program writes to: whether it is a terminal,
// how wide, whether colour is wanted, and how to show progress there.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// DefaultWidth is that of an output which is no terminal, in columns.
const DefaultWidth = 80

// Is says whether a stream is a terminal.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width is the terminal's width in columns.
func Width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return DefaultWidth
}

// Color says whether to write colour: mode is always, never or auto, which
// means on a terminal unless NO_COLOR is set or TERM is dumb.
func Color(mode string, w io.Writer) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	default:
		return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && Is(w)
	}
}
