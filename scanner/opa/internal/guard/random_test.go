package guard_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner/opa/internal/guard"
)

// TestRandomBodies writes bodies at random, over values of every kind, there and not:
// none that is silent denies anything by OPA.
func TestRandomBodies(t *testing.T) {
	const facts = `{"export": {"id": "e1", "tags": {"a": "b"}}, "tenant": {"name": "t"}, "facts": {
		"a": {"state": "known", "value": {"yes": true, "no": false, "none": null, "n": 2, "m": 1.5, "s": "x", "list": [1, 2, "x"], "empty": [], "of": [{"k": "x", "on": true}, {"k": "y"}], "o": {"x": 1}}},
		"b": {"state": "unknown"}}}`
	node, term := nodes(t, json.RawMessage(facts))
	quiet := 0
	for seed := range uint64(1000) {
		w := writer{rand.New(rand.NewPCG(seed, 7)), nil}
		module := "package r\n\ncalled(x) if x.yes\n\nnamed := input.facts.a.value\n\ndeny contains \"m\" if {\n" + w.body() + "}\n"
		c, err := ast.CompileModules(map[string]string{"r.rego": module})
		if err != nil {
			continue // no such rule can be loaded
		}
		rule := guard.Of(c.GetRulesExact(ast.MustParseRef("data.r.deny")))
		if !guard.At(node).Silent(&rule) {
			continue
		}
		quiet++
		if denies(t, c, "data.r.deny", term) {
			t.Errorf("it is silent, and denies something:\n%s", module)
		}
	}
	if quiet < 200 {
		t.Errorf("only %d bodies are silent: the test shows little", quiet)
	}
}

// writer writes bodies.
type writer struct {
	*rand.Rand

	variables []string
}

func (w *writer) body() string {
	var b strings.Builder
	for range 1 + w.IntN(3) {
		b.WriteString("\t" + w.line() + "\n")
	}
	return b.String()
}

func (w *writer) line() string {
	v := fmt.Sprintf("v%d", len(w.variables))
	switch w.IntN(11) {
	case 0:
		line := fmt.Sprintf("%s := %s", v, w.term())
		w.variables = append(w.variables, v)
		return line
	case 1:
		line := fmt.Sprintf("some %s in %s", v, w.term())
		w.variables = append(w.variables, v)
		return line
	case 2:
		return "not " + w.term()
	case 3:
		return w.term()
	case 4:
		return fmt.Sprintf("%s in %s", w.term(), w.term())
	case 5:
		return fmt.Sprintf("not %s in %s", w.term(), w.term())
	case 6:
		return fmt.Sprintf("count(%s) %s %s", w.term(), w.comparison(), w.term())
	case 7:
		return fmt.Sprintf("not %s %s %s", w.term(), w.comparison(), w.term())
	case 8:
		return w.one("called(", "not called(") + w.term() + ")"
	case 9:
		line := fmt.Sprintf("%s := %s[_]", v, w.term())
		w.variables = append(w.variables, v)
		return line
	default:
		return fmt.Sprintf("%s %s %s", w.term(), w.comparison(), w.term())
	}
}

func (w *writer) one(of ...string) string { return of[w.IntN(len(of))] }

func (w *writer) comparison() string { return w.one("==", "!=", "<", "<=", ">", ">=", "=") }

// term is a constant, a place or a place in a variable.
func (w *writer) term() string {
	if w.IntN(5) == 0 {
		return w.one(`"x"`, "1", "2", "1.5", "true", "false", "null", "[]", "[1, 2]", `{"x": 1}`)
	}
	at := w.one("input.facts.a.value", "input.facts.b.value", "input.export", "input.tenant", "named")
	if len(w.variables) > 0 && w.IntN(2) == 0 {
		at = w.variables[w.IntN(len(w.variables))]
	}
	for range w.IntN(3) {
		at += w.one(".yes", ".no", ".none", ".n", ".m", ".s", ".list", ".empty", ".of", ".o", ".k", ".on", ".missing", ".x", "[0]", "[1]", `["s"]`, ".id", ".tags", ".name")
	}
	return at
}
