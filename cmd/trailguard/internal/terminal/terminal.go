// Package terminal knows the stream that the program writes to: whether it is a
// terminal, how wide it is, whether to use colour, and how to show progress on
// it.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// DefaultWidth is the width of an output that is not a terminal, in columns.
const DefaultWidth = 80

// Is reports whether a stream is a terminal.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width returns the width of the terminal in columns.
func Width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return DefaultWidth
}

// Color reports whether to use colour. The mode is always, never or auto, which
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
