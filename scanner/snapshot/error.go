package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Error says why a snapshot was refused, where, and what to do.
type Error struct {
	Name    string // of the file
	Line    int    // 1-based; 0 where no line is to blame
	Problem string
	Advice  string
	Err     error // the cause, or nil
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Name)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": " + e.Problem)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

const (
	adviceAltered = "use the original file, or collect a new snapshot"
	adviceForeign = "give a file that trailguard snapshot wrote"
)

// bare removes the operation and the path from an error: the message already
// names the file.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
