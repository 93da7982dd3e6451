package facts

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

// writerKey says which of a user's access keys work. Which of them the export
// uses nobody tells: one that is active is enough.
func (e *export) writerKey() *fact.Of[fact.WriterKey] {
	if status, ok := e.storage(); !ok {
		return fact.Unresolved[fact.WriterKey](status)
	}
	switch {
	case e.who.method == methodRole:
		return fact.Unresolved[fact.WriterKey](fact.NotApplicable(e.resource, "the export assumes a role and uses no access key"))
	case e.who.arn == "":
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.resource, e.who.why, e.writerGaps()...))
	}
	value := fact.WriterKey{User: e.who.arn, Active: []string{}, Inactive: []string{}}
	if exists, decided, l := e.writerExists(); decided && !exists {
		value.At = l.at("")
		return fact.Known(value, fact.Rests(e.who.arn, []string{l.ref()}, fact.Note(value.At, "the user does not exist")))
	}
	l := e.look(document.KindAccessKeys)
	if !l.read() {
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.who.arn, proof.Because("the user's access keys", &l.gap), e.gapOf(document.KindAccessKeys)))
	}
	doc, gap := decode(e.run, l, (*document.AccessKeys).Valid)
	if gap != nil {
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.who.arn, proof.Because("the user's access keys", gap), *gap))
	}
	value.At = l.at("")
	var strange []string
	for i, key := range doc.AccessKeyMetadata {
		switch key.Status {
		case document.KeyActive:
			value.Active = append(value.Active, key.AccessKeyID)
			value.At = l.at(fmt.Sprintf("/AccessKeyMetadata/%d", i))
		case document.KeyInactive, document.KeyExpired:
			value.Inactive = append(value.Inactive, key.AccessKeyID)
		default:
			strange = append(strange, fmt.Sprintf("%s is %q", key.AccessKeyID, key.Status))
		}
	}
	if len(value.Active) == 0 && len(strange) > 0 {
		detail := "the status of key " + strings.Join(strange, " and ") + " is not one that IAM documents"
		return fact.Unresolved[fact.WriterKey](fact.Unknown(e.who.arn, detail, proof.Undetermined(document.KindAccessKeys, e.who.arn, detail)))
	}
	text := fmt.Sprintf("%d of the user's access keys are active", len(value.Active))
	return fact.Known(value, fact.Rests(e.who.arn, []string{l.ref()}, fact.Note(value.At, text)))
}
