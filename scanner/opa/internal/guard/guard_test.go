package guard_test

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/trailguard/trailguard/policies"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/opa/internal/guard"
	"github.com/trailguard/trailguard/scanner/opa/internal/input"
)

// TestSilent has one body a row, over one input. Whatever is silent denies nothing by
// OPA either; the rest must be asked, be it that it denies something.
func TestSilent(t *testing.T) {
	const facts = `{"export": {"id": "e1"}, "settings": {"most": 3}, "documents": {"acl": []}, "facts": {
		"writer": {"state": "known", "value": {"known": true, "exists": false, "arn": "a", "kind": "role", "days": 14, "none": null}},
		"list": {"value": {"empty": [], "numbers": [1, 2], "two": [{"ok": true, "n": 1}, {"ok": true, "n": 2}], "object": {"a": {"ok": false}}, "text": "ab"}},
		"gone": {"state": "unknown"}}}`
	for body, silent := range map[string]bool{
		// What is there, what is not, and what is false.
		`w := input.facts.writer.value; not w.known`:                       true,
		`w := input.facts.writer.value; w.exists`:                          true,
		`w := input.facts.writer.value; w.known; not w.exists`:             false,
		`not input.facts.writer.value.exists`:                              false,
		`not input.facts.writer.value.missing`:                             false,
		`input.facts.writer.value.missing`:                                 true,
		`input.facts.writer.value.none`:                                    false,
		`not input.facts.writer.value.none`:                                true,
		`input.facts.writer.value.none.deeper`:                             true,
		`input.facts.writer.value[input.facts.writer.value.missing]`:       true,
		`input.facts.writer.value[input.facts.writer.value.kind]`:          false,
		`input.facts.writer.value.arn.deeper`:                              true,
		`x := input.facts.writer.value.exists; x == false`:                 false,
		`g := input.facts.gone.value`:                                      true,
		`not input.facts.gone.value.known; input.facts.gone.state == "no"`: true,
		`true`:  false,
		`false`: true,
		// Comparisons.
		`input.facts.writer.value.kind == "user"`:                                   true,
		`"user" == input.facts.writer.value.kind`:                                   true,
		`input.facts.writer.value.kind != "role"`:                                   true,
		`input.facts.writer.value.kind == "role"`:                                   false,
		`input.facts.writer.value.days > 14`:                                        true,
		`input.facts.writer.value.days >= 14`:                                       false,
		`input.facts.writer.value.days < 14`:                                        true,
		`input.facts.writer.value.days <= 14`:                                       false,
		`input.facts.writer.value.kind < 1`:                                         true,
		`input.facts.writer.value.kind == input.facts.writer.value.arn`:             true,
		`w := input.facts.writer.value; input.facts.list.value == w`:                true,
		`input.export.id != "e1"`:                                                   true,
		`input.facts.writer.value.missing != "role"`:                                true,
		`w := input.facts.writer.value; {"a": w.kind} == {"a": "user"}`:             false,
		`w := input.facts.writer.value; sprintf("%s", [w.kind]) == "user"; w.exist`: false,
		// Lists.
		`some x in input.facts.list.value.empty`:                             true,
		`some x in input.facts.list.value.missing`:                           true,
		`some x in input.facts.list.value.two; not x.ok`:                     true,
		`some x in input.facts.list.value.two; x.n == 2`:                     false,
		`some x in input.facts.list.value.two; x.n > 2`:                      true,
		`some i, x in input.facts.list.value.two; i == 7`:                    false,
		`some i; input.facts.list.value.two[i].n == 7`:                       false,
		`input.facts.list.value.two[1].n == 7`:                               false,
		`some x in input.facts.list.value.two; not startswith("a", "b")`:     false,
		`some x in input.facts.list.value.object; x.ok`:                      false,
		`some x in input.facts.list.value.text; x.ok`:                        false,
		`some x, y in input.facts.list.value.two; y.n > 1; x == 0`:           false,
		`count(input.facts.list.value.empty) > 0`:                            true,
		`count(input.facts.list.value.two) > 2`:                              true,
		`count(input.facts.list.value.two) == 2`:                             false,
		`count(input.facts.list.value.text) > 2`:                             false,
		`count(input.facts.list.value.object) == 2`:                          false,
		`every x in input.facts.list.value.two { not x.ok }`:                 false,
		`l := input.facts.list.value; not "a" in l.empty; count(l.two) == 0`: true,
		`l := input.facts.list.value; l.two[_].n in l.empty`:                 false,
		`l := input.facts.list.value; "a" in l.empty`:                        true,
		`l := input.facts.list.value; not 1 in l.numbers`:                    true,
		`l := input.facts.list.value; not 3 in l.numbers`:                    false,
		`l := input.facts.list.value; 2 in l.numbers`:                        false,
		`l := input.facts.list.value; 3 in l.numbers`:                        true,
		`l := input.facts.list.value; not l.missing in l.numbers`:            true,
		`l := input.facts.list.value; x := l.missing; not x in l.numbers`:    true,
		`l := input.facts.list.value; not "ab" in l.text`:                    false,
		`l := input.facts.list.value; not {"ok": false} in l.object`:         false,
		`l := input.facts.list.value; 0, 1 in l.numbers`:                     false,
		// What nobody but OPA knows.
		`input.settings.most == 2`:                                  false,
		`input.documents.acl.x`:                                     false,
		`input.export.id == "e2" with input.export.id as "e2"`:      false,
		`not helper(input.facts.writer.value)`:                      false,
		`lock.exists`:                                               false,
		`to_number(input.facts.writer.value.arn); 1 == 2`:           false,
		`[x, y] := [input.facts.writer.value.kind, 1]; x == "user"`: false,
	} {
		t.Run(body, func(t *testing.T) {
			module := "package r\n\nlock := input.facts.writer.value\n\nhelper(w) if w.known\n\ndeny contains \"m\" if { " + body + " }\n"
			c := compile(t, map[string]string{"r.rego": module})
			node, term := nodes(t, json.RawMessage(facts))
			rule := guard.Of(c.GetRulesExact(ast.MustParseRef("data.r.deny")))
			if got := guard.At(node).Silent(&rule); got != silent {
				t.Errorf("silent is %v, want %v", got, silent)
			}
			if silent && denies(t, c, "data.r.deny", term) {
				t.Error("it denies something")
			}
		})
	}
}

