package facts

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// writerKey says which of a user's access keys work. Which of them the export
// uses nobody tells: one that is active is enough.
func (e *export) writerKey() *Fact[WriterKey] {
	if status, ok := e.storage(); !ok {
		return unresolved[WriterKey](status)
	}
	switch {
	case e.who.method == methodRole:
		return unresolved[WriterKey](notApplicable(e.resource, "the export assumes a role and uses no access key"))
	case e.who.arn == "":
		return unresolved[WriterKey](unknown(e.resource, e.who.why, e.who.gaps(e)...))
	}
	value := WriterKey{User: e.who.arn, Active: []string{}, Inactive: []string{}}
	if exists, decided, l := e.writerExists(); decided && !exists {
		value.At = l.at("")
		return known(value, rests(e.who.arn, []string{l.ref()}, note(value.At, "the user does not exist")))
	}
	l := e.look(document.KindAccessKeys)
	if !l.read() {
		return unresolved[WriterKey](unknown(e.who.arn, because("the user's access keys", &l.gap), e.gapOf(document.KindAccessKeys)))
	}
	doc, gap := decode(e.d, l, (*document.AccessKeys).Valid)
	if gap != nil {
		return unresolved[WriterKey](unknown(e.who.arn, because("the user's access keys", gap), *gap))
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
		return unresolved[WriterKey](unknown(e.who.arn, detail, undetermined(document.KindAccessKeys, e.who.arn, detail)))
	}
	text := fmt.Sprintf("%d of the user's access keys are active", len(value.Active))
	return known(value, rests(e.who.arn, []string{l.ref()}, note(value.At, text)))
}
