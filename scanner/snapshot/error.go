package snapshot

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// Error says why a snapshot was refused, where, and what to do.
type Error struct {
	Name    string // of the file
	Line    int    // 1-based; 0 where no line is to blame
	Problem string
	Advice  string
	Err     error // what it rests on, or nil
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

// Unwrap returns what the error rests on.
func (e *Error) Unwrap() error { return e.Err }

const (
	adviceAltered = "use the original file, or collect a new snapshot"
	adviceForeign = "give a file that trailguard snapshot wrote"
)

// writing describes an error of writing a file. The old file, if there was
// one, is as it was.
func writing(name string, err error) error {
	advice := "the old file, if there was one, is unchanged"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) {
		advice = "free some space or write elsewhere; " + advice
	}
	return &Error{Name: name, Problem: "write", Advice: advice, Err: bare(err)}
}
