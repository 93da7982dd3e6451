package rules

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// reader finds out which facts rules read, so that a rule that forgot to
// declare one is still unknown when that one is.
type reader struct {
	compiler *ast.Compiler
	facts    map[scanner.Scope][]string
	// documents are the kinds of raw documents, by scope.
	documents map[scanner.Scope][]string
	lookups   map[string]lookup
	problems  *problems
}

// complete adds to a rule's declared facts those that it reads, and sets its
// scope.
func (r *reader) complete(x *Rule) {
	loc := &ast.Location{File: x.file, Row: x.line}
	for _, name := range x.Requires {
		if r.scope(name) == "" {
			all := r.names()
			r.problems.at(loc, "METADATA requires %q, which is no fact%s: there are %s",
				name, DidYouMean(name, all), strings.Join(all, ", "))
		}
	}
	w := &walk{reader: r, seen: map[*ast.Rule]bool{}}
	w.ref(x.Path)
	x.Settings = w.settings
	slices.Sort(w.read)
	for _, name := range w.read {
		if !slices.Contains(x.Requires, name) {
			x.Requires = append(x.Requires, name)
		}
	}
	for _, name := range x.Requires {
		switch scope := r.scope(name); {
		case scope == "" || x.Scope == scope:
		case x.Scope == "":
			x.Scope = scope
		default:
			r.problems.at(loc, "rule %s reads facts of an export and of a tenant: %s", x.ID, strings.Join(x.Requires, ", "))
			return
		}
	}
	if x.Scope == scanner.ScopeTenant && w.export != nil {
		r.problems.at(w.export, "a rule about a tenant has no input.export")
	}
}

// scope returns the scope of a fact, and nothing for what is none.
func (r *reader) scope(name string) scanner.Scope {
	of := r.facts
	if kind, ok := scanner.DocumentKind(name); ok {
		of, name = r.documents, string(kind)
	}
	for scope, names := range of {
		if slices.Contains(names, name) {
			return scope
		}
	}
	return ""
}

func (r *reader) names() []string {
	var all []string
	for _, names := range r.facts {
		all = append(all, names...)
	}
	slices.Sort(all)
	return all
}

// walk follows everything that a rule refers to.
type walk struct {
	*reader
	seen   map[*ast.Rule]bool
	read   []string
	export *ast.Location // where input.export is read
	// settings are what is read of input.settings; nil: nothing.
	settings *Parameters
}

// ref follows a reference: into the rules that it leads to, or to a fact.
func (w *walk) ref(ref ast.Ref) {
	switch {
	case ref.HasPrefix(ast.DefaultRootRef):
		rules := w.compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{})
		if len(rules) == 0 {
			w.problems.at(ref[0].Location, "%s is not defined: rules see only their input and other rules", ref)
		}
		for _, rule := range rules {
			w.rule(rule)
		}
	case ref.HasPrefix(ast.InputRootRef):
		w.input(ref)
	}
}

func (w *walk) rule(rule *ast.Rule) {
	if w.seen[rule] {
		return
	}
	w.seen[rule] = true
	ast.WalkRefs(rule, func(ref ast.Ref) bool {
		w.ref(ref)
		return false // a reference may hold others
	})
}

func (w *walk) input(ref ast.Ref) {
	loc := ref[0].Location
	if len(ref) < 2 {
		w.problems.at(loc, "cannot tell which facts this reads: write input.facts.NAME")
		return
	}
	switch field, _ := ref[1].Value.(ast.String); field {
	case "tenant":
	case "export":
		w.export = loc
	case "settings":
		if w.settings == nil {
			w.settings = &Parameters{defaults: map[string]ast.Value{}}
		}
		w.settings.add(ref, w.lookups)
	case "documents":
		if kind, ok := third(ref); ok {
			w.read = append(w.read, scanner.DocumentFact(document.Kind(kind)))
			return
		}
		w.problems.at(loc, "cannot tell which documents %s reads: write input.documents.KIND", ref)
	case "facts":
		if name, ok := third(ref); ok {
			w.read = append(w.read, name)
			return
		}
		fallthrough
	default:
		w.problems.at(loc, "cannot tell which facts %s reads: write input.facts.NAME", ref)
	}
}

// third is the name at the third place of a reference, where one is written there.
func third(ref ast.Ref) (string, bool) {
	if len(ref) < 3 {
		return "", false
	}
	name, ok := ref[2].Value.(ast.String)
	return string(name), ok
}
