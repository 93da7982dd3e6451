package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"
)

// Decoder reads JSON into the values that rules are evaluated over, without the
// intermediate maps of OPA's own function.
type Decoder struct {
	names map[string]*ast.Term // the schema's property names, made once
}

// NewDecoder returns a decoder for inputs of a schema.
func NewDecoder(schema []byte) (*Decoder, error) {
	var root any
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, fmt.Errorf("read schema of the rules' input: %w", err)
	}
	d := &Decoder{names: map[string]*ast.Term{}}
	d.learn(root)
	return d, nil
}

// learn keeps the names of all properties in a schema.
func (d *Decoder) learn(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name := range properties {
			d.names[name] = ast.InternedTerm(name)
		}
		for _, inner := range s {
			d.learn(inner)
		}
	case []any:
		for _, inner := range s {
			d.learn(inner)
		}
	}
}

// Decode reads one JSON value, which must be the whole text.
func (d *Decoder) Decode(text []byte) (ast.Value, error) {
	in := jsontext.NewDecoder(bytes.NewBuffer(text))
	term, err := d.value(in)
	if err != nil {
		return nil, err
	}
	if _, err := in.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return term.Value, nil
}

func (d *Decoder) value(in *jsontext.Decoder) (*ast.Term, error) {
	switch in.PeekKind() {
	case '{':
		return d.object(in)
	case '[':
		return d.array(in)
	default:
		return scalar(in)
	}
}

func scalar(in *jsontext.Decoder) (*ast.Term, error) {
	token, err := in.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '"':
		return ast.InternedTerm(token.String()), nil
	case '0':
		// OPA refuses numbers beyond some size. Whatever a float64 holds is
		// within it.
		if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
			return nil, err
		}
		return ast.NumberTerm(json.Number(token.String())), nil
	case 't', 'f':
		return ast.InternedTerm(token.Bool()), nil
	default:
		return ast.NullTerm(), nil
	}
}

func (d *Decoder) object(in *jsontext.Decoder) (*ast.Term, error) {
	if _, err := in.ReadToken(); err != nil {
		return nil, err
	}
	members := make([][2]*ast.Term, 0, 8)
	for in.PeekKind() != '}' {
		name, err := d.name(in)
		if err != nil {
			return nil, err
		}
		value, err := d.value(in)
		if err != nil {
			return nil, err
		}
		members = append(members, [2]*ast.Term{name, value})
	}
	_, err := in.ReadToken()
	return ast.NewTerm(ast.NewObject(members...)), err
}

func (d *Decoder) name(in *jsontext.Decoder) (*ast.Term, error) {
	raw, err := in.ReadValue()
	if err != nil {
		return nil, err
	}
	// A name with an escape in it is not in the schema, where no name has one.
	if term, ok := d.names[string(raw[1:len(raw)-1])]; ok {
		return term, nil
	}
	name, err := jsontext.AppendUnquote(nil, raw)
	return ast.StringTerm(string(name)), err
}

// term returns a member's name, the shared one where the schema has it.
func (d *Decoder) term(name string) *ast.Term {
	if term, ok := d.names[name]; ok {
		return term
	}
	return ast.StringTerm(name)
}

func (d *Decoder) array(in *jsontext.Decoder) (*ast.Term, error) {
	if _, err := in.ReadToken(); err != nil {
		return nil, err
	}
	var elements []*ast.Term
	for in.PeekKind() != ']' {
		value, err := d.value(in)
		if err != nil {
			return nil, err
		}
		elements = append(elements, value)
	}
	_, err := in.ReadToken()
	return ast.NewTerm(ast.NewArray(elements...)), err
}
