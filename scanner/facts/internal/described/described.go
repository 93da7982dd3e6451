// Package described holds what the comments of the facts' Go types say, for those
// who have the program and not its source.
package described

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// Description is what the comments of a fact's Go types say.
type Description struct {
	Name  string        `json:"name"`
	Scope scanner.Scope `json:"scope"`
	Text  string        `json:"description"`
	// Unknown and NotApplicable say when it is; empty: where its subject is.
	Unknown       string  `json:"unknown,omitempty"`
	NotApplicable string  `json:"notApplicable,omitempty"`
	Fields        []Field `json:"fields"`
}

// Field is one field of a fact's value, or of an entry of a list in it.
type Field struct {
	Name string `json:"name"` // changes[].kind
	Type string `json:"type"`
	Text string `json:"description"`
}

// text is made from the comments by: make docs.
//
//go:embed facts.json
var text []byte

// Facts are those of all facts, of exports first, sorted by name.
func Facts() ([]Description, error) {
	var list []Description
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read descriptions of facts: %w", err)
	}
	return list, nil
}
