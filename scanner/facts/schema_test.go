package facts_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

func compile(t *testing.T, rule string) error {
	t.Helper()
	var schema any
	if err := json.Unmarshal(fact.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, schema)
	module, err := ast.ParseModule("rule.rego", "package p\n"+rule)
	if err != nil {
		t.Fatal(err)
	}
	c := ast.NewCompiler().WithSchemas(set).WithStrict(true)
	c.Compile(map[string]*ast.Module{"rule.rego": module})
	if c.Failed() {
		return c.Errors
	}
	return nil
}

func TestSchemaRefusesMisspeltFacts(t *testing.T) {
	tests := map[string]struct{ rule, want string }{
		"right":            {`deny contains m if { input.facts.put_object.value.granted; m := input.export.id }`, ""},
		"list":             {`deny contains m if { some a in input.facts.external_id_bypass.value.accesses; m := a.how }`, ""},
		"misspelt fact":    {`deny contains 1 if input.facts.putobject.value.granted`, "putobject"},
		"misspelt field":   {`deny contains 1 if input.facts.put_object.value.grantd`, "grantd"},
		"misspelt in list": {`deny contains a.hw if some a in input.facts.external_id_bypass.value.accesses`, "hw"},
		"wrong type":       {`deny contains 1 if input.facts.interval.value.hours == "12"`, "match error"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := compile(t, tt.rule)
			if tt.want == "" && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("got %v, want an error about %s", err, tt.want)
			}
		})
	}
}

// TestInputsAreOfTheSchema keeps what is derived and what rules are checked
// against from drifting apart: no list may be null, no field extra.
func TestInputsAreOfTheSchema(t *testing.T) {
	short.Skip(t)
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(string(fact.Schema())))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("input.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("input.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range corpus() {
		subject, _ := w.subject(t)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(written(t, subject)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStatusesAreTheInputs: a known fact without a value would let every rule
// pass in silence.
func TestStatusesAreTheInputs(t *testing.T) {
	short.Skip(t)
	for name, w := range corpus() {
		subject, _ := w.subject(t)
		var input struct {
			Facts map[string]struct {
				State scanner.FactState
				Value json.RawMessage
			}
		}
		if err := json.Unmarshal(written(t, subject), &input); err != nil {
			t.Fatal(err)
		}
		if len(input.Facts) != len(subject.Facts) {
			t.Errorf("%s: the input has %d facts, the subject %d", name, len(input.Facts), len(subject.Facts))
		}
		for fact, in := range input.Facts {
			if state := subject.Facts[fact].State; in.State != state || (in.Value != nil) != (state == scanner.FactKnown) {
				t.Errorf("%s: %s is %s in the input, and %s", name, fact, in.State, state)
			}
		}
	}
}

func TestNames(t *testing.T) {
	export, tenant := fact.Names()
	subject, _ := healthy().subject(t)
	if !slices.Equal(tenant, []string{"removed_exports", "tenant_exports"}) {
		t.Errorf("tenant facts are %v", tenant)
	}
	if len(export) != len(subject.Facts) {
		t.Errorf("%d names, and a subject has %d facts", len(export), len(subject.Facts))
	}
	for _, name := range export {
		if _, ok := subject.Facts[name]; !ok {
			t.Errorf("a subject lacks %s", name)
		}
	}
}
