package answer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Answer is a GraphQL answer: data, errors, or errors together with data.
type Answer struct {
	Data   json.RawMessage
	Errors []Error
}

// Error is one GraphQL error.
type Error struct {
	Message string
	Code    string
	// An error of execution has a path. One of validation has a place in the
	// query.
	hasPath, hasPlace bool
}

// Message joins the messages of the errors.
func (a *Answer) Message() string {
	var messages []string
	for _, e := range a.Errors {
		text := e.Message
		if e.Code != "" {
			text += " [" + e.Code + "]"
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

// HasData reports whether there is data other than null.
func (a *Answer) HasData() bool { return len(a.Data) > 0 && string(a.Data) != "null" }

// Parse reads the envelope of an answer that is valid JSON, and reports whether
// it is an object. Errors may have any form: whatever stands in their place is
// an error.
func Parse(body []byte) (*Answer, bool) {
	members := Object(body)
	return &Answer{Data: bytes.TrimSpace(members["data"]), Errors: ParseErrors(members["errors"])}, members != nil
}

// ParseErrors reads the member "errors" of an answer.
func ParseErrors(raw json.RawMessage) []Error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		items = []json.RawMessage{raw}
	}
	list := make([]Error, 0, len(items))
	for _, item := range items {
		list = append(list, parseError(item))
	}
	return list
}

func parseError(raw json.RawMessage) Error {
	members := map[string]json.RawMessage{}
	if json.Unmarshal(raw, &members) != nil {
		return Error{Message: strings.Trim(string(raw), `"`)}
	}
	extensions := Object(members["extensions"])
	return Error{
		Message: cmp.Or(Text(members["message"]), "an error without a message"),
		Code:    cmp.Or(Text(extensions["code"]), Text(extensions["classification"])),
		hasPath: Filled(members["path"]), hasPlace: Filled(members["locations"]),
	}
}

// Object returns the members of an object, or nil for any other value.
func Object(raw json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	return members
}

// Filled reports whether a value is there and not empty.
func Filled(raw []byte) bool {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", "[]", "{}", `""`:
		return false
	}
	return true
}

// Text returns the value of a string, and "" for any other value.
func Text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// Scalar returns the value of a string or the text of a number, and "" for any
// other value.
func Scalar(raw json.RawMessage) string {
	if s := Text(raw); s != "" {
		return s
	}
	var n json.Number
	if len(raw) > 0 && raw[0] != '"' && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}
