package resource

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// accessKey is one of a user's keys. Of one that comes nobody knows the id; one that
// goes, or is switched on or off, is told by its last four characters.
func (r *Reader) accessKey(v Values) []doc {
	status, id := v.text("status"), v.text("id")
	d := doc{kind: document.KindAccessKeys, of: r.principal(v, "aws_iam_user", "user"), adds: true}
	d.text, d.why = id.text+" "+status.text, status.why("status")
	if d.why == "" && id.state != known {
		d.why = "the plan makes an access key"
	}
	d.edit = accessKeys(id.text, func(list *document.AccessKeys, at int) {
		list.AccessKeyMetadata[at].Status = document.KeyActive // unless it says otherwise
		if status.state == known {
			list.AccessKeyMetadata[at].Status = status.text
		}
	})
	d.absence.edit = accessKeys(id.text, func(list *document.AccessKeys, at int) {
		list.AccessKeyMetadata = slices.Delete(list.AccessKeyMetadata, at, at+1)
	})
	return []doc{d}
}

// accessKeys edits a user's list of keys at the place of one, where exactly one may be
// meant.
func accessKeys(id string, change func(list *document.AccessKeys, at int)) func(string) (edited, why string) {
	return editing("the user's access keys that are there cannot be read", func(list *document.AccessKeys) (why string) {
		var meant []int
		for i := range list.AccessKeyMetadata {
			if end := list.AccessKeyMetadata[i].AccessKeyID; end != "" && strings.HasSuffix(id, strings.TrimPrefix(end, "…")) {
				meant = append(meant, i)
			}
		}
		if len(meant) != 1 {
			return "which of the user's access keys the plan changes cannot be told"
		}
		change(list, meant[0])
		return ""
	})
}
