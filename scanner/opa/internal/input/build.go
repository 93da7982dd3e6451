package input

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Builder converts Go values into the values that rules are evaluated over. The
// result is what one would get by writing the value with encoding/json and
// reading it again. A Builder is safe for concurrent use.
type Builder struct {
	decoder *Decoder
	shapes  sync.Map // reflect.Type -> *shape
}

// plan converts values of one type.
type plan func(reflect.Value) (*ast.Term, error)

// shape is what is known of a type.
type shape struct {
	plan plan
	// kind is the type's, and none where the value itself says how it is written.
	kind    reflect.Kind
	members []member       // of a struct
	places  map[string]int // of those, by name
	element func() *shape  // of a pointer or a slice
}

// NewBuilder returns a builder for inputs of a schema.
func NewBuilder(schema []byte) (*Builder, error) {
	decoder, err := NewDecoder(schema)
	if err != nil {
		return nil, err
	}
	return &Builder{decoder: decoder}, nil
}

// Build converts a value.
func (b *Builder) Build(in any) (ast.Value, error) {
	term, err := b.any(reflect.ValueOf(in))
	if err != nil {
		return nil, err
	}
	return term.Value, nil
}

// BuildSome converts a value without those members of its members that are not wanted.
func (b *Builder) BuildSome(in any, wanted func(of, name string) bool) (ast.Value, error) {
	v := reflect.Indirect(reflect.ValueOf(in))
	if !v.IsValid() || b.of(v.Type()).kind != reflect.Struct {
		return b.Build(in)
	}
	term, err := b.some(v, func(of *member, v reflect.Value) (*ast.Term, error) {
		s, name := of.of(), of.text()
		if s.kind != reflect.Struct {
			return s.plan(v)
		}
		return b.some(v, func(m *member, v reflect.Value) (*ast.Term, error) {
			if !wanted(name, m.text()) {
				return nil, nil
			}
			return m.of().plan(v)
		})
	})
	if err != nil {
		return nil, err
	}
	return term.Value, nil
}

var (
	raw           = reflect.TypeFor[json.RawMessage]()
	number        = reflect.TypeFor[json.Number]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// of returns the shape of a type, and makes it on first use.
func (b *Builder) of(t reflect.Type) *shape {
	if known, ok := b.shapes.Load(t); ok {
		if s, ok := known.(*shape); ok {
			return s
		}
	}
	s := &shape{}
	if t != raw && t != number && !t.Implements(marshaler) && !t.Implements(textMarshaler) {
		s.kind = t.Kind()
	}
	switch s.kind {
	case reflect.Struct:
		s.members, s.places = b.fields(t, nil), map[string]int{}
		for i := range s.members {
			s.places[s.members[i].text()] = i
		}
	case reflect.Pointer, reflect.Slice:
		s.element = sync.OnceValue(func() *shape { return b.of(t.Elem()) })
	default:
	}
	s.plan = b.plan(t, s)
	b.shapes.Store(t, s)
	return s
}

func (b *Builder) plan(t reflect.Type, s *shape) plan {
	if t == raw {
		return func(v reflect.Value) (*ast.Term, error) { return b.read(v.Bytes()) }
	}
	switch s.kind {
	case reflect.Struct:
		return b.object
	case reflect.Pointer:
		return b.pointer
	case reflect.Interface:
		return func(v reflect.Value) (*ast.Term, error) { return b.any(v.Elem()) }
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return b.list
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return b.members
		}
	case reflect.String:
		return text
	case reflect.Bool:
		return func(v reflect.Value) (*ast.Term, error) { return ast.InternedTerm(v.Bool()), nil }
	case reflect.Int:
		return func(v reflect.Value) (*ast.Term, error) { return ast.InternedTerm(int(v.Int())), nil }
	default:
	}
	return b.written
}

// any converts a value whose type is known only at run time.
func (b *Builder) any(v reflect.Value) (*ast.Term, error) {
	if !v.IsValid() {
		return ast.NullTerm(), nil
	}
	return b.of(v.Type()).plan(v)
}

