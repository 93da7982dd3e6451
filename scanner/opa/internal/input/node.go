package input

import (
	"reflect"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Node is a part of a value that is looked into without converting all of it. What it
// finds is what would be there after the conversion. The zero Node is null.
type Node struct {
	builder *Builder
	v       reflect.Value
	shape   *shape    // of v; nil: there is none
	term    *ast.Term // what was converted; nil: v was not
}

// Node returns a value to look into.
func (b *Builder) Node(in any) (Node, error) {
	v := reflect.ValueOf(in)
	if !v.IsValid() {
		return Node{}, nil
	}
	n := b.node(v, b.of(v.Type()))
	if n.shape == nil || n.shape.kind != reflect.Invalid {
		return n, nil
	}
	term, err := n.Term()
	return Converted(term), err
}

// Converted is a node of a value that needs no conversion.
func Converted(term *ast.Term) Node { return Node{term: term} }

// node returns what is behind pointers and interfaces.
func (b *Builder) node(v reflect.Value, s *shape) Node {
	for s.kind == reflect.Pointer || s.kind == reflect.Interface {
		if v.IsNil() {
			return Node{builder: b}
		}
		if v = v.Elem(); s.kind == reflect.Pointer {
			s = s.element()
		} else {
			s = b.of(v.Type())
		}
	}
	return Node{builder: b, v: v, shape: s}
}

// Member returns a member of an object. Where known is false, only the conversion
// would tell.
func (n Node) Member(name string) (m Node, found, known bool) {
	if n.term != nil {
		object, ok := n.term.Value.(ast.Object)
		if !ok {
			return Node{}, false, true
		}
		term := object.Get(ast.StringTerm(name))
		return Converted(term), term != nil, true
	}
	if n.shape == nil {
		return Node{}, false, true
	}
	switch n.shape.kind {
	case reflect.Struct:
		place, found := n.shape.places[name]
		if !found {
			return Node{}, false, true
		}
		member := &n.shape.members[place]
		field, written := member.in(n.v)
		if !written {
			return Node{}, false, true
		}
		return n.builder.node(field, member.of()), true, true
	case reflect.Bool, reflect.String, reflect.Int, reflect.Slice:
		return Node{}, false, true
	default:
		return Node{}, false, false
	}
}

// Len returns the number of elements of a list. ok is false for whatever is not known
// to be one.
func (n Node) Len() (size int, ok bool) {
	if n.term != nil {
		array, ok := n.term.Value.(*ast.Array)
		if !ok {
			return 0, false
		}
		return array.Len(), true
	}
	if n.shape == nil || n.shape.kind != reflect.Slice || n.v.IsNil() || n.v.Type().Elem().Kind() == reflect.Uint8 {
		return 0, false
	}
	return n.v.Len(), true
}

// Element returns an element of what has a length.
func (n Node) Element(i int) Node {
	if n.term != nil {
		array, _ := n.term.Value.(*ast.Array)
		return Converted(array.Elem(i))
	}
	return n.builder.node(n.v.Index(i), n.shape.element())
}

// True says that a rule may go on where the value stands alone as a condition: it is
// not false.
func (n Node) True() bool {
	if n.term != nil {
		return n.term.Value != ast.Boolean(false)
	}
	return n.shape == nil || n.shape.kind != reflect.Bool || n.v.Bool()
}

// Term converts what is there.
func (n Node) Term() (*ast.Term, error) {
	if n.term != nil {
		return n.term, nil
	}
	if n.shape == nil {
		return ast.NullTerm(), nil
	}
	return n.shape.plan(n.v)
}
