package guard

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner/opa/internal/input"
)

// Silent reports whether the rule certainly denies nothing.
func (r *Rule) Silent(in input.Node) bool {
	for i := range r.bodies {
		b := &r.bodies[i]
		l := look{in, make([]input.Node, b.slots)}
		if l.mayHold(b.steps) {
			return false
		}
	}
	return true
}

// look is one look at an input.
type look struct {
	input     input.Node
	variables []input.Node
}

// mayHold reports whether none of the steps certainly fails.
func (l *look) mayHold(steps []step) bool {
	for i := range steps {
		s := &steps[i]
		a, found, known := l.find(&s.a)
		switch {
		case !known:
			return true
		case s.does == holdsNot:
			if found && a.True() {
				return false
			}
			continue
		case !found:
			return false
		}
		switch s.does {
		case set:
			l.variables[s.slot] = a
		case holds:
			if !a.True() {
				return false
			}
		case each:
			return l.mayHoldForAny(a, s.slot, steps[i+1:])
		case size:
			n, _, ok := a.List()
			if !ok {
				return true
			}
			l.variables[s.slot] = input.Converted(ast.InternedTerm(n))
		default:
			b, found, known := l.find(&s.b)
			if !known {
				return true
			}
			if !found || !s.relates(a, b) {
				return false
			}
		}
	}
	return true
}

// mayHoldForAny goes on with each element of a list.
func (l *look) mayHoldForAny(list input.Node, slot int, steps []step) bool {
	n, at, ok := list.List()
	if !ok {
		return true
	}
	for i := range n {
		l.variables[slot] = at(i)
		if l.mayHold(steps) {
			return true
		}
	}
	return false
}

// relates reports whether two values are as a step demands. It also holds for what
// cannot be converted.
func (s *step) relates(a, b input.Node) bool {
	x, err := a.Term()
	if err != nil {
		return true
	}
	if s.does >= compare {
		y, err := b.Term()
		return err != nil || so(s.does, ast.Compare(x.Value, y.Value))
	}
	n, at, ok := b.List()
	if !ok {
		return true
	}
	for i := range n {
		y, err := at(i).Term()
		if err != nil || ast.Compare(x.Value, y.Value) == 0 {
			return err != nil || s.does == among
		}
	}
	return s.does == amongNot
}

// find returns what an operand means. Where known is false, nobody can tell.
func (l *look) find(o *operand) (n input.Node, found, known bool) {
	if o.constant != nil {
		return input.Converted(o.constant), true, true
	}
	n = l.input
	if o.slot >= 0 {
		n = l.variables[o.slot]
	}
	for _, name := range o.path {
		if n, found, known = n.Member(name); !found || !known {
			return n, found, known
		}
	}
	return n, true, true
}
