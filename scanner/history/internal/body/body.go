// Package body is the text in which a history keeps the records of a run: two
// lines an export. The first holds what differs from run to run by itself:
// times, request ids, and documents such as the newest delivery. The second is
// the record without them, as JSON, or "=N" where it is the same as record N of
// the earlier text that this one builds on.
//
// Other documents are named by their digests. The package neither stores nor
// compresses anything, and does not say what a change means.
package body

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
)

// ErrDamaged says that a text does not hold what it should.
var ErrDamaged = errors.New("the text is cut off or altered")

// Options write exactly what they were given, down to nil lists.
func Options() json.Options {
	return json.JoinOptions(json.Deterministic(true), json.FormatNilSliceAsNull(true), jsontext.AllowInvalidUTF8(true))
}

// moving is what a record's first line holds.
type moving struct {
	// Times are those of the evidence. One time stands for all; an empty one
	// is the same as that before it.
	Times     []string `json:"times"`
	Documents []string `json:"documents,omitempty"`
	Requests  []string `json:"requests,omitempty"` // of the gaps
}

// Base is an earlier text to build on. The nil Base is one without records.
type Base struct {
	lines   []string       // the records, without what moves
	numbers map[string]int // the reverse
}

// ParseBase reads a text that itself builds on none.
func ParseBase(text []byte) *Base {
	b := &Base{numbers: map[string]int{}}
	lines := bytes.Split(text, []byte("\n"))
	for i := 1; i < len(lines); i += 2 {
		line := string(lines[i])
		b.numbers[line] = len(b.lines)
		b.lines = append(b.lines, line)
	}
	return b
}

// New is the number of a record that the base does not have.
const New = -1

// Line is a record as the text holds it.
type Line struct {
	Text []byte // both lines
	Same int    // the record of the base that it is, or New
}

// Encode writes a record.
func (b *Base) Encode(record *scanner.Record) (Line, error) {
	m, rest, err := split(record)
	if err != nil {
		return Line{}, err
	}
	first, err := json.Marshal(m, Options())
	if err != nil {
		return Line{}, fmt.Errorf("pack: %w", err)
	}
	second, err := json.Marshal(rest, Options())
	if err != nil {
		return Line{}, fmt.Errorf("pack: %w", err)
	}
	l := Line{Same: New}
	if b != nil {
		if n, ok := b.numbers[string(second)]; ok {
			second, l.Same = strconv.AppendInt([]byte("="), int64(n), 10), n
		}
	}
	l.Text = slices.Concat(first, []byte("\n"), second, []byte("\n"))
	return l, nil
}

// Inline says whether a piece of evidence has its document in the text, and
// not by its digest.
func Inline(e *scanner.Evidence) bool {
	return e.Kind.Volatile() && e.Text != "" && utf8.ValidString(e.Text)
}

// split takes what moves out of a copy of the record.
func split(record *scanner.Record) (moving, *scanner.Record, error) {
	m := moving{Times: make([]string, len(record.Evidence))}
	rest := &scanner.Record{Configuration: record.Configuration, Evidence: slices.Clone(record.Evidence), Gaps: slices.Clone(record.Gaps)}
	alike := true
	for i := range rest.Evidence {
		e := &rest.Evidence[i]
		if i == 0 || !e.CollectedAt.Equal(record.Evidence[i-1].CollectedAt) {
			m.Times[i] = e.CollectedAt.UTC().Format(time.RFC3339Nano)
			alike = alike && i == 0
		}
		e.CollectedAt = time.Time{}
		if Inline(e) {
			if e.Digest != scanner.Digest(e.Text) {
				return m, nil, fmt.Errorf("%s: the digest is not that of the text", e.Ref())
			}
			m.Documents = append(m.Documents, e.Text)
			e.Digest = ""
		}
	}
	if alike && len(m.Times) > 0 {
		m.Times = m.Times[:1]
	}
	for i := range rest.Gaps {
		m.Requests = append(m.Requests, rest.Gaps[i].RequestID)
		rest.Gaps[i].RequestID, rest.Gaps[i].Accepted = "", nil
	}
	return m, rest, nil
}

// Decode reads a whole text. Evidence has its text only where it was inline,
// and its digest always.
func (b *Base) Decode(text []byte) ([]*scanner.Record, error) {
	lines := bytes.Split(text, []byte("\n"))
	if len(lines)%2 == 0 || len(lines[len(lines)-1]) > 0 {
		return nil, ErrDamaged
	}
	records := make([]*scanner.Record, len(lines)/2)
	for i := range records {
		var err error
		if records[i], err = b.decode(lines[2*i], lines[2*i+1]); err != nil {
			return nil, fmt.Errorf("record %d: %w", i, err)
		}
	}
	return records, nil
}

func (b *Base) decode(first, second []byte) (*scanner.Record, error) {
	var m moving
	if err := json.Unmarshal(first, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if number, ok := bytes.CutPrefix(second, []byte("=")); ok {
		n, err := strconv.Atoi(string(number))
		if err != nil || b == nil || n < 0 || n >= len(b.lines) {
			return nil, ErrDamaged
		}
		second = []byte(b.lines[n])
	}
	r := &scanner.Record{}
	if err := json.Unmarshal(second, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return r, m.restore(r)
}

// restore puts what moves back into a record.
func (m *moving) restore(r *scanner.Record) error {
	alike := len(m.Times) == 1
	if (!alike && len(m.Times) != len(r.Evidence)) || len(m.Requests) != len(r.Gaps) {
		return ErrDamaged
	}
	var at time.Time
	for i := range r.Evidence {
		if !alike && m.Times[i] != "" || alike && i == 0 {
			var err error
			if at, err = time.Parse(time.RFC3339Nano, m.Times[i]); err != nil {
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			}
		}
		e := &r.Evidence[i]
		e.CollectedAt = at
		if e.Digest != "" {
			continue
		}
		if len(m.Documents) == 0 {
			return ErrDamaged
		}
		e.Text, m.Documents = m.Documents[0], m.Documents[1:]
		e.Digest = scanner.Digest(e.Text)
	}
	for i := range r.Gaps {
		r.Gaps[i].RequestID = m.Requests[i]
	}
	return nil
}
