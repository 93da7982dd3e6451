package view

import (
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Slot is the place of one policy in an access question: the policy, the
// certainty that there is none (both nil), or the gap in its place.
type Slot struct {
	Policy *iam.Policy
	Doc    *PolicyDocument // of the policy
	Ref    string          // of the document, also of one that is refused
	Gap    *scanner.Gap
}

// Parse reads a policy document into a slot. A document that AWS would refuse
// is a gap that quotes the place, in the lines of the document as shown.
func (v *View) Parse(doc *scanner.Evidence, kind iam.Type, name string) Slot {
	d := v.Run.parsed(doc, kind, name)
	if d.err == nil {
		return Slot{Policy: d.Policy, Doc: d, Ref: doc.Ref()}
	}
	gap := proof.Malformed(doc, scanner.Said(parseDetail(doc.Text, name, d.err)))
	return Slot{Ref: doc.Ref(), Gap: &gap}
}

func parseDetail(text, name string, err error) string {
	var refused *iam.ParseError
	if !errors.As(err, &refused) {
		return fmt.Sprintf("the %s cannot be read: %v", name, err)
	}
	line, column := refused.Line, refused.Column
	where := ""
	if refused.Pointer != "" {
		line, column = scanner.NewDisplay(text).Position(refused.Pointer)
		where = " at " + refused.Pointer
	}
	return fmt.Sprintf("the %s is refused%s, line %d, column %d: %s", name, where, line, column, refused.Message)
}

// ResourcePolicy reads a policy that is attached to the bucket or the key.
func (v *View) ResourcePolicy(kind document.Kind, name string) Slot {
	l := v.Look(kind)
	switch {
	case l.Doc == nil:
		return Slot{Gap: &l.Gap}
	case l.Absent():
		return Slot{Ref: l.Ref()}
	default:
		return v.Parse(l.Doc, iam.ResourcePolicy, name)
	}
}

// BucketPolicy reads the bucket's policy.
func (v *View) BucketPolicy() Slot {
	return v.ResourcePolicy(document.KindBucketPolicy, "bucket policy")
}

// FirstAllow is the pointer of a policy's first Allow; empty: there is none.
func FirstAllow(p *iam.Policy) string {
	if p == nil {
		return ""
	}
	return p.FirstAllow()
}
