// Package documents makes of evidence and gaps what rules see of raw documents.
// It does not know which documents a subject should have.
package documents

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Document is one document as it was read, the certainty that there is none, or
// that it could not be read.
type Document struct {
	State    string `json:"state"`    // known, absent or unknown
	Resource string `json:"resource"` // the ARN that it belongs to
	Name     string `json:"name"`     // tells documents of one kind on one resource apart; else empty
	// At is the document as a place. With # and a JSON Pointer behind it, it is a
	// place in it: sprintf("%s#/Statement/%d", [document.at, i]).
	At     string `json:"at"`
	Value  any    `json:"value,omitempty"` // what it holds; there only where it is known
	Reason string `json:"reason"`          // why it is unknown, a clause
}

// Read returns the documents of a kind in the order of their evidence, then the
// gaps that stand in the place of others, and the status of all of them together.
func Read(kind document.Kind, evidence []scanner.Evidence, gaps []scanner.Gap) ([]Document, scanner.FactStatus) {
	documents, status := []Document{}, scanner.FactStatus{State: scanner.FactKnown}
	for i := range evidence {
		e := &evidence[i]
		if e.Kind != kind {
			continue
		}
		d := Document{State: "absent", Resource: e.Resource, Name: e.Name, At: e.Ref()}
		if !e.Absent {
			d.State, d.Value = string(scanner.FactKnown), json.RawMessage(e.Text)
			if err := readable(e.Text); err != nil {
				gaps = append(slices.Clip(gaps), scanner.Gap{
					Kind: kind, Call: e.Call, Resource: e.Resource, Name: e.Name, Reason: scanner.ReasonMalformed,
					Detail: "the document cannot be read: " + scanner.Said(err.Error()),
				})
			}
		}
		documents, status.Evidence = append(documents, d), append(status.Evidence, d.At)
	}
	for i := range gaps {
		g := &gaps[i]
		d := Document{State: string(scanner.FactUnknown), Resource: g.Resource, Name: g.Name, At: scanner.Ref(g.Kind, g.Resource, g.Name), Reason: g.Clause()}
		at := slices.IndexFunc(documents, func(x Document) bool { return x.At == d.At })
		if at < 0 {
			at, documents = len(documents), append(documents, d)
		}
		documents[at] = d
	}
	if len(gaps) > 0 {
		status.State, status.Gaps = scanner.FactUnknown, gaps
	}
	if len(documents) > 0 {
		status.Resource = documents[0].Resource
	}
	return documents, status
}

// readable says why a text is no JSON object that rules can be given: names given
// twice mean something else to everybody, and numbers beyond a float nothing to
// OPA.
func readable(text string) error {
	in := jsontext.NewDecoder(strings.NewReader(text))
	for depth := -1; depth != 0; depth = in.StackDepth() {
		token, err := in.ReadToken()
		switch {
		case err != nil:
			return err
		case depth < 0 && token.Kind() != '{':
			return errors.New("it is no JSON object")
		case token.Kind() == '0':
			if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
				return err
			}
		}
	}
	if _, err := in.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("it goes on behind its end")
	}
	return nil
}
