package period

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// The letters of days in a PeriodDelivery. An object that one listing saw was
// there, whatever a later one sees.
const (
	arrived = '+'
	empty   = '0'
	unsaid  = '?'
)

// Deliveries adds up what arrived, from listings in any order.
type Deliveries struct {
	from  time.Time
	days  int
	found map[subject][]byte
}

// NewDeliveries begins the period of [New].
func NewDeliveries(from, to time.Time) *Deliveries {
	return &Deliveries{from: from, days: int(to.Sub(from)/oneDay) + 1, found: map[subject][]byte{}}
}

// Add takes what a listing found below the path of an export. It returns the first
// day that the listing covers; zero where it covers none.
func (l *Deliveries) Add(tenant, export string, at time.Time, d *document.Delivery) (since time.Time) {
	if d.Since.IsZero() || at.Before(d.Since) {
		return time.Time{}
	}
	key := subject{tenant, export}
	days := l.found[key]
	if days == nil {
		days = slices.Repeat([]byte{unsaid}, l.days)
		l.found[key] = days
	}
	objects := map[string]bool{}
	for i := range d.Days {
		objects[d.Days[i].Day] = d.Days[i].Objects > 0
	}
	last := at.UTC().Truncate(oneDay) // this day is not over
	for n := range days {
		switch day := l.from.AddDate(0, 0, n); {
		case day.Before(d.Since.UTC().Truncate(oneDay)), day.After(last):
		case objects[day.Format(time.DateOnly)]:
			days[n] = arrived
		case days[n] == unsaid && d.Complete && day.Before(last):
			days[n] = empty
		}
	}
	return d.Since.UTC().Truncate(oneDay)
}

// Result adds the deliveries to a period, with the number of days on which the rule
// found a hole.
func (l *Deliveries) Result(p *scanner.Period, rule string) {
	holes := map[subject]int{}
	for i := range p.Exports {
		e := &p.Exports[i]
		for k := range e.Rules {
			if e.Rules[k].RuleID == rule {
				holes[subject{e.Tenant, e.ExportID}] = e.Rules[k].Failing
			}
		}
	}
	for key, days := range l.found {
		d := scanner.PeriodDelivery{
			Tenant: key.tenant, ExportID: key.export, HoleDays: holes[key], Holes: []scanner.PeriodHole{}, Days: string(days),
			Arrived: strings.Count(string(days), string(arrived)), Empty: strings.Count(string(days), string(empty)),
			Unknown: strings.Count(string(days), string(unsaid)),
		}
		for n, letter := range days {
			date := l.from.AddDate(0, 0, n).Format(time.DateOnly)
			switch {
			case letter != empty:
			case n > 0 && days[n-1] == empty:
				d.Holes[len(d.Holes)-1].To = date
			default:
				d.Holes = append(d.Holes, scanner.PeriodHole{From: date, To: date})
			}
		}
		p.Deliveries = append(p.Deliveries, d)
	}
	slices.SortFunc(p.Deliveries, func(x, y scanner.PeriodDelivery) int { // they come from a map
		return cmp.Or(strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ExportID, y.ExportID))
	})
}
