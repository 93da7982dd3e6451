package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner"
)

// Set is rules that can be evaluated.
type Set struct {
	Rules    []Rule // sorted by id
	Compiler *ast.Compiler
	// Digest is the SHA-256 over the sources of everything that was loaded. It
	// does not depend on where the user's folders lie.
	Digest string
	// Sources are those texts, the shipped ones first.
	Sources []Source
}

// Source is the text of one file of rules or helpers.
type Source struct {
	// Folder is 0 for what was shipped, else which of the user's folders it lies in,
	// from 1.
	Folder int
	Name   string // its path in there, with slashes
	Text   []byte
}

// Rule is a loaded rule.
type Rule struct {
	scanner.Rule
	Path     ast.Ref     // data.<package>.deny
	Settings *Parameters // nil: it reads none
	file     string
	line     int // of its METADATA
}

// Load reads the shipped rules and those in the user's folders, and checks them
// against the schema of the input and the names of the facts and documents in it.
// The error lists every problem with its file and line.
func Load(shipped fs.FS, dirs []string, schema []byte, facts, documents map[scanner.Scope][]string) (*Set, error) {
	sources, err := readSources(shipped, dirs)
	if err != nil {
		return nil, err
	}
	var p problems
	modules := parse(sources, &p)
	if err := p.err(); err != nil {
		return nil, err
	}
	list := describe(modules, &p)
	if err := p.err(); err != nil {
		return nil, err
	}
	compiler, err := Compile(byFile(modules), schema, false)
	if err != nil {
		return nil, err
	}
	r := &reader{compiler: compiler, facts: facts, documents: documents, lookups: lookups(modules), problems: &p}
	for i := range list {
		r.complete(&list[i])
		checkShape(compiler, &list[i], &p)
	}
	if len(dirs) > 0 {
		if err := checkComparisons(byFile(modules), schema, &p); err != nil {
			return nil, err
		}
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("load rules: there is no rule")
	}
	slices.SortFunc(list, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	texts := make([]Source, len(sources))
	for i, s := range sources {
		texts[i] = Source{s.folder, s.name, s.text}
	}
	return &Set{Rules: list, Compiler: compiler, Digest: digest(modules), Sources: texts}, nil
}

// Tests parses the rules and tests of a tree. A user's may import helpers of
// the shipped rules, which are then given too; else nil.
func Tests(tree fs.FS, name string, shipped fs.FS) (map[string]*ast.Module, error) {
	sources, err := readTree(tree, name, true)
	if err != nil {
		return nil, err
	}
	if shipped != nil {
		helpers, err := readTree(shipped, ShippedName, false)
		if err != nil {
			return nil, err
		}
		sources = append(sources, helpers...)
	}
	var p problems
	modules := parse(sources, &p)
	return byFile(modules), p.err()
}

func byFile(modules []module) map[string]*ast.Module {
	parsed := make(map[string]*ast.Module, len(modules))
	for _, m := range modules {
		parsed[m.file] = m.ast
	}
	return parsed
}

// Compile type-checks modules against the schema of the input, and resolves
// their references. The modules are keyed by file. Rules that run for a report
// print nothing.
func Compile(modules map[string]*ast.Module, schema []byte, print bool) (*ast.Compiler, error) {
	compiler, err := newCompiler(schema)
	if err != nil {
		return nil, err
	}
	compiler.WithEnablePrintStatements(print)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compileError(compiler.Errors)
	}
	return compiler, nil
}

func newCompiler(schema []byte) (*ast.Compiler, error) {
	decoder := json.NewDecoder(bytes.NewReader(schema))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("read schema of the rules' input: %w", err)
	}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, root) // the schema of `input` everywhere
	return ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithSchemas(schemas).
		WithStrict(true), nil
}
