package iam

import (
	"bytes"
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

// reader reads a document token by token. Every token has its position.
type reader struct {
	json   *jsontext.Decoder
	text   string // strings without escapes are cut out of it
	cursor cursor
}

func newReader(text []byte) reader {
	r := reader{text: string(text), json: jsontext.NewDecoder(bytes.NewBuffer(text))}
	r.cursor = cursor{text: r.text, line: 1, column: 1}
	return r
}

// size is the length of the document in bytes.
func (r *reader) size() int { return len(r.text) }

// count counts a text in the document.
func (r *reader) count(text string) int { return strings.Count(r.text, text) }

// position is the line and column of an offset.
func (r *reader) position(offset int) (line, column int) { return r.cursor.position(offset) }

// peek tells what the next token is.
func (r *reader) peek() jsontext.Kind { return r.json.PeekKind() }

// end demands that nothing but space follows.
func (r *reader) end() error {
	at := r.next()
	if _, err := r.json.ReadToken(); !errors.Is(err, io.EOF) {
		return r.errorAt(at, "", "text follows the document")
	}
	return nil
}

// next is the offset of the next token.
func (r *reader) next() int {
	i := int(r.json.InputOffset())
	for ; i < len(r.text); i++ {
		switch r.text[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
			continue
		}
		break
	}
	return i
}

// token reads a token and turns an error of the JSON decoder into a ParseError.
func (r *reader) token() (jsontext.Token, error) {
	t, err := r.json.ReadToken()
	if err == nil {
		return t, nil
	}
	return t, r.syntaxError(err)
}

func (r *reader) syntaxError(err error) error {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return r.errorAt(len(r.text), "", "the document is empty")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return r.errorAt(len(r.text), string(syntax.JSONPointer), "the document ends in the middle")
	}
	message := strings.TrimPrefix(syntax.Err.Error(), "jsontext: ")
	return r.errorAt(int(syntax.ByteOffset), string(syntax.JSONPointer), "%s", message)
}

func (r *reader) open(kind jsontext.Kind, what string) error {
	at := r.next()
	t, err := r.token()
	if err != nil {
		return err
	}
	if t.Kind() != kind {
		want := "an object"
		if kind == '[' {
			want = "an object or a list of objects"
		}
		return r.errorHere(at, "%s must be %s, not %s", what, want, kindName(t.Kind()))
	}
	return nil
}

func (r *reader) string(what string) (string, error) {
	at := r.next()
	t, err := r.token()
	if err != nil {
		return "", err
	}
	if t.Kind() != '"' {
		return "", r.errorHere(at, "%s must be a string, not %s", what, kindName(t.Kind()))
	}
	return r.unquote(at, t), nil
}

// unquote gives a token's text. Without escapes that is a piece of the document, which saves
// most of the copying.
func (r *reader) unquote(at int, t jsontext.Token) string {
	if end := int(r.json.InputOffset()) - 1; t.Kind() == '"' && at+1 <= end && strings.IndexByte(r.text[at+1:end], '\\') < 0 {
		return r.text[at+1 : end]
	}
	return t.String()
}

// strings reads a string or a list of strings.
func (r *reader) strings(what string, add func(string)) error {
	return r.list(func(at int, t jsontext.Token) error {
		if t.Kind() != '"' {
			return r.errorHere(at, "%s must hold strings, not %s", what, kindName(t.Kind()))
		}
		add(r.unquote(at, t))
		return nil
	})
}

// scalars reads condition values: strings, numbers and booleans, one or a list.
func (r *reader) scalars(add func(string)) error {
	return r.list(func(at int, t jsontext.Token) error {
		switch t.Kind() {
		case '"', '0', 't', 'f':
			add(r.unquote(at, t))
			return nil
		default:
		}
		return r.errorHere(at, "a condition value must be a string, a number or a boolean, not %s", kindName(t.Kind()))
	})
}

// list reads one value or a list of them.
func (r *reader) list(read func(at int, t jsontext.Token) error) error {
	at := r.next()
	t, err := r.token()
	if err != nil {
		return err
	}
	if t.Kind() != '[' {
		return read(at, t)
	}
	for r.json.PeekKind() != ']' {
		at := r.next()
		t, err := r.token()
		if err != nil {
			return err
		}
		if err := read(at, t); err != nil {
			return err
		}
	}
	_, err = r.token()
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
func (r *reader) unknown(at int, name string, valid ...string) error {
	for _, v := range valid {
		if strings.EqualFold(v, name) {
			return r.errorHere(at, "unknown element %q: names are case-sensitive, write %q", name, v)
		}
	}
	sort.Strings(valid)
	return r.errorHere(at, "unknown element %q; valid here: %s", name, strings.Join(valid, ", "))
}

// errorHere is an error at the value read last.
func (r *reader) errorHere(at int, format string, args ...any) error {
	return r.errorAt(at, string(r.json.StackPointer()), format, args...)
}

func (r *reader) errorAt(at int, pointer, format string, args ...any) error {
	line, column := r.cursor.position(at)
	return &ParseError{Pointer: pointer, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}
