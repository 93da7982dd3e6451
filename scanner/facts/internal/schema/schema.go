// Package schema makes the JSON Schema of a Go type, as strict as OPA's type
// checker wants it. It knows no fact.
package schema

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// Of is the schema of T. Each map below the named properties has the given names
// and no others.
func Of[T any](title string, names map[string][]string) ([]byte, error) {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		return nil, fmt.Errorf("generate schema: %w", err)
	}
	refuseNull(s)
	for property, allowed := range names {
		of := s.Properties[property]
		of.Properties = map[string]*jsonschema.Schema{}
		for _, name := range allowed {
			of.Properties[name] = of.AdditionalProperties.CloneSchemas()
		}
		of.AdditionalProperties = s.AdditionalProperties // a struct's: there are none
	}
	s.Schema, s.Title = "http://json-schema.org/draft-07/schema#", title
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return text, nil
}

// refuseNull takes "null" from every type: an input leaves a field out or
// gives it a value, and a list without entries is an empty one.
func refuseNull(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if i := slices.Index(s.Types, "null"); i >= 0 && len(s.Types) == 2 {
		s.Type, s.Types = s.Types[1-i], nil
	}
	refuseNull(s.Items)
	refuseNull(s.AdditionalProperties)
	for _, property := range s.Properties {
		refuseNull(property)
	}
}
