package immuta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

var errTrailing = errors.New("something follows the value")

// answerError is a GraphQL answer. It is an error where it holds errors, with
// the data that came beside them.
type answerError struct {
	data      json.RawMessage
	errors    []graphError
	status    int
	requestID string
}

type graphError struct {
	message   string
	code      string
	hasPath   bool
	hasPlaces bool
}

func (a *answerError) Error() string { return a.text() }

// text joins the messages; the caller cleans it.
func (a *answerError) text() string {
	var messages []string
	for _, e := range a.errors {
		text := e.message
		if e.code != "" {
			text += " [" + e.code + "]"
		}
		if !slices.Contains(messages, text) {
			messages = append(messages, text)
		}
	}
	if len(messages) > 3 {
		messages = append(messages[:3], fmt.Sprintf("and %d more", len(messages)-3))
	}
	return strings.Join(messages, "; ")
}

func (a *answerError) hasData() bool { return len(a.data) > 0 && string(a.data) != "null" }

// parseAnswer reads the envelope of an answer that is valid JSON. The shape of
// errors is taken as it comes: whatever stands there is an error.
func parseAnswer(body []byte) (*answerError, bool) {
	var envelope map[string]json.RawMessage
	_ = json.Unmarshal(body, &envelope) // what is no object leaves it nil
	if envelope == nil {
		return nil, false
	}
	return &answerError{data: bytes.TrimSpace(envelope["data"]), errors: parseErrors(envelope["errors"])}, true
}

func parseErrors(raw json.RawMessage) []graphError {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		items = []json.RawMessage{raw}
	}
	list := make([]graphError, 0, len(items))
	for _, item := range items {
		list = append(list, parseError(item))
	}
	return list
}

func parseError(raw json.RawMessage) graphError {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return graphError{message: strings.Trim(string(raw), `"`)}
	}
	e := graphError{message: text(members["message"]), hasPath: filled(members["path"]), hasPlaces: filled(members["locations"])}
	var extensions map[string]json.RawMessage
	if json.Unmarshal(members["extensions"], &extensions) == nil {
		if e.code = text(extensions["code"]); e.code == "" {
			e.code = text(extensions["classification"])
		}
	}
	if e.message == "" {
		e.message = "an error without a message"
	}
	return e
}

// filled tells whether a member is there with something in it.
func filled(raw json.RawMessage) bool {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", "[]", "{}", `""`:
		return false
	}
	return true
}

// text is a JSON string's value, or nothing.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

var (
	validationCode = regexp.MustCompile(`(?i)^(graphql_)?(validation|parse)(_failed|_error|error)$|^InvalidSyntax$|^(undefinedField|selectionMismatch|INTROSPECTION_DISABLED)$`)
	// validationText matches how the common servers word a refused query.
	validationText = regexp.MustCompile(`(?i)cannot query field|unknown (type|fragment|field|argument)|validation error|fields? "?[\w.]+"? conflict|` +
		`(doesn't|does not) exist on type|is undefined|must (not )?have (a |sub)?selection|can(not| never) be (of type|spread)|syntax error|introspection`)
	unauthenticated = regexp.MustCompile(`(?i)^(unauthenticated|unauthorized|401)$`)
	forbiddenCode   = regexp.MustCompile(`(?i)^(forbidden|access_denied|permission_denied|403)$`)
)

// refusedQuery tells whether the server refused the query itself, rather than
// failed in answering it. Only then is a smaller query of use.
func (a *answerError) refusedQuery() bool {
	if filled(a.data) || len(a.errors) == 0 {
		return false
	}
	for _, e := range a.errors {
		known := validationCode.MatchString(e.code) || validationText.MatchString(e.message)
		// An error of execution has a path; one of validation has a place in
		// the query, or comes with status 400.
		unnamed := e.code == "" && !e.hasPath && (e.hasPlaces || a.status == 400)
		if !known && !unnamed {
			return false
		}
	}
	return true
}

// authError is the refusal of the key or its user where a server says so in
// GraphQL instead of HTTP.
func (a *answerError) authError(scrub *scrubber) *Error {
	if a.hasData() {
		return nil
	}
	for _, e := range a.errors {
		switch {
		case unauthenticated.MatchString(e.code), e.code == "" && unauthenticated.MatchString(strings.TrimSuffix(e.message, ".")):
			return &Error{Kind: KindUnauthorized, Detail: "the API key was refused (" + scrub.quote(e.message) + "): check that it is this tenant's key and has not expired"}
		case forbiddenCode.MatchString(e.code), e.code == "" && forbiddenCode.MatchString(strings.TrimSuffix(e.message, ".")):
			return &Error{Kind: KindForbidden, Detail: "access was refused (" + scrub.quote(e.message) + "): give the user behind the key Immuta's AUDIT permission"}
		}
	}
	return nil
}

// describeSyntax says where JSON goes wrong.
func describeSyntax(text []byte, err error) string {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return "it ends too early"
	}
	line, column := position(text, int(syntax.ByteOffset))
	return fmt.Sprintf("line %d, column %d: %v", line, column, syntax.Err)
}

// position is the 1-based line and column, in characters, of an offset.
func position(text []byte, offset int) (line, column int) {
	head := text[:min(max(offset, 0), len(text))]
	line = 1 + bytes.Count(head, []byte("\n"))
	return line, 1 + utf8.RuneCount(head[bytes.LastIndexByte(head, '\n')+1:])
}
