package immuta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
)

// FileOptions say whose list a file holds.
type FileOptions struct {
	Name     string // the file's, for messages
	Tenant   string // as the operator calls it
	URL      string // the tenant's; "file:" and Name where it is not known
	MaxBytes int64  // DefaultMaxBytes unless set
	// At is when the list is taken to be from.
	At    time.Time
	Hints map[string]scanner.ExportHint // by configuration id; may be nil
}

// FileError is why a saved list cannot be used, and where in it.
type FileError struct {
	Name   string
	Line   int // 1-based; 0 where it is about the file as a whole
	Column int // 1-based, in characters
	Detail string
}

// Error implements error.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("read exports %s: %s", e.Name, e.Detail)
	}
	return fmt.Sprintf("read exports %s: line %d, column %d: %s", e.Name, e.Line, e.Column, e.Detail)
}

const fileForms = `the file holds no list of export configurations: give the answer of getAllExportConfigurations, {"data":{"getAllExportConfigurations":[…]}}, or the output of "immuta audit exportConfig list"`

// ParseFile reads a saved list: a GraphQL answer, the output of Immuta's
// command line, or a bare array. It returns what Source.List would. Trailing
// commas are let through, since Immuta's documents have them. The error is a
// *FileError.
func ParseFile(r io.Reader, o FileOptions) (scanner.Tenant, []scanner.Record, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.URL == "" {
		o.URL = "file:" + o.Name
	} else if u, err := parseURL(o.URL); err == nil {
		o.URL = u.String() // the same subject as over the network
	}
	l, err := parseFile(r, o)
	if err != nil {
		return scanner.Tenant{}, nil, err
	}
	l.tenant, l.url, l.at, l.hints, l.scrub = o.Tenant, o.URL, o.At, o.Hints, &scrubber{}
	l.leftOut = "the file does not hold it"
	tenant, records := l.build()
	return tenant, records, nil
}

func parseFile(r io.Reader, o FileOptions) (*listing, error) {
	text, err := io.ReadAll(io.LimitReader(r, o.MaxBytes+1))
	if err != nil {
		return nil, &FileError{Name: o.Name, Detail: err.Error()}
	}
	if int64(len(text)) > o.MaxBytes {
		return nil, &FileError{Name: o.Name, Detail: fmt.Sprintf("the file is larger than %d bytes: this is no list of export configurations", o.MaxBytes)}
	}
	text = dropTrailingCommas(toUTF8(text))
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &FileError{Name: o.Name, Detail: "the file is empty"}
	}
	if err := checkJSON(text); err != nil {
		return nil, syntaxError(o.Name, text, err)
	}
	l := &listing{}
	if err := l.open(o.Name, text, 0); err != nil {
		return nil, err
	}
	return l, nil
}

func syntaxError(name string, text []byte, err error) error {
	e := &FileError{Name: name, Detail: "the file ends too early"}
	offset := len(text)
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = int(syntax.ByteOffset)
		e.Detail = "this is not JSON: " + syntax.Err.Error()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			e.Detail = "the file ends in the middle of a value: save it again"
		}
	}
	e.Line, e.Column = position(text, offset)
	return e
}

// envelopes are the members in which a list may be wrapped, the more telling
// first. How the command line wraps it is not documented.
var envelopes = []string{"data", "getAllExportConfigurations", "exportConfigurations", "exportConfigs", "configurations", "items", "results", "hits"}

// maxEnvelopes bounds how deep a list may be wrapped.
const maxEnvelopes = 4

// open unwraps the list. Errors beside it, and a count that is not its length,
// make it incomplete.
func (l *listing) open(name string, value json.RawMessage, depth int) error {
	value = bytes.TrimSpace(value)
	if value[0] == '[' {
		if json.Unmarshal(value, &l.items) != nil {
			return &FileError{Name: name, Detail: fileForms}
		}
		return nil
	}
	var members map[string]json.RawMessage
	if depth > maxEnvelopes || json.Unmarshal(value, &members) != nil || members == nil {
		return &FileError{Name: name, Detail: fileForms}
	}
	problems := &answerError{errors: parseErrors(members["errors"])}
	said := (&scrubber{}).quote(problems.text())
	for _, envelope := range envelopes {
		inner, ok := members[envelope]
		if !ok || !filled(inner) && string(inner) != "[]" {
			continue
		}
		if err := l.open(name, inner, depth+1); err != nil {
			return err
		}
		if len(problems.errors) > 0 {
			l.trouble = append(l.trouble, trouble{reason: scanner.ReasonMalformed, detail: "the saved answer holds errors beside the data: " + said})
		}
		l.count(members)
		return nil
	}
	if len(problems.errors) > 0 {
		return &FileError{Name: name, Detail: "the file is an answer that failed, not a list: " + said + ": save it again once the query works"}
	}
	return &FileError{Name: name, Detail: fileForms}
}

// count compares the list with the number that stands beside it.
func (l *listing) count(members map[string]json.RawMessage) {
	for _, name := range []string{"count", "total", "totalCount"} {
		said, err := strconv.Atoi(scalar(members[name]))
		if err == nil && said != len(l.items) {
			l.trouble = append(l.trouble, trouble{
				name: name, reason: scanner.ReasonMalformed,
				detail: fmt.Sprintf("the file says %s %d and lists %d configurations: save the whole list", name, said, len(l.items)),
			})
		}
	}
}
