package resource

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
)

// target is whatever a document belongs to.
type target struct {
	name string // empty: it is not known which
	is   func(resource string) bool
	why  string // of a target of which it is not certain whether it is the one
}

// doc is a document as a resource has it, before or after.
type doc struct {
	kind   document.Kind // empty: everything of the target
	of     target
	name   string
	text   string
	why    string // it is not known
	opaque bool   // text tells versions apart, and is no document
	linked bool   // the text is that of another resource, which tells of its changes itself
	edit   func(string) (edited, why string)
	adds   bool // the resource is one of several that the document lists
	tags   bool // of the resource itself, and gone with it
	// absence is what is left where the resource is gone: no document, the text of
	// what AWS then has, or (with neither) nobody knows.
	absence absence
}

// absence is what a destroyed resource leaves.
type absence struct {
	none bool
	text string
	edit func(string) (edited, why string)
}

// editing edits a document of AWS. Unread says why it cannot be edited where its text is
// not valid, and change why it cannot otherwise.
func editing[T any, P interface {
	*T
	Valid() bool
}](unread string, change func(P) (why string)) func(string) (edited, why string) {
	return func(text string) (edited, why string) {
		d := P(new(T))
		if err := json.Unmarshal([]byte(text), d); err != nil || !d.Valid() {
			return "", unread
		}
		if why := change(d); why != "" {
			return "", why
		}
		return document.Encode(*d), ""
	}
}

func (d doc) whole() bool { return d.kind == "" }

// unchanged says that a resource leaves the document as it was.
func (d doc) unchanged(was doc) bool {
	return d.linked || d.text == was.text && d.why == "" && was.why == ""
}

func (d doc) sameAs(o doc) bool {
	return d.kind == o.kind && d.of.name == o.of.name && d.name == o.name
}

func (d doc) base(of *Resource) overlay.Change {
	return overlay.Change{
		Origin: of.Address, File: of.File, Line: of.Line, Kind: d.kind, Resource: d.of.name, Is: d.of.is, Name: d.name, Part: true,
		Effect: overlay.Unknown, Why: cmp.Or(d.of.why, d.why), IfMissing: d.linked && d.why != "",
	}
}

// change is the document as it will be.
func (d doc) change(of *Resource) overlay.Change {
	c := d.base(of)
	switch {
	case c.Why != "" || d.whole():
	case d.edit != nil:
		c.Effect, c.Edit = overlay.Edit, d.edit
		if !d.adds {
			c.Text = d.text
		}
	case d.opaque:
		c.Why = "it changes the " + d.kind.Noun() + " in a way that is not foreseen here"
	default:
		c.Effect, c.Text = overlay.Put, d.text
	}
	return c
}

// gone is the document that the resource will not have, unless it is not known
// what it will have.
func (d doc) gone(of *Resource, will []doc) overlay.Change {
	c := d.base(of)
	c.Why = d.of.why
	for i := range will {
		if will[i].kind == d.kind && will[i].of.is == nil {
			c.Why = "it moves to what is known after apply"
		}
	}
	switch {
	case d.whole():
		c.Why = cmp.Or(c.Why, d.why)
	case c.Why != "":
	case d.absence.none:
		c.Effect = overlay.Remove
	case d.absence.edit != nil:
		c.Effect, c.Edit = overlay.Edit, d.absence.edit
	case d.absence.text != "":
		c.Effect, c.Text = overlay.Put, d.absence.text
	default:
		c.Why = cmp.Or(d.why, "it is destroyed, and what is left is not foreseen here")
	}
	return c
}

// whole adds to the documents of a bucket, role or user that is created, replaced or
// destroyed all its others.
func (r *Reader) whole(typ string, v Values, docs []doc, action Action) []doc {
	docs = slices.DeleteFunc(docs, func(d doc) bool { return d.tags })
	var all, self doc
	switch typ {
	case "aws_s3_bucket":
		all.of, self.kind = r.bucket(v, "bucket"), document.KindBucket
	case "aws_iam_role":
		all.of, self.kind = r.principal(v, typ, "name"), document.KindRole
	case "aws_iam_user":
		all.of, self.kind = r.principal(v, typ, "name"), document.KindUser
	}
	if all.of.is == nil {
		return docs
	}
	switch action {
	case Replace:
		all.why = "the plan replaces it"
	case Create:
		all.why = "the plan creates it"
	default:
		all.why = "the plan destroys it"
		self.of, self.absence.none = all.of, true
		docs = append([]doc{self}, docs...)
	}
	return append([]doc{all}, docs...)
}
