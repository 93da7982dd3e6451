package input

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Checker watches tests run, one after the other, and checks each input
// that they set against the schema. Watching finds inputs however a test
// builds them, which reading the tests' source would not.
type Checker struct {
	schema *jsonschema.Resolved
	test   string // that runs now
	last   *ast.Term
	Bad    map[string]string // test -> what is wrong with its first bad input
}

// NewChecker checks against a schema.
func NewChecker(schema []byte) (*Checker, error) {
	var s jsonschema.Schema
	if err := json.Unmarshal(schema, &s); err != nil {
		return nil, fmt.Errorf("read schema of the rules' input: %w", err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return nil, fmt.Errorf("resolve schema of the rules' input: %w", err)
	}
	return &Checker{schema: resolved, Bad: map[string]string{}}, nil
}

// Enabled implements topdown.QueryTracer.
func (c *Checker) Enabled() bool { return true }

// Config implements topdown.QueryTracer.
func (c *Checker) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer.
func (c *Checker) TraceEvent(event topdown.Event) {
	if rule, ok := event.Node.(*ast.Rule); ok && event.Op == topdown.EnterOp {
		name := rule.Head.Ref().GroundPrefix().String()
		if strings.HasPrefix(name, tester.TestPrefix) {
			c.test = strings.TrimPrefix(rule.Module.Package.Path.String(), "data.") + "." + name
		}
	}
	input := event.Input()
	if input == nil || input == c.last {
		return
	}
	c.last = input
	if _, known := c.Bad[c.test]; known {
		return
	}
	if err := c.check(input); err != nil {
		c.Bad[c.test] = err.Error()
	}
}

func (c *Checker) check(input *ast.Term) error {
	value, err := ast.JSON(input.Value)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var plain any // numbers as the validator expects them
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	return c.schema.Validate(plain)
}
