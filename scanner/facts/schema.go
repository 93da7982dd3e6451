package facts

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemaOnce generates the schema when it is first asked for.
var schemaOnce = sync.OnceValues(generateSchema)

// Schema is the JSON Schema of the document that rules see as `input`,
// generated from Input. It allows no field that Input does not have, so that
// OPA's type checker refuses a misspelt one.
func Schema() []byte {
	text, err := schemaOnce()
	if err != nil {
		// Input is part of this package: only a type that JSON Schema cannot
		// express leads here, and the tests would have seen it.
		panic(err)
	}
	return slices.Clone(text)
}

func generateSchema() ([]byte, error) {
	schema, err := jsonschema.For[Input](nil)
	if err != nil {
		return nil, fmt.Errorf("generate schema of the rules' input: %w", err)
	}
	refuseNull(schema)
	schema.Schema = "http://json-schema.org/draft-07/schema#"
	schema.Title = "what a trailguard rule sees as input"
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode schema of the rules' input: %w", err)
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
	for _, property := range s.Properties {
		refuseNull(property)
	}
}
