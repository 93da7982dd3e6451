package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Parameters are what a rule reads of input.settings.
type Parameters struct {
	// Names are those that it reads by name, sorted. Open says that it reads others
	// too, and nobody can tell which.
	Names []string
	Open  bool
	// defaults are what stands in the place of those that are not set, where the
	// rule says so in place.
	defaults map[string]ast.Value
}

// add takes one reference to input.settings. Where it is what object.get reads
// from, named tells the name.
func (p *Parameters) add(ref ast.Ref, named map[string]lookup) {
	loc := ref[0].Location
	x, looked := named[fmt.Sprintf("%s:%d:%d", loc.File, loc.Row, loc.Col)]
	name, static := third(ref)
	switch {
	case static:
		p.name(name)
	case looked:
		p.name(x.name)
		if x.otherwise != nil {
			p.defaults[x.name] = x.otherwise
		}
	default:
		p.Open = true
	}
}

func (p *Parameters) name(name string) {
	if at, known := slices.BinarySearch(p.Names, name); !known {
		p.Names = slices.Insert(p.Names, at, name)
	}
}

// Refuse says why a rule cannot be given settings, or nothing: a misspelt one, or
// one of another type than the rule has to put in its place, would do nothing in
// silence.
func (p *Parameters) Refuse(given ast.Object) string {
	if p == nil {
		return "it reads no settings"
	}
	var wrong []string
	given.Foreach(func(key, value *ast.Term) {
		name := string(key.Value.(ast.String)) // it was JSON
		known := slices.Contains(p.Names, name)
		otherwise, has := p.defaults[name]
		switch {
		case !known && !p.Open:
			wrong = append(wrong, fmt.Sprintf("it reads no %q%s: it reads %s", name, DidYouMean(name, p.Names), strings.Join(p.Names, ", ")))
		case has && ast.ValueName(otherwise) != ast.ValueName(value.Value):
			wrong = append(wrong, fmt.Sprintf("%s is of type %s, and %s in the rule, which is of type %s, says what it has to be",
				name, ast.ValueName(value.Value), otherwise, ast.ValueName(otherwise)))
		}
	})
	slices.Sort(wrong)
	return strings.Join(wrong, "; ")
}

// lookup is a setting that object.get reads by name.
type lookup struct {
	name      string
	otherwise ast.Value // nil: it is computed
}

// SettingsRef is where a rule sees its settings.
var SettingsRef = ast.InputRootRef.Append(ast.StringTerm("settings"))

// lookups finds object.get(input.settings, NAME, DEFAULT) in modules as they were
// written, by the places of its first argument.
func lookups(modules []module) map[string]lookup {
	found := map[string]lookup{}
	see := func(terms []*ast.Term) {
		if len(terms) < 4 || terms[0].String() != ast.ObjectGet.Name {
			return
		}
		from, _ := terms[1].Value.(ast.Ref)
		name, text := terms[2].Value.(ast.String)
		if !from.Equal(SettingsRef) || !text {
			return
		}
		x, loc := lookup{name: string(name)}, from[0].Location
		switch terms[3].Value.(type) {
		case ast.String, ast.Number, ast.Boolean:
			x.otherwise = terms[3].Value
		}
		found[fmt.Sprintf("%s:%d:%d", loc.File, loc.Row, loc.Col)] = x
	}
	for i := range modules {
		ast.WalkTerms(modules[i].ast, func(t *ast.Term) bool {
			if call, ok := t.Value.(ast.Call); ok {
				see(call)
			}
			return false
		})
		ast.WalkExprs(modules[i].ast, func(x *ast.Expr) bool {
			if terms, ok := x.Terms.([]*ast.Term); ok {
				see(terms)
			}
			return false
		})
	}
	return found
}
