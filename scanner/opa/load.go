package opa

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa/internal/input"
	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
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
	// Documents are the kinds of documents in input.documents by scope.
	Documents map[scanner.Scope][]string
	// Budget is the time that one rule may take for one subject, and also the
	// time that all rules together may take before each is tried alone. Zero
	// means two seconds.
	Budget time.Duration
}

// Engine holds prepared rules. It is safe for concurrent use.
type Engine struct {
	compiler *ast.Compiler
	rules    []rules.Rule // sorted by id
	all      []rules.Rule // selected or not
	loaded   []string     // their ids, sorted
	sources  string       // digest
	texts    []rules.Source
	settings map[string]ast.Object
	builder  *input.Builder
	budget   time.Duration
	crew     crew
	store    *store
	sets     map[scanner.Scope]*ruleSet
}

// Load reads, checks and prepares rules. The error lists every problem with
// its file and line.
func Load(ctx context.Context, o Options) (*Engine, error) {
	set, err := rules.Load(o.Shipped, o.Dirs, o.Schema, o.Facts, o.Documents)
	if err != nil {
		return nil, err
	}
	builder, err := input.NewBuilder(o.Schema)
	if err != nil {
		return nil, err
	}
	store, err := newStore(ctx)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		store:    store,
		compiler: set.Compiler, rules: set.Rules, all: set.Rules, sources: set.Digest, texts: set.Sources,
		builder: builder, budget: cmp.Or(max(o.Budget, 0), defaultBudget), crew: make(crew),
	}
	for i := range e.rules {
		e.loaded = append(e.loaded, e.rules[i].ID)
	}
	return e, e.prepare()
}

// Rules returns the METADATA of all rules, sorted by id.
func (e *Engine) Rules() []scanner.Rule {
	list := make([]scanner.Rule, len(e.rules))
	for i := range e.rules {
		list[i] = e.rules[i].Rule
	}
	return list
}

// LeftOut returns the METADATA of the rules that were loaded and are not selected,
// sorted by id.
func (e *Engine) LeftOut() []scanner.Rule {
	var list []scanner.Rule
	for i := range e.all {
		if !slices.ContainsFunc(e.rules, func(r rules.Rule) bool { return r.ID == e.all[i].ID }) {
			list = append(list, e.all[i].Rule)
		}
	}
	return list
}

// Source is the text of one file of rules or helpers.
type Source = rules.Source

// Sources returns the texts of everything that was loaded, the shipped ones first.
func (e *Engine) Sources() []Source { return slices.Clone(e.texts) }

// Loaded returns the ids of all rules that were loaded, selected or not, sorted.
func (e *Engine) Loaded() []string { return slices.Clone(e.loaded) }

// Within returns an engine whose rules have another budget, for a run that must
// end soon.
func (e *Engine) Within(budget time.Duration) (*Engine, error) {
	hurried := *e
	hurried.budget = min(e.budget, budget)
	return &hurried, hurried.prepare()
}

// Select returns an engine with the rules of the given ids only. Without ids
// it returns the engine itself.
func (e *Engine) Select(ids ...string) (*Engine, error) {
	if len(ids) == 0 {
		return e, nil
	}
	for _, id := range ids {
		if !slices.Contains(e.loaded, id) {
			return nil, fmt.Errorf("no rule %q%s: trailguard rules list shows all", id, rules.DidYouMean(id, e.loaded))
		}
	}
	selected := *e
	selected.rules = nil
	for i := range e.rules {
		if slices.Contains(ids, e.rules[i].ID) {
			selected.rules = append(selected.rules, e.rules[i])
		}
	}
	return &selected, selected.prepare()
}
