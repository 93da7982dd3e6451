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
	term    *ast.Term // what was converted; nil: v was not
}

// Node returns a value to look into.
func (b *Builder) Node(in any) (Node, error) {
	n := b.node(reflect.ValueOf(in))
	if !n.v.IsValid() || n.shape().kind != reflect.Invalid {
		return n, nil
	}
	term, err := n.Term()
	return Converted(term), err
}

// Converted is a node of a value that needs no conversion.
func Converted(term *ast.Term) Node { return Node{term: term} }

// node returns what is behind pointers and interfaces.
func (b *Builder) node(v reflect.Value) Node {
	for v.IsValid() {
		if kind := b.of(v.Type()).kind; kind != reflect.Pointer && kind != reflect.Interface {
			break
		}
		v = v.Elem()
	}
	return Node{builder: b, v: v}
}

func (n Node) shape() *shape { return n.builder.of(n.v.Type()) }

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
	if !n.v.IsValid() {
		return Node{}, false, true
	}
	switch s := n.shape(); s.kind {
	case reflect.Struct:
		for i := range s.members {
			if s.members[i].text() == name {
				field, written := s.members[i].in(n.v)
				return n.builder.node(field), written, true
			}
		}
		return Node{}, false, true
	case reflect.Bool, reflect.String, reflect.Int, reflect.Slice:
		return Node{}, false, true
	default:
		return Node{}, false, false
	}
}

// List returns the elements of a list: how many, and each by its place. ok is false
// for whatever is not known to be one.
func (n Node) List() (size int, at func(int) Node, ok bool) {
	if n.term != nil {
		array, ok := n.term.Value.(*ast.Array)
		if !ok {
			return 0, nil, false
		}
		return array.Len(), func(i int) Node { return Converted(array.Elem(i)) }, true
	}
	if !n.v.IsValid() || n.shape().kind != reflect.Slice || n.v.IsNil() || n.v.Type().Elem().Kind() == reflect.Uint8 {
		return 0, nil, false
	}
	return n.v.Len(), func(i int) Node { return n.builder.node(n.v.Index(i)) }, true
}

// True says that a rule may go on where the value stands alone as a condition: it is
// not false.
func (n Node) True() bool {
	if n.term != nil {
		return n.term.Value != ast.Boolean(false)
	}
	return !n.v.IsValid() || n.v.Kind() != reflect.Bool || n.v.Bool()
}

// Term converts what is there.
func (n Node) Term() (*ast.Term, error) {
	if n.term != nil {
		return n.term, nil
	}
	return n.builder.any(n.v)
}
