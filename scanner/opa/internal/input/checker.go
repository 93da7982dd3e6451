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

// Checker watches tests run, one after the other. It checks each input that
// they set against the schema, and each entry that rules return. Watching finds
// inputs however a test builds them, unlike reading the tests' source.
type Checker struct {
	// Entry says what is wrong with an entry of deny, or returns nil.
	Entry func(any) error
	// Rules holds the packages of rules, and whether each rule reads settings.
	Rules map[string]bool

	schema *jsonschema.Resolved
	test   string // the one that runs now
	last   *ast.Term
	Bad    map[string]string // what is wrong with its first bad input or entry, by test
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
	if rule, ok := event.Node.(*ast.Rule); ok {
		c.rule(&event, rule)
	}
	if event.Ref != nil && len(*event.Ref) > 1 {
		c.lookedUp(&event, *event.Ref)
	}
	input := event.Input()
	if input == nil || input == c.last {
		return
	}
	c.last = input
	if err := c.check(input); err != nil {
		c.bad("gives a rule an input that cannot be: %v", err)
	}
}

// bad records what is wrong with the test that runs. Only the first problem of
// a test is kept.
func (c *Checker) bad(format string, args ...any) {
	if _, known := c.Bad[c.test]; !known {
		c.Bad[c.test] = fmt.Sprintf(format, args...)
	}
}

// rule is called when a rule begins or ends.
func (c *Checker) rule(event *topdown.Event, rule *ast.Rule) {
	name, in := rule.Head.Ref().GroundPrefix().String(), rule.Module.Package.Path.String()
	switch {
	case event.Op == topdown.EnterOp && strings.HasPrefix(name, tester.TestPrefix):
		c.test = strings.TrimPrefix(in, "data.") + "." + name
	case event.Op == topdown.ExitOp && name == "deny" && rule.Head.Key != nil:
		if _, known := c.Rules[in]; !known {
			return
		}
		entry := event.Plug(rule.Head.Key)
		value, err := ast.JSON(entry.Value)
		if err == nil {
			err = c.Entry(value)
		}
		if err != nil {
			c.bad("%s:%d yields %s: %v: write deny contains {\"message\": …}", rule.Location.File, rule.Location.Row, shorten(entry.String()), err)
		}
	}
}

// lookedUp is called when rules are looked up. A rule that reads settings is
// never entered where the input has none.
func (c *Checker) lookedUp(event *topdown.Event, ref ast.Ref) {
	if c.Rules[ref[:len(ref)-1].String()] && !holds(event.Input(), "settings") {
		c.bad("gives a rule no input.settings, which it always has: {} where nothing is set")
	}
}

// holds says whether an object has a member.
func holds(input *ast.Term, name string) bool {
	if input == nil {
		return false
	}
	object, ok := input.Value.(ast.Object)
	return ok && object.Get(ast.StringTerm(name)) != nil
}

// shorten cuts a value to a length that keeps a message readable.
func shorten(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
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
	var plain any // with numbers in the form that the validator expects
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	return c.schema.Validate(plain)
}
