package fact

import (
	"slices"
	"sync"

	"github.com/trailguard/trailguard/scanner/facts/internal/described"
	"github.com/trailguard/trailguard/scanner/facts/internal/documents"
	"github.com/trailguard/trailguard/scanner/facts/internal/schema"
)

// schemaOnce generates the schema when it is first asked for.
var schemaOnce = sync.OnceValues(func() ([]byte, error) {
	export, tenant := DocumentNames()
	return schema.Of[Input]("what a trailguard rule sees as input", map[string][]string{"documents": slices.Concat(export, tenant)})
})

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

// DocumentNames are the kinds of the raw documents that rules may read, by scope,
// sorted.
func DocumentNames() (export, tenant []string) { return documents.Names() }

// Description is what is documented of one fact.
type Description = described.Description

// Field is what is documented of one field of a fact's value.
type Field = described.Field

// Descriptions are those of all facts, of exports first, sorted by name.
func Descriptions() ([]Description, error) { return described.Facts() }
