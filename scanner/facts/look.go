package facts

import (
	"encoding/json"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// look is what a record holds of one kind: the document, the certainty that
// there is none, or the gap in its place.
type look struct {
	doc *scanner.Evidence // nil where there is a gap
	gap scanner.Gap
}

// read says that a document is there.
func (l look) read() bool { return l.doc != nil && !l.doc.Absent }

// absent says that there certainly is no document.
func (l look) absent() bool { return l.doc != nil && l.doc.Absent }

// resource is what the document or the gap is about.
func (l look) resource() string {
	if l.doc == nil {
		return l.gap.Resource
	}
	return l.doc.Resource
}

// ref is the document's reference.
func (l look) ref() string {
	if l.doc == nil {
		return ""
	}
	return l.doc.Ref()
}

// at is a place in the document.
func (l look) at(pointer string) string {
	if l.doc == nil {
		return ""
	}
	return scanner.At(l.doc.Ref(), pointer)
}

// look finds what the record holds of a kind. The resource does not matter,
// because a record has one bucket, one writer and one key. Where the record
// holds neither a document nor a gap, the answer is a gap: nobody asked for the
// document, so that what it says is not known.
func (e *view) look(kind document.Kind) look {
	for i := range e.record.Evidence {
		if e.record.Evidence[i].Kind == kind {
			return look{doc: &e.record.Evidence[i]}
		}
	}
	for i := range e.record.Gaps {
		if e.record.Gaps[i].Kind == kind {
			return look{gap: e.record.Gaps[i]}
		}
	}
	return look{gap: proof.Undetermined(kind, e.bucketARN, notCollected)}
}

// notCollected is why a document is not known that nobody asked for.
const notCollected = "it was not collected"

// lookOf is look for a kind of which a record has several documents: about is what
// the gap is about where there is neither. The gap of a document decides, as it
// does in a comparison.
func (e *view) lookOf(kind document.Kind, about string, is func(resource, name string) bool) look {
	for i := range e.record.Gaps {
		if g := &e.record.Gaps[i]; g.Kind == kind && is(g.Resource, g.Name) {
			return look{gap: *g}
		}
	}
	for i := range e.record.Evidence {
		if d := &e.record.Evidence[i]; d.Kind == kind && is(d.Resource, d.Name) {
			return look{doc: d}
		}
	}
	return look{gap: proof.Undetermined(kind, about, notCollected)}
}

// lookAt is lookOf by resource.
func (e *view) lookAt(kind document.Kind, resource string) look {
	return e.lookOf(kind, resource, func(about, _ string) bool { return about == resource })
}

// looks are all that the record holds of a kind, never none.
func (e *view) looks(kind document.Kind) []look {
	var all []look
	for i := range e.record.Evidence {
		if e.record.Evidence[i].Kind == kind {
			all = append(all, look{doc: &e.record.Evidence[i]})
		}
	}
	for i := range e.record.Gaps {
		if e.record.Gaps[i].Kind == kind {
			all = append(all, look{gap: e.record.Gaps[i]})
		}
	}
	if len(all) == 0 {
		all = append(all, e.look(kind))
	}
	return all
}

// decode reads a document that is there, each distinct text once. The value is
// shared between exports and must not be changed. A text that does not fit its
// kind becomes a gap: an answer that nobody understands is no answer.
func decode[T any](r *run, l look, valid func(*T) bool) (*T, *scanner.Gap) {
	key := documentKey{digest: l.doc.Digest, kind: l.doc.Kind}
	if known, ok := r.documents.Get(key); ok {
		if value, ok := known.value.(*T); ok {
			return value, nil
		}
	}
	value := new(T)
	detail := "the document does not hold what was asked for"
	err := json.Unmarshal([]byte(l.doc.Text), value)
	unrecognised := document.Unrecognised(value)
	switch {
	case err != nil:
		detail = "the document cannot be read: " + scanner.Said(err.Error())
	case strings.TrimSpace(l.doc.Text) == "null" || !valid(value):
	case unrecognised != "":
		detail = newToUs(unrecognised)
	default:
		r.documents.Put(key, kept[any]{value, len(l.doc.Text)})
		return value, nil
	}
	gap := proof.Malformed(l.doc, detail)
	return nil, &gap
}

// newToUs says of a value that nobody here knows what it means.
func newToUs(unrecognised string) string {
	return scanner.Said(unrecognised) + " is not a value that this version knows; update trailguard, or accept the gap once you know what it means"
}
