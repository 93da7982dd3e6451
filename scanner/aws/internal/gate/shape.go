package gate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// verifyJSON requires one JSON object that has the operation's member.
func verifyJSON(op Operation, status int, body []byte) *MalformedError {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return &MalformedError{Status: status, What: "with an answer that is no JSON object"}
	}
	if _, ok := members[op.Root]; !ok && op.Root != "" {
		return &MalformedError{Status: status, What: "with an answer that has no " + op.Root}
	}
	return nil
}

// verifyXML requires one well-formed document with the operation's root
// element.
func verifyXML(op Operation, status int, body []byte) *MalformedError {
	dec := xml.NewDecoder(bytes.NewReader(body))
	root, seen := "", map[string]bool{}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return &MalformedError{Status: status, What: "with an answer that is no XML document"}
		}
		if start, ok := token.(xml.StartElement); ok {
			root = cmp.Or(root, start.Name.Local)
			seen[start.Name.Local] = true
		}
	}
	// Some servers name every root element after the operation.
	if root != op.Root && root != op.Name+"Response" {
		return &MalformedError{Status: status, What: "with <" + Printable(root) + "> instead of <" + op.Root + ">"}
	}
	for _, part := range op.Parts {
		if !seen[part] {
			return &MalformedError{Status: status, What: "with an answer that has no <" + part + ">"}
		}
	}
	return nil
}

// Printable shortens a text from a server to what may appear in a message.
func Printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), 128)]
}
