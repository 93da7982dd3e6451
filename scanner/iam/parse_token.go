package iam

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// cursor turns byte offsets into lines and columns. Offsets come in ascending order, so that
// the whole document is walked once even when it is one long line.
type cursor struct {
	text         []byte
	offset       int
	line, column int
}

func (c *cursor) position(offset int) (line, column int) {
	if offset < c.offset {
		*c = cursor{text: c.text, line: 1, column: 1}
	}
	for c.offset < offset && c.offset < len(c.text) {
		if c.text[c.offset] == '\n' {
			c.line, c.column = c.line+1, 0
		}
		if c.offset++; c.offset >= len(c.text) || utf8.RuneStart(c.text[c.offset]) {
			c.column++
		}
	}
	return c.line, c.column
}

// next is the offset of the next token.
func (d *decoder) next() int {
	i := int(d.json.InputOffset())
	for i < len(d.text) && strings.IndexByte(" \t\r\n,:", d.text[i]) >= 0 {
		i++
	}
	return i
}

// token reads a token and turns an error of the JSON decoder into a ParseError.
func (d *decoder) token() (jsontext.Token, error) {
	t, err := d.json.ReadToken()
	if err == nil {
		return t, nil
	}
	return t, d.syntaxError(err)
}

func (d *decoder) syntaxError(err error) error {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return d.errorAt(len(d.text), "", "the document is empty")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return d.errorAt(len(d.text), string(syntax.JSONPointer), "the document ends in the middle")
	}
	message := strings.TrimPrefix(syntax.Err.Error(), "jsontext: ")
	return d.errorAt(int(syntax.ByteOffset), string(syntax.JSONPointer), "%s", message)
}

func (d *decoder) open(kind jsontext.Kind, what string) error {
	at := d.next()
	t, err := d.token()
	if err != nil {
		return err
	}
	if t.Kind() != kind {
		want := "an object"
		if kind == '[' {
			want = "an object or a list of objects"
		}
		return d.errorHere(at, "%s must be %s, not %s", what, want, kindName(t.Kind()))
	}
	return nil
}

func (d *decoder) string(what string) (string, error) {
	at := d.next()
	t, err := d.token()
	if err != nil {
		return "", err
	}
	if t.Kind() != '"' {
		return "", d.errorHere(at, "%s must be a string, not %s", what, kindName(t.Kind()))
	}
	return t.String(), nil
}

// strings reads a string or a list of strings.
func (d *decoder) strings(what string) ([]string, error) {
	return d.list(func(at int, t jsontext.Token) (string, error) {
		if t.Kind() != '"' {
			return "", d.errorHere(at, "%s must hold strings, not %s", what, kindName(t.Kind()))
		}
		return t.String(), nil
	})
}

// scalars reads condition values: strings, numbers and booleans, one or a list.
func (d *decoder) scalars() ([]string, error) {
	return d.list(func(at int, t jsontext.Token) (string, error) {
		switch t.Kind() {
		case '"', '0', 't', 'f':
			return t.String(), nil
		}
		return "", d.errorHere(at, "a condition value must be a string, a number or a boolean, not %s", kindName(t.Kind()))
	})
}

func (d *decoder) list(read func(at int, t jsontext.Token) (string, error)) ([]string, error) {
	one := func() (string, error) {
		at := d.next()
		t, err := d.token()
		if err != nil {
			return "", err
		}
		return read(at, t)
	}
	if d.json.PeekKind() != '[' {
		v, err := one()
		if err != nil {
			return nil, err
		}
		return []string{v}, nil
	}
	if _, err := d.token(); err != nil {
		return nil, err
	}
	values := []string{}
	for d.json.PeekKind() != ']' {
		v, err := one()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	_, err := d.token()
	return values, err
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	}
	return "null"
}

// unknown refuses an element, and names the one that was probably meant.
func (d *decoder) unknown(at int, name string, valid ...string) error {
	for _, v := range valid {
		if strings.EqualFold(v, name) {
			return d.errorHere(at, "unknown element %q: names are case-sensitive, write %q", name, v)
		}
	}
	sort.Strings(valid)
	return d.errorHere(at, "unknown element %q; valid here: %s", name, strings.Join(valid, ", "))
}

// errorHere is an error at the value read last.
func (d *decoder) errorHere(at int, format string, args ...any) error {
	return d.errorAt(at, string(d.json.StackPointer()), format, args...)
}

func (d *decoder) errorAt(at int, pointer, format string, args ...any) error {
	line, column := d.cursor.position(at)
	return &ParseError{Pointer: pointer, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

func (d *decoder) warnAt(at int, pointer, format string, args ...any) {
	line, column := d.cursor.position(at)
	d.warn(pointer, line, column, format, args...)
}

func (d *decoder) warn(pointer string, line, column int, format string, args ...any) {
	d.warnings = append(d.warnings, Warning{
		Pointer: pointer, Line: line, Column: column, Message: fmt.Sprintf(format, args...),
	})
}
