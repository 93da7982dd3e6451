// Package arrivals counts by day what arrived under a path.
package arrivals

import (
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// shortest is the shortest interval of an export. A shorter silence is a hole
// in none of them.
const shortest = 2 * time.Hour

// Arrivals are the objects of one path.
type Arrivals struct {
	since   time.Time
	objects []object
}

type object struct {
	at   time.Time
	size int64
}

// From returns an empty count that goes back as many whole days as the longest
// of the expectations asks for. Days are those of UTC.
func From(now time.Time, expect map[string]scanner.Expect) *Arrivals {
	days := scanner.Expect{}.Continuity()
	for name := range expect {
		days = max(days, expect[name].Continuity())
	}
	return &Arrivals{since: now.UTC().AddDate(0, 0, -days).Truncate(24 * time.Hour)}
}

// Add counts an object.
func (a *Arrivals) Add(at time.Time, size int64) {
	if at = at.UTC(); !at.Before(a.since) {
		a.objects = append(a.objects, object{at, size})
	}
}

// Describe writes into a listing what arrived on each day.
func (a *Arrivals) Describe(doc *document.Delivery) {
	slices.SortFunc(a.objects, func(x, y object) int { return x.at.Compare(y.at) })
	doc.Since = a.since
	for _, o := range a.objects {
		day := o.at.Format(time.DateOnly)
		if n := len(doc.Days); n == 0 || doc.Days[n-1].Day != day {
			doc.Days = append(doc.Days, document.DeliveryDay{Day: day, First: o.at, Last: o.at})
		}
		d := &doc.Days[len(doc.Days)-1]
		silence := o.at.Sub(d.Last)
		if silence >= shortest && (d.Silence == nil || silence > d.Silence.To.Sub(d.Silence.From)) {
			d.Silence = &document.Silence{From: d.Last, To: o.at}
		}
		d.Objects, d.Bytes, d.Last = d.Objects+1, d.Bytes+o.size, o.at
	}
	for i := range doc.Days {
		if d := &doc.Days[i]; d.Objects == 2 {
			d.Silence = nil // First and Last say the same
		}
	}
}
