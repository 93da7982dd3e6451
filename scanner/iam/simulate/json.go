package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// object splits a JSON object into its members. Nested values are checked where
// they are used, so that a duplicate deep inside a policy is reported with a
// position in that policy. On an error it returns what it read before.
func object(text []byte, what string) (map[string]jsontext.Value, error) {
	members := map[string]jsontext.Value{}
	d := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	t, err := d.ReadToken()
	if err != nil {
		return members, fmt.Errorf("%s is no JSON: %w", what, err)
	}
	if t.Kind() != '{' {
		return members, fmt.Errorf("%s must be a JSON object", what)
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return members, fmt.Errorf("%s is no JSON: %w", what, err)
		}
		key := name.String()
		v, err := d.ReadValue()
		if err != nil {
			return members, fmt.Errorf("%s is no JSON: %w", what, err)
		}
		if _, ok := members[key]; ok {
			return members, fmt.Errorf("%s has %q twice", what, key)
		}
		members[key] = v.Clone()
	}
	if _, err := d.ReadToken(); err != nil {
		return members, fmt.Errorf("%s is no JSON: %w", what, err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return members, fmt.Errorf("text follows %s", what)
	}
	return members, nil
}

// list splits a JSON array.
func list(text []byte) ([]jsontext.Value, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '[' {
		return nil, errors.Join(errors.New("must be a list"), err)
	}
	items := []jsontext.Value{}
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		items = append(items, v.Clone())
	}
	return items, nil
}

// given finds a member that is present and not null.
func given(members map[string]jsontext.Value, name string) (jsontext.Value, bool) {
	v, ok := members[name]
	return v, ok && v.Kind() != 'n'
}

func text(members map[string]jsontext.Value, name string, to *string) error {
	v, ok := given(members, name)
	if !ok {
		return nil
	}
	if v.Kind() != '"' {
		return fmt.Errorf("%s must be a string", name)
	}
	b, err := jsontext.AppendUnquote(nil, []byte(v))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*to = string(b)
	return nil
}

// scalars reads a string, number or boolean, or a list of them.
func scalars(v jsontext.Value, what string) ([]string, error) {
	items := []jsontext.Value{v}
	if v.Kind() == '[' {
		var err error
		if items, err = list(v); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
	}
	out := make([]string, len(items))
	for i, item := range items {
		switch item.Kind() {
		case '"':
			b, err := jsontext.AppendUnquote(nil, []byte(item))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", what, err)
			}
			out[i] = string(b)
		case '0', 't', 'f':
			out[i] = string(item)
		default:
			return nil, fmt.Errorf("%s must hold strings", what)
		}
	}
	return out, nil
}

func sortedNames(m map[string]jsontext.Value) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
