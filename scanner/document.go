package scanner

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Display is a document as it is shown: indented, in its own order, with one
// value of an object or list a line. Parser errors, findings, SARIF and the
// files of --evidence all refer to this text.
type Display struct {
	Text string
	// positions maps a JSON Pointer to the byte offset of its value; it is
	// empty when the text is not JSON.
	positions map[string]int
}

// NewDisplay indents a document. A text that is not JSON is shown as it is,
// and every pointer then leads to its first character.
func NewDisplay(text string) *Display {
	value := jsontext.Value(strings.Clone(text))
	err := value.Format(jsontext.Multiline(true), jsontext.WithIndent("  "),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsontext.PreserveRawStrings(true))
	if err != nil {
		return &Display{Text: text}
	}
	d := &Display{Text: string(value) + "\n", positions: map[string]int{}}
	d.index()
	return d
}

// index walks the tokens once and records where each value starts.
func (d *Display) index() {
	dec := jsontext.NewDecoder(bytes.NewBufferString(d.Text),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		before := dec.InputOffset()
		if _, err := dec.ReadToken(); err != nil {
			return
		}
		if kind, length := dec.StackIndex(dec.StackDepth()); kind == '{' && length%2 == 1 {
			continue // a member's name: its value comes next
		}
		pointer := string(dec.StackPointer())
		if _, seen := d.positions[pointer]; seen {
			continue // a closing bracket, or a duplicate name
		}
		d.positions[pointer] = skipToValue(d.Text, int(before))
	}
}

// skipToValue moves past the white space and separators before a token.
func skipToValue(text string, offset int) int {
	for offset < len(text) && strings.IndexByte(" \t\r\n,:", text[offset]) >= 0 {
		offset++
	}
	return offset
}

// Position returns the line and column (1-based; columns in UTF-16 code units,
// as SARIF counts them) of the value at a pointer. Where the pointer leads
// nowhere, it is shortened until it leads somewhere, at worst to the document's
// start, so that a finding always has a place.
func (d *Display) Position(pointer string) (line, column int) {
	for {
		if offset, ok := d.positions[pointer]; ok {
			return d.lineColumn(offset)
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return 1, 1
		}
		pointer = pointer[:cut]
	}
}

// Lines returns the lines that the value at a pointer takes, and the number
// (1-based) of the first. A pointer that leads nowhere is shortened as by
// Position.
func (d *Display) Lines(pointer string) (first int, lines []string) {
	first, column := d.Position(pointer)
	all := strings.Split(strings.TrimSuffix(d.Text, "\n"), "\n")
	offset := column - 1
	for _, line := range all[:first-1] {
		offset += len(line) + 1
	}
	offset = min(offset, len(d.Text))
	value, err := jsontext.NewDecoder(strings.NewReader(d.Text[offset:]),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)).ReadValue()
	if err != nil {
		return first, all[first-1 : first]
	}
	return first, all[first-1 : first+strings.Count(string(value), "\n")]
}

func (d *Display) lineColumn(offset int) (line, column int) {
	head := d.Text[:offset]
	line = 1 + strings.Count(head, "\n")
	head = head[strings.LastIndexByte(head, '\n')+1:]
	column = 1
	for len(head) > 0 {
		r, size := utf8.DecodeRuneInString(head)
		column += max(1, utf16.RuneLen(r))
		head = head[size:]
	}
	return line, column
}
