package source

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

// Reader reads a document token by token, each with its position.
type Reader struct {
	json   *jsontext.Decoder
	text   string // strings without escapes are substrings of it
	cursor cursor
}

// NewReader reads a text from its beginning.
func NewReader(text []byte) Reader {
	r := Reader{text: string(text), json: jsontext.NewDecoder(bytes.NewBuffer(text))}
	r.cursor = cursor{text: r.text, line: 1, column: 1}
	return r
}

// Count counts the occurrences of a text in the document.
func (r *Reader) Count(text string) int { return strings.Count(r.text, text) }

// Position returns the line and column of an offset.
func (r *Reader) Position(offset int) (line, column int) { return r.cursor.position(offset) }

// Peek returns the kind of the next token.
func (r *Reader) Peek() jsontext.Kind { return r.json.PeekKind() }

// End requires that only white space follows.
func (r *Reader) End() error {
	at := r.Next()
	if _, err := r.json.ReadToken(); !errors.Is(err, io.EOF) {
		return r.ErrorAt(at, "", "text follows the document")
	}
	return nil
}

// Next returns the offset of the next token.
func (r *Reader) Next() int {
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

// Token reads a token and turns an error of the JSON decoder into a ParseError.
func (r *Reader) Token() (jsontext.Token, error) {
	t, err := r.json.ReadToken()
	if err == nil {
		return t, nil
	}
	return t, r.syntaxError(err)
}

func (r *Reader) syntaxError(err error) error {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return r.ErrorAt(len(r.text), "", "the document is empty")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return r.ErrorAt(len(r.text), string(syntax.JSONPointer), "the document ends in the middle")
	}
	message := strings.TrimPrefix(syntax.Err.Error(), "jsontext: ")
	return r.ErrorAt(int(syntax.ByteOffset), string(syntax.JSONPointer), "%s", message)
}

// Open reads the opening brace of an object or the bracket of a list. what names the element.
func (r *Reader) Open(kind jsontext.Kind, what string) error {
	at := r.Next()
	t, err := r.Token()
	if err != nil {
		return err
	}
	if t.Kind() != kind {
		want := "an object"
		if kind == '[' {
			want = "an object or a list of objects"
		}
		return r.ErrorHere(at, "%s must be %s, not %s", what, want, kindName(t.Kind()))
	}
	return nil
}

// String reads a string. what names the element.
func (r *Reader) String(what string) (string, error) {
	at := r.Next()
	t, err := r.Token()
	if err != nil {
		return "", err
	}
	if t.Kind() != '"' {
		return "", r.ErrorHere(at, "%s must be a string, not %s", what, kindName(t.Kind()))
	}
	return r.unquote(at, t), nil
}

// unquote returns a token's text. Without escapes that is a substring of the document, which saves
// most of the copying.
func (r *Reader) unquote(at int, t jsontext.Token) string {
	if end := int(r.json.InputOffset()) - 1; t.Kind() == '"' && at+1 <= end && strings.IndexByte(r.text[at+1:end], '\\') < 0 {
		return r.text[at+1 : end]
	}
	return t.String()
}

// Strings reads a string or a list of strings.
func (r *Reader) Strings(what string, add func(string)) error {
	return r.list(func(at int, t jsontext.Token) error {
		if t.Kind() != '"' {
			return r.ErrorHere(at, "%s must hold strings, not %s", what, kindName(t.Kind()))
		}
		add(r.unquote(at, t))
		return nil
	})
}

// Scalars reads condition values: strings, numbers and booleans, one or a list.
func (r *Reader) Scalars(add func(string)) error {
	return r.list(func(at int, t jsontext.Token) error {
		switch t.Kind() {
		case '"', '0', 't', 'f':
			add(r.unquote(at, t))
			return nil
		default:
		}
		return r.ErrorHere(at, "a condition value must be a string, a number or a boolean, not %s", kindName(t.Kind()))
	})
}

// list reads one value or a list of them.
func (r *Reader) list(read func(at int, t jsontext.Token) error) error {
	at := r.Next()
	t, err := r.Token()
	if err != nil {
		return err
	}
	if t.Kind() != '[' {
		return read(at, t)
	}
	for r.json.PeekKind() != ']' {
		at := r.Next()
		t, err := r.Token()
		if err != nil {
			return err
		}
		if err := read(at, t); err != nil {
			return err
		}
	}
	_, err = r.Token()
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

// Unknown refuses an element, and names the one that was probably meant.
func (r *Reader) Unknown(at int, name string, valid ...string) error {
	for _, v := range valid {
		if strings.EqualFold(v, name) {
			return r.ErrorHere(at, "unknown element %q: names are case-sensitive, write %q", name, v)
		}
	}
	sort.Strings(valid)
	return r.ErrorHere(at, "unknown element %q; valid here: %s", name, strings.Join(valid, ", "))
}

// ErrorHere returns an error at the value that was read last.
func (r *Reader) ErrorHere(at int, format string, args ...any) error {
	return r.ErrorAt(at, string(r.json.StackPointer()), format, args...)
}

// ErrorAt returns an error at an offset and a JSON Pointer.
func (r *Reader) ErrorAt(at int, pointer, format string, args ...any) error {
	line, column := r.cursor.position(at)
	return &Error{Pointer: pointer, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}
