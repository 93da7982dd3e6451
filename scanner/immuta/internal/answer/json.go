package answer

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

var errTrailing = errors.New("something follows the value")

// SyntaxError says where a text is no longer strict JSON.
type SyntaxError struct {
	Line, Column int // 1-based, in characters
	Err          error
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err)
}

// Unwrap returns what is wrong there.
func (e *SyntaxError) Unwrap() error { return e.Err }

// CheckJSON requires a text to be one strict JSON value: valid UTF-8, no
// duplicate names in an object, nothing after it. The error is a *SyntaxError.
// It wraps io.ErrUnexpectedEOF where the text ends early.
func CheckJSON(text []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text))
	offset, err := len(text), dec.SkipValue()
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset, err = int(syntax.ByteOffset), syntax.Err
	}
	if err == nil {
		rest := bytes.TrimLeft(text[dec.InputOffset():], " \t\r\n")
		if len(rest) == 0 {
			return nil
		}
		offset, err = len(text)-len(rest), errTrailing
	}
	head := text[:min(offset, len(text))]
	return &SyntaxError{
		Line:   1 + bytes.Count(head, []byte("\n")),
		Column: 1 + utf8.RuneCount(head[bytes.LastIndexByte(head, '\n')+1:]),
		Err:    err,
	}
}
