package aws

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// verifyJSON demands one JSON object, with the operation's member in it.
func verifyJSON(op Operation, status int, body []byte) *malformedError {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return &malformedError{status: status, what: "with an answer that is no JSON object"}
	}
	if _, ok := members[op.root]; !ok && op.root != "" {
		return &malformedError{status: status, what: "with an answer that has no " + op.root}
	}
	return nil
}

// verifyXML demands one well-formed document with the operation's root element.
func verifyXML(op Operation, status int, body []byte) *malformedError {
	dec := xml.NewDecoder(bytes.NewReader(body))
	root, seen := "", map[string]bool{}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return &malformedError{status: status, what: "with an answer that is no XML document"}
		}
		if start, ok := token.(xml.StartElement); ok {
			root = cmp.Or(root, start.Name.Local)
			seen[start.Name.Local] = true
		}
	}
	// Some servers name every root element after the operation.
	if root != op.root && root != op.Operation+"Response" {
		return &malformedError{status: status, what: "with <" + printable(root) + "> instead of <" + op.root + ">"}
	}
	for _, part := range parts(op) {
		if !seen[part] {
			return &malformedError{status: status, what: "with an answer that has no <" + part + ">"}
		}
	}
	return nil
}

// parts are the elements that every answer of an operation holds: where there is
// nothing to say, AWS answers that there is no such thing, or with an empty list.
// An empty root element would be taken for a setting that is off.
func parts(op Operation) []string {
	switch op.Call() {
	case callACL:
		return []string{"Owner", "AccessControlList"}
	case callEncryption, callLifecycle, callReplication:
		return []string{"Rule"}
	case callAuthorization:
		return []string{"IsTruncated"}
	case callListObjects:
		return []string{"Name", "IsTruncated"}
	case callObjectLock:
		return []string{"ObjectLockEnabled"}
	case callPublicAccessBlock, callAccountAccessBlock:
		return []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}
	}
	return nil
}

// printable cuts a text from a server down to what may stand in a message.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), 128)]
}
