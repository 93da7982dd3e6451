package guard

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner/opa/internal/input"
)

// Look is a look at one input. It is for one goroutine.
type Look struct {
	input     input.Node
	variables []input.Node // of the body that is read
}

// At looks at an input.
func At(in input.Node) *Look { return &Look{input: in} }

// Silent reports whether a rule certainly denies nothing.
func (l *Look) Silent(r *Rule) bool {
	for i := range r.bodies {
		b := &r.bodies[i]
		l.variables = slices.Grow(l.variables[:0], b.slots)[:b.slots]
		if l.mayHold(b.steps) {
			return false
		}
	}
	return true
}

// mayHold reports whether none of the steps certainly fails.
func (l *Look) mayHold(steps []step) bool {
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
			n, ok := a.Len()
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
func (l *Look) mayHoldForAny(list input.Node, slot int, steps []step) bool {
	n, ok := list.Len()
	if !ok {
		return true
	}
	for i := range n {
		l.variables[slot] = list.Element(i)
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
	n, ok := b.Len()
	if !ok {
		return true
	}
	for i := range n {
		y, err := b.Element(i).Term()
		if err != nil || ast.Compare(x.Value, y.Value) == 0 {
			return err != nil || s.does == among
		}
	}
	return s.does == amongNot
}

// find returns what an operand means. Where known is false, nobody can tell.
func (l *Look) find(o *operand) (n input.Node, found, known bool) {
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