func (b *Builder) pointer(v reflect.Value) (*ast.Term, error) {
	if v.IsNil() {
		return ast.NullTerm(), nil
	}
	return b.any(v.Elem())
}

// written converts a value by writing it as JSON.
func (b *Builder) written(v reflect.Value) (*ast.Term, error) {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	return b.read(text)
}

// read converts what is JSON already.
func (b *Builder) read(text []byte) (*ast.Term, error) {
	value, err := b.decoder.Decode(text)
	return ast.NewTerm(value), err
}

// text converts a string. Like encoding/json it replaces what is not UTF-8.
func text(v reflect.Value) (*ast.Term, error) {
	s := v.String()
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	return ast.InternedTerm(s), nil
}

func (b *Builder) list(v reflect.Value) (*ast.Term, error) {
	if v.IsNil() {
		return ast.NullTerm(), nil
	}
	if v.Len() == 0 {
		return ast.InternedEmptyArray, nil
	}
	elements, of := make([]*ast.Term, v.Len()), b.of(v.Type().Elem()).plan
	for i := range elements {
		var err error
		if elements[i], err = of(v.Index(i)); err != nil {
			return nil, err
		}
	}
	return ast.NewTerm(ast.NewArray(elements...)), nil
}

func (b *Builder) members(v reflect.Value) (*ast.Term, error) {
	if v.IsNil() {
		return ast.NullTerm(), nil
	}
	members, of := make([][2]*ast.Term, 0, v.Len()), b.of(v.Type().Elem()).plan
	for each := v.MapRange(); each.Next(); {
		name, err := text(each.Key())
		if err != nil {
			return nil, err
		}
		value, err := of(each.Value())
		if err != nil {
			return nil, err
		}
		members = append(members, [2]*ast.Term{name, value})
	}
	return ast.NewTerm(ast.NewObject(members...)), nil
}

// member is a field of a struct, or of a struct that it embeds.
type member struct {
	name      *ast.Term
	index     []int
	omitEmpty bool
	of        func() *shape // a function, since a type may contain itself
}

// text is the member's name.
func (m *member) text() string {
	name, _ := m.name.Value.(ast.String)
	return string(name)
}

// in returns the member in a struct, and whether it is written.
func (m *member) in(v reflect.Value) (reflect.Value, bool) {
	field := v
	for _, i := range m.index {
		field = field.Field(i)
	}
	return field, !m.omitEmpty || !empty(field)
}

func (b *Builder) object(v reflect.Value) (*ast.Term, error) {
	return b.some(v, func(m *member, v reflect.Value) (*ast.Term, error) { return m.of().plan(v) })
}

// some converts the members of a struct for which of returns a value.
func (b *Builder) some(v reflect.Value, of func(*member, reflect.Value) (*ast.Term, error)) (*ast.Term, error) {
	list := b.of(v.Type()).members
	members := make([][2]*ast.Term, 0, len(list))
	for i := range list {
		m := &list[i]
		field, written := m.in(v)
		if !written {
			continue
		}
		value, err := of(m, field)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		if value != nil {
			members = append(members, [2]*ast.Term{m.name, value})
		}
	}
	return ast.NewTerm(ast.NewObject(members...)), nil
}

// fields lists the fields of a struct as encoding/json sees them. Every name
// comes from a tag: a field without one is not meant for rules.
func (b *Builder) fields(t reflect.Type, before []int) []member {
	var list []member
	for f := range t.Fields() {
		index := append(slices.Clone(before), f.Index...)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || f.PkgPath != "" && !f.Anonymous:
			continue
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			list = append(list, b.fields(f.Type, index)...)
			continue
		case name == "":
			name = f.Name
		}
		list = append(list, member{
			name: b.decoder.term(name), index: index, omitEmpty: options == "omitempty",
			of: sync.OnceValue(func() *shape { return b.of(f.Type) }),
		})
	}
	return list
}

// empty reports whether encoding/json would omit a value.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}
