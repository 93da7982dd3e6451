package html

import (
	"strconv"
	"time"

	"github.com/trailguard/trailguard/reporters/internal/visible"
)

// asked is one resource with the calls that were answered about it.
type asked struct {
	Resource string
	From     string // when the first of the list was answered
	Calls    []answer
}

// answer is what one call returned: a digest or its number, or none.
type answer struct {
	At                            string // empty: as the one before it
	Call, Name, RequestID, Digest string
}

// calls lists every call that was answered, by resource.
func (b *builder) calls() {
	if b.report.Annex == nil {
		return
	}
	list := b.report.Annex.Calls
	var before time.Time
	for i := range list {
		c := &list[i]
		if i == 0 || c.Resource != list[i-1].Resource {
			b.page.Asked = append(b.page.Asked, asked{Resource: visible.Text(c.Resource), From: c.At.UTC().Format(time.DateTime)})
			before = c.At
		}
		told := answer{Call: visible.Text(c.Call), Name: visible.Text(c.Name), RequestID: visible.Text(c.RequestID), Digest: visible.Text(c.Digest)}
		switch {
		case date(c.At) != date(before):
			told.At = c.At.UTC().Format(time.DateTime)
		case !c.At.Equal(before):
			told.At = c.At.UTC().Format(time.TimeOnly)
		}
		before = c.At
		at := &b.page.Asked[len(b.page.Asked)-1]
		at.Calls = append(at.Calls, told)
	}
	b.page.Answered = len(list)
	b.share()
}

// manyCalls is how many calls an answer has in common that has a number.
const manyCalls = 20

// share numbers the answers of many calls: the settings of most buckets are alike, and a
// fleet has thousands.
func (b *builder) share() {
	var digests []string
	for i := range b.page.Asked {
		for _, c := range b.page.Asked[i].Calls {
			if c.Digest != "" {
				digests = append(digests, c.Digest)
			}
		}
	}
	var numbers map[string]int
	b.page.Shared, numbers = frequent(digests, manyCalls)
	for i := range b.page.Asked {
		for k := range b.page.Asked[i].Calls {
			c := &b.page.Asked[i].Calls[k]
			if n := numbers[c.Digest]; n > 0 {
				c.Digest = "#" + strconv.Itoa(n)
			}
		}
	}
}

// frequent returns the keys that stand in a list so many times at least, in the order of
// their first places, and the number of each, counted from 1.
func frequent(list []string, least int) (keys []string, numbers map[string]int) {
	times := map[string]int{}
	for _, key := range list {
		times[key]++
	}
	numbers = map[string]int{}
	for _, key := range list {
		if times[key] >= least && numbers[key] == 0 {
			keys = append(keys, key)
			numbers[key] = len(keys)
		}
	}
	return keys, numbers
}
