package immuta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/listing"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
	"github.com/trailguard/trailguard/scanner/redact"
)

// FileOptions say whose list a file holds.
type FileOptions struct {
	Name     string // the file's, for messages
	Tenant   string // as the operator calls it
	URL      string // the tenant's; "file:" and Name where it is not known
	MaxBytes int64  // DefaultMaxBytes unless set
	// At is the time at which the list is assumed to have been true.
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
// command line, or a bare array. It returns what Source.List would return.
// Trailing commas are accepted, since Immuta's documents have them. The error
// is a *FileError.
func ParseFile(r io.Reader, o FileOptions) (scanner.Tenant, []scanner.Record, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.URL == "" {
		o.URL = "file:" + o.Name
	} else if u, err := transport.ParseURL(o.URL); err == nil {
		o.URL = u.String() // so that the subject is the same as over the network
	}
	list, err := parseFile(r, o.MaxBytes)
	if err != nil {
		err.Name = o.Name
		return scanner.Tenant{}, nil, err
	}
	tenant, records := list.Build(listing.Source{Tenant: o.Tenant, URL: o.URL, At: o.At, Hints: o.Hints, Scrub: &redact.Scrubber{}})
	return tenant, records, nil
}

func parseFile(r io.Reader, maxBytes int64) (*listing.List, *FileError) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, &FileError{Detail: err.Error()}
	}
	if int64(len(text)) > maxBytes {
		return nil, &FileError{Detail: fmt.Sprintf("the file is larger than %d bytes: this is no list of export configurations", maxBytes)}
	}
	text = dropTrailingCommas(toUTF8(text))
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &FileError{Detail: "the file is empty"}
	}
	if err, ok := errors.AsType[*answer.SyntaxError](answer.CheckJSON(text)); ok {
		e := &FileError{Line: err.Line, Column: err.Column, Detail: "this is not JSON: " + err.Err.Error()}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			e.Detail = "the file ends in the middle of a value: save it again"
		}
		return nil, e
	}
	list := &listing.List{LeftOut: "the file does not hold it"}
	return list, unwrap(list, text, 0)
}

// envelopes are the members that may wrap a list, the more specific first. How
// the command line wraps it is not documented.
var envelopes = []string{"data", query.Operation, "exportConfigurations", "exportConfigs", "configurations", "items", "results", "hits"}

// maxEnvelopes bounds how deep a list may be wrapped.
const maxEnvelopes = 4

// unwrap takes the list out of its envelopes. Errors beside it, or a count that
// differs from its length, make it incomplete.
func unwrap(list *listing.List, value json.RawMessage, depth int) *FileError {
	if json.Unmarshal(value, &list.Items) == nil && list.Items != nil {
		return nil
	}
	members := answer.Object(value)
	if depth > maxEnvelopes || members == nil {
		return &FileError{Detail: fileForms}
	}
	problems := &answer.Answer{Errors: answer.ParseErrors(members["errors"])}
	said := (&redact.Scrubber{}).Quote(problems.Message())
	for _, envelope := range envelopes {
		inner, ok := members[envelope]
		if !ok || !answer.Filled(inner) && string(inner) != "[]" {
			continue
		}
		if err := unwrap(list, inner, depth+1); err != nil {
			return err
		}
		if len(problems.Errors) > 0 {
			list.Incomplete(listing.Trouble{Detail: "the saved answer holds errors beside the data: " + said})
		}
		checkCount(list, members)
		return nil
	}
	if len(problems.Errors) > 0 {
		return &FileError{Detail: "the file is an answer that failed, not a list: " + said + ": save it again once the query works"}
	}
	return &FileError{Detail: fileForms}
}

// checkCount compares the length of the list with the count beside it.
func checkCount(list *listing.List, members map[string]json.RawMessage) {
	for _, name := range []string{"count", "total", "totalCount"} {
		said, err := strconv.Atoi(answer.Scalar(members[name]))
		if err == nil && said != len(list.Items) {
			list.Incomplete(listing.Trouble{
				Name:   name,
				Detail: fmt.Sprintf("the file says %s %d and lists %d configurations: save the whole list", name, said, len(list.Items)),
			})
		}
	}
}
