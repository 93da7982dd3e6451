package html

import (
	"time"

	"github.com/trailguard/trailguard/reporters/internal/visible"
)

// asked is one resource with the calls that were answered about it.
type asked struct {
	Resource string
	From     string // when the first was answered
	Calls    []answer
}

// answer is what one call returned: a digest, or none.
type answer struct{ Call, Name, Digest string }

// digestShown is how much of a digest the list of calls shows: enough to find the
// document in the snapshot.
const digestShown = 16

// calls lists every call that was answered, by resource.
func (b *builder) calls() {
	if b.report.Annex == nil {
		return
	}
	list := b.report.Annex.Calls
	for i := range list {
		c := &list[i]
		if i == 0 || c.Resource != list[i-1].Resource {
			b.page.Asked = append(b.page.Asked, asked{Resource: visible.Text(c.Resource)})
		}
		at := &b.page.Asked[len(b.page.Asked)-1]
		if text := c.At.UTC().Format(time.DateTime); at.From == "" || text < at.From {
			at.From = text
		}
		at.Calls = append(at.Calls, answer{Call: visible.Text(c.Call), Name: visible.Text(c.Name), Digest: visible.Text(head(c.Digest))})
	}
	b.page.Answered = len(list)
}

func head(digest string) string {
	if len(digest) > digestShown {
		return digest[:digestShown]
	}
	return digest
}
