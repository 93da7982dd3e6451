package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"
)

// Members are what an entry of deny may hold; each is a text.
var Members = []string{"key", "message", "pointer", "remediation", "resource"}

// checkShape refuses a rule whose deny yields what no finding can be made of, as
// far as its type tells; the rest shows when it is evaluated.
func checkShape(compiler *ast.Compiler, x *Rule, p *problems) {
	loc := &ast.Location{File: x.file, Row: x.line}
	if found := compiler.GetRulesExact(x.Path); len(found) > 0 {
		loc = found[0].Location
	}
	set, ok := compiler.TypeEnv.GetByRef(x.Path).(*types.Set)
	if !ok {
		return // it is empty
	}
	for _, entry := range alternatives(set.Of()) {
		if wrong := wrongEntry(entry); wrong != "" {
			others := slices.DeleteFunc(slices.Clone(Members), func(m string) bool { return m == "message" })
			p.at(loc, "%s: write deny contains {\"message\": …}, with %s where they help", wrong, strings.Join(others, ", "))
		}
	}
}

// wrongEntry says what is wrong with the type of an entry of deny, or nothing.
func wrongEntry(entry types.Type) string {
	object, ok := entry.(*types.Object)
	if !ok {
		return "deny yields values of type " + entry.String()
	}
	message := object.DynamicProperties() != nil
	for _, property := range object.StaticProperties() {
		name, ok := property.Key.(string)
		switch {
		case !ok || !slices.Contains(Members, name):
			return fmt.Sprintf("deny yields an object with %v, which no finding has%s", property.Key, DidYouMean(fmt.Sprint(property.Key), Members))
		case !mayBeText(property.Value):
			return fmt.Sprintf("%s of what deny yields is of type %s and no text", name, property.Value)
		}
		message = message || name == "message"
	}
	if !message {
		return "deny yields an object without message"
	}
	return ""
}

func mayBeText(t types.Type) bool {
	of := alternatives(t)
	return len(of) == 0 || slices.ContainsFunc(of, func(t types.Type) bool {
		_, text := t.(types.String)
		return text
	})
}

// alternatives are the types that a value may have: none of one that may be
// anything.
func alternatives(t types.Type) []types.Type {
	switch t := t.(type) {
	case nil:
		return nil
	case types.Any:
		return t
	default:
		return []types.Type{t}
	}
}

// comparisons are the operators whose sides OPA lets be of any two types,
// although those of different ones are ordered by their type alone.
var comparisons = []string{
	ast.Equal.Name, ast.NotEqual.Name, ast.LessThan.Name, ast.LessThanEq.Name, ast.GreaterThan.Name, ast.GreaterThanEq.Name,
}

// checkComparisons refuses a number that is compared with a text, and its like.
// OPA checks the types of what is to be made equal, so each comparison is
// checked as if that were meant.
func checkComparisons(modules map[string]*ast.Module, schema []byte, p *problems) error {
	unified := make(map[string]*ast.Module, len(modules))
	for file, module := range modules {
		unified[file] = module.Copy()
		ast.WalkExprs(unified[file], func(x *ast.Expr) bool {
			if x.IsCall() && len(x.Operands()) == 2 && slices.Contains(comparisons, x.Operator().String()) {
				x.SetOperator(ast.NewTerm(ast.Equality.Ref()).SetLocation(x.Location))
			}
			return false
		})
	}
	compiler, err := newCompiler(schema)
	if err != nil {
		return err
	}
	compiler.SetErrorLimit(0).Compile(unified)
	for _, e := range compiler.Errors {
		if detail, ok := e.Details.(*ast.UnificationErrDetail); ok && e.Location != nil {
			p.at(e.Location, "compares %s with %s, which are never alike: compare numbers with numbers, and texts with texts", detail.Left, detail.Right)
		}
	}
	return nil
}
