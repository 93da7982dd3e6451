// Package body splits the record of an export into two texts. One holds what
// moves by itself from run to run: times, request ids, and documents such as
// the newest delivery. The other is the record without them. It stays the same
// as long as nothing about the export changes, so two runs are compared by it.
//
// Other documents are named by their digests. The package neither stores nor
// compresses anything, and does not say what a change means.
package body

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// ErrDamaged says that a text does not hold what it should.
var ErrDamaged = errors.New("the text is cut off or altered")

// Options make json write exactly what it was given, down to nil lists.
func Options() json.Options {
	return json.JoinOptions(json.Deterministic(true), json.FormatNilSliceAsNull(true), jsontext.AllowInvalidUTF8(true))
}

// moving is what moves by itself.
type moving struct {
	// Times are those of the evidence. An empty one, or one left out at the
	// end, equals the one before it.
	Times     []string `json:"times"`
	Documents []string `json:"documents,omitempty"`
	Digests   []string `json:"digests,omitempty"`  // of documents that move and are elsewhere
	Requests  []string `json:"requests,omitempty"` // of the gaps
}

// Inline says whether the moving text holds the document of a piece of evidence
// itself, rather than its digest.
func Inline(e *scanner.Evidence) bool {
	return e.Kind.Volatile() && e.Text != "" && utf8.ValidString(e.Text)
}

// Moves says whether a document may change while nothing about the export does
// (scanner/document says which). Of some kinds one member counts: Kind.Member.
func Moves(e *scanner.Evidence) bool {
	_, _, ok := e.Kind.Member()
	return ok || e.Kind.Volatile()
}

// A digest that moves is replaced by one of these, followed by what the
// document is compared by. No digest begins with either.
const (
	inline    = "+" // the text is among those that move
	elsewhere = "=" // the digest is
)

// compared returns what a moving document is compared by: one member of it, all
// but what moves by itself, or nothing. Older snapshots hold, for example, the
// last use of a role.
func compared(e *scanner.Evidence) string {
	object, name, ok := e.Kind.Member()
	var all, members map[string]jsontext.Value
	switch {
	case !ok && e.Kind.Aspect() != document.AspectNone:
		return scanner.Digest(e.Kind.Compared(e.Text))
	case !ok:
		return ""
	case json.Unmarshal([]byte(e.Text), &all) != nil || json.Unmarshal(all[object], &members) != nil || members[name] == nil:
		return e.Digest
	default:
		return string(members[name])
	}
}

// Split returns both texts of a record, each without a line break.
func Split(record *scanner.Record) (moves []byte, still string, err error) {
	m, rest, err := split(record)
	if err == nil {
		moves, err = json.Marshal(m, Options())
	}
	if err != nil {
		return nil, "", fmt.Errorf("pack: %w", err)
	}
	// A field that is left out comes back as it was: empty. So it need not be
	// hashed.
	text, err := json.Marshal(rest, Options(), json.OmitZeroStructFields(true))
	if err != nil {
		return nil, "", fmt.Errorf("pack: %w", err)
	}
	return moves, string(text), nil
}

// split moves what moves by itself out of a copy of the record.
func split(record *scanner.Record) (moving, *scanner.Record, error) {
	m := moving{Times: make([]string, len(record.Evidence))}
	rest := &scanner.Record{Configuration: record.Configuration, Evidence: slices.Clone(record.Evidence), Gaps: slices.Clone(record.Gaps)}
	times := 0
	for i := range rest.Evidence {
		e := &rest.Evidence[i]
		if i == 0 || !e.CollectedAt.Equal(record.Evidence[i-1].CollectedAt) {
			m.Times[i] = e.CollectedAt.UTC().Format(time.RFC3339Nano)
			times = i + 1
		}
		e.CollectedAt = time.Time{}
		if Inline(e) {
			if e.Digest != scanner.Digest(e.Text) {
				return m, nil, fmt.Errorf("%s: the digest is not that of the text", e.Ref())
			}
			m.Documents = append(m.Documents, e.Text)
			e.Digest = inline + compared(e)
		} else if Moves(e) {
			m.Digests = append(m.Digests, e.Digest)
			e.Digest = elsewhere + compared(e)
		}
	}
	m.Times = m.Times[:times]
	for i := range rest.Gaps {
		m.Requests = append(m.Requests, rest.Gaps[i].RequestID)
		rest.Gaps[i].RequestID, rest.Gaps[i].Accepted = "", nil
	}
	return m, rest, nil
}

// Join restores a record. Its evidence always has a digest, and a text only
// where that was inline.
func Join(moves []byte, still string) (*scanner.Record, error) {
	var m moving
	r := &scanner.Record{}
	if err := errors.Join(json.Unmarshal(moves, &m), json.Unmarshal([]byte(still), r)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return r, m.restore(r)
}

// restore puts what moves back into a record.
func (m *moving) restore(r *scanner.Record) error {
	if len(m.Times) > len(r.Evidence) || (len(m.Times) == 0 && len(r.Evidence) > 0) || len(m.Requests) != len(r.Gaps) {
		return ErrDamaged
	}
	var at time.Time
	for i := range r.Evidence {
		if i < len(m.Times) && (i == 0 || m.Times[i] != "") {
			var err error
			if at, err = time.Parse(time.RFC3339Nano, m.Times[i]); err != nil {
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			}
		}
		e := &r.Evidence[i]
		e.CollectedAt = at
		inlined, moved := strings.HasPrefix(e.Digest, inline), strings.HasPrefix(e.Digest, elsewhere)
		switch {
		case inlined && len(m.Documents) > 0:
			e.Text, m.Documents = m.Documents[0], m.Documents[1:]
			e.Digest = scanner.Digest(e.Text)
		case moved && len(m.Digests) > 0:
			e.Digest, m.Digests = m.Digests[0], m.Digests[1:]
		case inlined || moved:
			return ErrDamaged
		}
	}
	for i := range r.Gaps {
		r.Gaps[i].RequestID = m.Requests[i]
	}
	return nil
}