// A rule is silent where all of its bodies are, and never where one is a default or
// has an else.
func TestSilentInEveryBody(t *testing.T) {
	for text, silent := range map[string]bool{
		"deny contains \"a\" if input.facts.x.value.bad\n\ndeny contains \"b\" if input.facts.y.value.bad": true,
		"deny contains \"a\" if input.facts.x.value.bad\n\ndeny contains \"b\" if input.facts.z.value.bad": false,
		"deny contains \"a\"": false,
		"deny := 1 if input.facts.x.value.bad\nelse := 2 if input.facts.z.value.bad": false,
		"default deny := 1\n\ndeny := 2 if input.facts.x.value.bad":                  false,
	} {
		c := compile(t, map[string]string{"r.rego": "package r\n\n" + text + "\n"})
		node, _ := nodes(t, map[string]any{"facts": map[string]any{"x": map[string]any{}, "z": map[string]any{"value": map[string]any{"bad": true}}}})
		rule := guard.Of(c.GetRulesExact(ast.MustParseRef("data.r.deny")))
		// A map of Go is not looked into.
		if guard.At(node).Silent(&rule) {
			t.Errorf("%s is silent over a map", text)
		}
		raw, _ := nodes(t, json.RawMessage(`{"facts": {"x": {}, "z": {"value": {"bad": true}}}}`))
		if got := guard.At(raw).Silent(&rule); got != silent {
			t.Errorf("%s: silent is %v, want %v", text, got, silent)
		}
	}
}

// TestShippedRulesAreSilentOnlyWhereTheyDenyNothing fills facts at random. Mostly
// what denies nothing has to be seen, or there would be no point.
func TestShippedRulesAreSilentOnlyWhereTheyDenyNothing(t *testing.T) {
	c := compile(t, shipped(t))
	quiet, silent := 0, 0
	for seed := range uint64(60) {
		var in fact.Input
		fill(rand.New(rand.NewPCG(seed, 1)), reflect.ValueOf(&in).Elem())
		node, term := nodes(t, &in)
		for _, path := range paths(c) {
			rule := guard.Of(c.GetRulesExact(ast.MustParseRef(path)))
			says, denied := !guard.At(node).Silent(&rule), denies(t, c, path, term)
			switch {
			case denied && !says:
				t.Fatalf("%s denies something by %v", path, term)
			case !denied && says:
				quiet++
			case !denied:
				quiet++
				silent++
			}
		}
	}
	if silent < quiet*3/4 {
		t.Errorf("of %d that deny nothing, %d are silent", quiet, silent)
	}
}

func compile(t *testing.T, modules map[string]string) *ast.Compiler {
	t.Helper()
	c, err := ast.CompileModules(modules)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shipped are the texts of the shipped rules.
func shipped(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	if err := fs.WalkDir(policies.FS, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".rego") || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		text, err := policies.FS.ReadFile(name)
		texts[name] = string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return texts
}

// paths are where rules deny.
func paths(c *ast.Compiler) []string {
	var list []string
	for _, m := range c.Modules {
		if path := m.Package.Path.String(); !strings.HasPrefix(path, "data.trailguard.lib") {
			list = append(list, path+".deny")
		}
	}
	return list
}

// nodes returns an input as guards and as OPA see it.
func nodes(t *testing.T, in any) (input.Node, *ast.Term) {
	t.Helper()
	b, err := input.NewBuilder(fact.Schema())
	if err != nil {
		t.Fatal(err)
	}
	node, err := b.Node(in)
	if err != nil {
		t.Fatal(err)
	}
	value, err := b.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return node, ast.NewTerm(value)
}

// denies says whether a rule denies something by OPA, or fails over what cannot be.
func denies(t *testing.T, c *ast.Compiler, path string, in *ast.Term) bool {
	t.Helper()
	store := inmem.New()
	reading, err := store.NewTransaction(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	results, err := topdown.NewQuery(ast.MustParseBody(path + "[_]")).
		WithCompiler(c).WithStore(store).WithTransaction(reading).WithInput(in).Run(t.Context())
	return err != nil || len(results) > 0
}

// fill sets what can be set, to one of few values so that comparisons go either way.
func fill(r *rand.Rand, v reflect.Value) {
	if r.IntN(10) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.String:
		v.SetString([]string{"", "role", "aws:kms", "equivalent", "any"}[r.IntN(5)])
	case reflect.Int:
		v.SetInt(int64(r.IntN(30)))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	default:
	}
}
