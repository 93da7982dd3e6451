package guard

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Rule is what can be told of one rule.
type Rule struct{ bodies []body }

// body is the beginning of one body.
type body struct {
	steps []step
	slots int // of variables
}

// step is one expression.
type step struct {
	does doing
	a, b operand
	slot int // of the variable that it sets
}

// doing is what a step does. A body fails where an operand is not there, and
// else as is said here.
type doing uint8

const (
	set      doing = iota // never: sets a variable to a
	each                  // where it fails for each element of a, to which it sets a variable
	size                  // never: sets a variable to the number of a's elements
	holds                 // where a is false
	holdsNot              // where a is neither missing nor false
	among                 // where no element of b is a
	amongNot              // where an element of b is a
	compare               // where it is not so that a compares with b
)

// operand is a constant, or a place in the input or in what a variable holds.
type operand struct {
	constant *ast.Term
	slot     int // of the variable; root: of the input itself
	path     []string
}

// root stands for the variable that is the input, and unknown for those whose values
// are not looked at.
const root, unknown = -1, -2

// Of reads the compiled rules that together are the set of what one rule denies.
func Of(rules []*ast.Rule) Rule {
	r := Rule{bodies: make([]body, len(rules))}
	for i, rule := range rules {
		if rule.Default || rule.Else != nil {
			continue // without a step it may always hold
		}
		c := compiler{slots: map[ast.Var]int{}}
		for _, expr := range rule.Body {
			if !c.expr(expr) {
				break
			}
		}
		r.bodies[i] = body{c.steps, len(c.slots)}
	}
	return r
}

// compiler reads one body.
type compiler struct {
	slots map[ast.Var]int
	steps []step
}

// expr reads an expression. It returns false for one that nobody but OPA understands.
func (c *compiler) expr(e *ast.Expr) bool {
	if len(e.With) > 0 {
		return false
	}
	if term, ok := e.Terms.(*ast.Term); ok {
		a, ok := c.operand(term)
		does := holds
		if e.Negated {
			does = holdsNot
		}
		return ok && c.add(step{does: does, a: a})
	}
	terms, ok := e.Terms.([]*ast.Term)
	if !ok || len(terms) != 3 {
		return false
	}
	name := e.Operator().String()
	if name == ast.Member.Name {
		does := among
		if e.Negated {
			does = amongNot
		}
		return c.relates(does, terms[1], terms[2])
	}
	if e.Negated {
		return false
	}
	switch name {
	case ast.Equality.Name:
		return c.sets(terms[1], terms[2]) || c.sets(terms[2], terms[1]) || c.compares(name, terms[1], terms[2])
	case ast.Count.Name:
		a, ok := c.operand(terms[1])
		return ok && c.variable(terms[2], step{does: size, a: a})
	default:
		return c.compares(name, terms[1], terms[2])
	}
}

func (c *compiler) add(s step) bool {
	c.steps = append(c.steps, s)
	return true
}

// variable adds a step that sets a variable, which has no value yet.
func (c *compiler) variable(term *ast.Term, s step) bool {
	v, ok := term.Value.(ast.Var)
	if _, known := c.slots[v]; !ok || known {
		return false
	}
	s.slot = len(c.slots)
	c.slots[v] = s.slot
	return c.add(s)
}

// sets reads a variable that is set to an operand, or to each element of one.
func (c *compiler) sets(variable, to *ast.Term) bool {
	if a, ok := c.operand(to); ok {
		return c.variable(variable, step{does: set, a: a})
	}
	ref, ok := to.Value.(ast.Ref)
	if !ok || len(ref) < 2 {
		return false
	}
	key, ok := ref[len(ref)-1].Value.(ast.Var)
	if _, known := c.slots[key]; !ok || known {
		return false
	}
	c.slots[key] = unknown
	a, ok := c.place(ref[:len(ref)-1])
	return ok && c.variable(variable, step{does: each, a: a})
}

func (c *compiler) compares(name string, x, y *ast.Term) bool {
	at := slices.Index(comparisons, name)
	return at >= 0 && c.relates(compare+doing(at), x, y)
}

func (c *compiler) relates(does doing, x, y *ast.Term) bool {
	a, first := c.operand(x)
	b, second := c.operand(y)
	return first && second && c.add(step{does: does, a: a, b: b})
}

// comparisons are the names of those that are understood, in the order of so.
var comparisons = []string{
	ast.Equality.Name, ast.NotEqual.Name, ast.LessThan.Name, ast.LessThanEq.Name, ast.GreaterThan.Name, ast.GreaterThanEq.Name,
}

// so says whether two values compare as one of the comparisons demands.
func so(comparison doing, order int) bool {
	return [...]bool{order == 0, order != 0, order < 0, order <= 0, order > 0, order >= 0}[comparison-compare]
}

// operand reads a term. It returns false for one whose value takes an evaluation.
func (c *compiler) operand(term *ast.Term) (operand, bool) {
	switch v := term.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number, ast.String:
		return operand{constant: term}, true
	case ast.Var:
		slot, ok := c.slots[v]
		return operand{slot: slot}, ok && slot != unknown
	case ast.Ref:
		return c.place(v)
	}
	return operand{}, false
}

// place reads a reference all of whose parts are known.
func (c *compiler) place(ref ast.Ref) (operand, bool) {
	head, ok := ref[0].Value.(ast.Var)
	slot, known := c.slots[head]
	o, known := operand{slot: slot}, known && slot != unknown
	for _, part := range ref[1:] {
		name, text := part.Value.(ast.String)
		if ok = ok && text; ok {
			o.path = append(o.path, string(name))
		}
	}
	if ref[0].Equal(ast.InputRootDocument) {
		// Settings differ from rule to rule, and documents take a conversion.
		o.slot, known = root, len(o.path) > 0 && slices.Contains([]string{"export", "facts", "tenant"}, o.path[0])
	}
	return o, ok && known
}
