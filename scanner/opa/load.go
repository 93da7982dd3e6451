package opa

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner"
)

// defaultBudget is the time that one evaluation may take. An ordinary one of
// all rules takes a ten-thousandth of it.
const defaultBudget = 2 * time.Second

// Options are what rules are loaded from and checked against.
type Options struct {
	// Shipped holds the rules that come with the program.
	Shipped fs.FS
	// Dirs are folders of the user's rules.
	Dirs []string
	// Schema is the JSON Schema of the rules' input.
	Schema []byte
	// Facts are the names of the facts in input.facts by scope.
	Facts map[scanner.Scope][]string
	// Budget is the time that one rule may take for one subject, and also the
	// time that all rules together may take before each is tried alone. Zero
	// means two seconds.
	Budget time.Duration
}

// Engine holds prepared rules. It is safe for concurrent use.
type Engine struct {
	compiler *ast.Compiler
	rules    []rule   // sorted by id
	loaded   []string // ids of all rules, selected or not, sorted
	digest   string
	decoder  *decoder
	facts    map[scanner.Scope][]string
	budget   time.Duration
	sets     map[scanner.Scope]*ruleSet
}

// rule is a loaded rule.
type rule struct {
	scanner.Rule
	path ast.Ref // data.<package>.deny
	file string
	line int // of its METADATA
}

// Load reads, checks and prepares rules. The error lists every problem with
// its file and line.
func Load(ctx context.Context, o Options) (*Engine, error) {
	sources, err := readSources(o)
	if err != nil {
		return nil, err
	}
	var p problems
	modules := parse(sources, &p)
	if err := p.err(); err != nil {
		return nil, err
	}
	rules := describe(modules, &p)
	if err := p.err(); err != nil {
		return nil, err
	}
	compiler, err := compile(modules, o.Schema)
	if err != nil {
		return nil, err
	}
	r := &reader{compiler: compiler, facts: o.Facts, problems: &p}
	for i := range rules {
		r.complete(&rules[i])
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("load rules: there is no rule")
	}
	decoder, err := newDecoder(o.Schema)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rules, func(a, b rule) int { return strings.Compare(a.ID, b.ID) })
	e := &Engine{
		compiler: compiler, rules: rules, digest: digest(modules),
		decoder: decoder, facts: o.Facts, budget: o.Budget,
	}
	for i := range rules {
		e.loaded = append(e.loaded, rules[i].ID)
	}
	if e.budget <= 0 {
		e.budget = defaultBudget
	}
	return e, e.prepare(ctx)
}

// compile type-checks the modules against the schema of the input, and
// resolves their references.
func compile(modules []module, schema []byte) (*ast.Compiler, error) {
	schemas, err := schemaSet(schema)
	if err != nil {
		return nil, err
	}
	compiler := newCompiler(schemas)
	parsed := make(map[string]*ast.Module, len(modules))
	for _, m := range modules {
		parsed[m.file] = m.ast
	}
	if compiler.Compile(parsed); compiler.Failed() {
		return nil, compileError(compiler.Errors)
	}
	return compiler, nil
}

func newCompiler(schemas *ast.SchemaSet) *ast.Compiler {
	return ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithSchemas(schemas).
		WithStrict(true).
		WithEnablePrintStatements(false)
}

// schemaSet makes the schema the one of `input` everywhere.
func schemaSet(schema []byte) (*ast.SchemaSet, error) {
	decoder := json.NewDecoder(bytes.NewReader(schema))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("read schema of the rules' input: %w", err)
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, root)
	return set, nil
}

// Rules returns the METADATA of all rules, sorted by id.
func (e *Engine) Rules() []scanner.Rule {
	rules := make([]scanner.Rule, len(e.rules))
	for i := range e.rules {
		rules[i] = e.rules[i].Rule
	}
	return rules
}

// Loaded returns the ids of all rules that were loaded, selected or not, sorted.
func (e *Engine) Loaded() []string { return slices.Clone(e.loaded) }

// Digest is the SHA-256 over the sources of everything that was loaded. It
// does not depend on where the user's folders lie.
func (e *Engine) Digest() string { return e.digest }

// Select returns an engine with the rules of the given ids only. Without ids
// it returns the engine itself.
func (e *Engine) Select(ctx context.Context, ids ...string) (*Engine, error) {
	if len(ids) == 0 {
		return e, nil
	}
	for _, id := range ids {
		if !slices.Contains(e.loaded, id) {
			return nil, fmt.Errorf("no rule %q%s: trailguard rules list shows all", id, didYouMean(id, e.loaded))
		}
	}
	selected := *e
	selected.rules = nil
	for i := range e.rules {
		if slices.Contains(ids, e.rules[i].ID) {
			selected.rules = append(selected.rules, e.rules[i])
		}
	}
	return &selected, selected.prepare(ctx)
}
