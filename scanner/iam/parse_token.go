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
	text         string
	offset       int
	line, column int
}

func (c *cursor) position(offset int) (line, column int) {
	if offset < c.offset {
		c.offset, c.line, c.column = 0, 1, 1
	}
	gap := c.text[c.offset:min(offset, len(c.text))]
	c.offset += len(gap)
	if i := strings.LastIndexByte(gap, '\n'); i >= 0 {
		c.line += strings.Count(gap, "\n")
		c.column = 1
		gap = gap[i+1:]
	}
	c.column += utf8.RuneCountInString(gap)
	return c.line, c.column
}

// next is the offset of the next token.
func (d *decoder) next() int {
	i := int(d.json.InputOffset())
	for ; i < len(d.text); i++ {
		switch d.text[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
			continue
		}
		break
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
	return d.unquote(at, t), nil
}

// unquote gives a token's text. Without escapes that is a piece of the document, which saves
// most of the copying.
func (d *decoder) unquote(at int, t jsontext.Token) string {
	if end := int(d.json.InputOffset()) - 1; t.Kind() == '"' && at+1 <= end && strings.IndexByte(d.text[at+1:end], '\\') < 0 {
		return d.text[at+1 : end]
	}
	return t.String()
}

// strings reads a string or a list of strings.
func (d *decoder) strings(what string, add func(string)) error {
	return d.list(func(at int, t jsontext.Token) error {
		if t.Kind() != '"' {
			return d.errorHere(at, "%s must hold strings, not %s", what, kindName(t.Kind()))
		}
		add(d.unquote(at, t))
		return nil
	})
}

// scalars reads condition values: strings, numbers and booleans, one or a list.
func (d *decoder) scalars(add func(string)) error {
	return d.list(func(at int, t jsontext.Token) error {
		switch t.Kind() {
		case '"', '0', 't', 'f':
			add(d.unquote(at, t))
			return nil
		default:
		}
		return d.errorHere(at, "a condition value must be a string, a number or a boolean, not %s", kindName(t.Kind()))
	})
}

// list reads one value or a list of them.
func (d *decoder) list(read func(at int, t jsontext.Token) error) error {
	at := d.next()
	t, err := d.token()
	if err != nil {
		return err
	}
	if t.Kind() != '[' {
		return read(at, t)
	}
	for d.json.PeekKind() != ']' {
		at := d.next()
		t, err := d.token()
		if err != nil {
			return err
		}
		if err := read(at, t); err != nil {
			return err
		}
	}
	_, err = d.token()
	return err
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
	default:
		return "null"
	}
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
