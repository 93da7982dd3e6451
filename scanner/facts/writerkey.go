package facts

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// writerKey says which of a user's access keys work. Which of them the export
// uses nobody tells: one that is active is enough.
func (e *export) writerKey() *fact.Of[fact.WriterKey] {
	if status, ok := e.WritesToS3(); !ok {
		return fact.Unresolved[fact.WriterKey](status)
	}
	switch {
	case e.Writer.Method == view.MethodRole:
		return fact.Unresolved[fact.WriterKey](fact.NotApplicable(e.Resource, "the export assumes a role and uses no access key"))
	case e.Writer.ARN == "":
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.Resource, e.Writer.Why, e.WriterGaps()...))
	}
	value := fact.WriterKey{User: e.Writer.ARN, Active: []string{}, Inactive: []string{}}
	if exists, decided, l := e.WriterExists(); decided && !exists {
		value.At = l.At("")
		return fact.Known(value, fact.Rests(e.Writer.ARN, []string{l.Ref()}, fact.Note(value.At, "the user does not exist")))
	}
	l := e.Look(document.KindAccessKeys)
	if !l.Read() {
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.Writer.ARN, proof.Because("the user's access keys", &l.Gap), e.GapOf(document.KindAccessKeys)))
	}
	doc, gap := view.Decode(e.Run, l, (*document.AccessKeys).Valid)
	if gap != nil {
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.Writer.ARN, proof.Because("the user's access keys", gap), *gap))
	}
	value.At = l.At("")
	var strange []string
	for i, key := range doc.AccessKeyMetadata {
		switch key.Status {
		case document.KeyActive:
			value.Active = append(value.Active, key.AccessKeyID)
			value.At = l.At(fmt.Sprintf("/AccessKeyMetadata/%d", i))
		case document.KeyInactive, document.KeyExpired:
			value.Inactive = append(value.Inactive, key.AccessKeyID)
		default:
			strange = append(strange, fmt.Sprintf("%s is %q", key.AccessKeyID, key.Status))
		}
	}
	if len(value.Active) == 0 && len(strange) > 0 {
		detail := "the status of key " + strings.Join(strange, " and ") + " is not one that IAM documents"
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.Writer.ARN, detail, proof.Undetermined(document.KindAccessKeys, e.Writer.ARN, detail)))
	}
	text := fmt.Sprintf("%d of the user's access keys are active", len(value.Active))
	return fact.Known(value, fact.Rests(e.Writer.ARN, []string{l.Ref()}, fact.Note(value.At, text)))
}
