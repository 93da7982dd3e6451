package view

import (
	"encoding/json"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

// Look is what a record holds of one kind: the document, the certainty that
// there is none, or the gap in its place.
type Look struct {
	Doc *scanner.Evidence // nil where there is a gap
	Gap scanner.Gap
}

// Read says that a document is there.
func (l Look) Read() bool { return l.Doc != nil && !l.Doc.Absent }

// Absent says that there certainly is no document.
func (l Look) Absent() bool { return l.Doc != nil && l.Doc.Absent }

// Resource is what the document or the gap is about.
func (l Look) Resource() string {
	if l.Doc == nil {
		return l.Gap.Resource
	}
	return l.Doc.Resource
}

// Ref is the document's reference.
func (l Look) Ref() string {
	if l.Doc == nil {
		return ""
	}
	return l.Doc.Ref()
}

// At is a place in the document.
func (l Look) At(pointer string) string {
	if l.Doc == nil {
		return ""
	}
	return scanner.At(l.Doc.Ref(), pointer)
}

// Look finds what the record holds of a kind. The resource does not matter,
// because a record has one bucket, one writer and one key. Where the record
// holds neither a document nor a gap, the answer is a gap: nobody asked for the
// document, so that what it says is not known.
func (v *View) Look(kind document.Kind) Look {
	for i := range v.Record.Evidence {
		if v.Record.Evidence[i].Kind == kind {
			return Look{Doc: &v.Record.Evidence[i]}
		}
	}
	for i := range v.Record.Gaps {
		if v.Record.Gaps[i].Kind == kind {
			return Look{Gap: v.Record.Gaps[i]}
		}
	}
	return Look{Gap: proof.Undetermined(kind, v.BucketARN, notCollected)}
}

// notCollected is why a document is not known that nobody asked for.
const notCollected = "it was not collected"

// lookOf is Look for a kind of which a record has several documents: about is what
// the gap is about where there is neither. The gap of a document decides, as it
// does in a comparison.
func (v *View) lookOf(kind document.Kind, about string, is func(resource, name string) bool) Look {
	for i := range v.Record.Gaps {
		if g := &v.Record.Gaps[i]; g.Kind == kind && is(g.Resource, g.Name) {
			return Look{Gap: *g}
		}
	}
	for i := range v.Record.Evidence {
		if d := &v.Record.Evidence[i]; d.Kind == kind && is(d.Resource, d.Name) {
			return Look{Doc: d}
		}
	}
	return Look{Gap: proof.Undetermined(kind, about, notCollected)}
}

// LookAt is Look for a kind of which a record has several documents, by resource.
func (v *View) LookAt(kind document.Kind, resource string) Look {
	return v.lookOf(kind, resource, func(about, _ string) bool { return about == resource })
}

// Looks are all that the record holds of a kind, never none.
func (v *View) Looks(kind document.Kind) []Look {
	var all []Look
	for i := range v.Record.Evidence {
		if v.Record.Evidence[i].Kind == kind {
			all = append(all, Look{Doc: &v.Record.Evidence[i]})
		}
	}
	for i := range v.Record.Gaps {
		if v.Record.Gaps[i].Kind == kind {
			all = append(all, Look{Gap: v.Record.Gaps[i]})
		}
	}
	if len(all) == 0 {
		all = append(all, v.Look(kind))
	}
	return all
}

// Decode reads a document that is there, each distinct text once. The value is
// shared between exports and must not be changed. A text that does not fit its
// kind becomes a gap: an answer that nobody understands is no answer.
func Decode[T any](r *Run, l Look, valid func(*T) bool) (*T, *scanner.Gap) {
	key := documentKey{digest: l.Doc.Digest, kind: l.Doc.Kind}
	if known, ok := r.documents.Get(key); ok {
		if value, ok := known.value.(*T); ok {
			return value, nil
		}
	}
	value := new(T)
	detail := "the document does not hold what was asked for"
	err := json.Unmarshal([]byte(l.Doc.Text), value)
	unrecognised := document.Unrecognised(value)
	switch {
	case err != nil:
		detail = "the document cannot be read: " + scanner.Said(err.Error())
	case strings.TrimSpace(l.Doc.Text) == "null" || !valid(value):
	case unrecognised != "":
		detail = UnknownValue(unrecognised)
	default:
		r.documents.Put(key, kept[any]{value, len(l.Doc.Text)})
		return value, nil
	}
	gap := proof.Malformed(l.Doc, detail)
	return nil, &gap
}

// UnknownValue says of a value that nobody here knows what it means.
func UnknownValue(unrecognised string) string {
	return scanner.Said(unrecognised) + " is not a value that this version knows; update trailguard, or accept the gap once you know what it means"
}

// GapOf is the gap in the place of a kind; for a document that is there, and
// could not be used, the gap that says so.
func (v *View) GapOf(kind document.Kind) scanner.Gap {
	l := v.Look(kind)
	if l.Doc != nil {
		return proof.Malformed(l.Doc, "the document does not hold what was asked for")
	}
	return l.Gap
}
