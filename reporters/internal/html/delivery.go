package html

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// deliveries is what arrived, as calendars and as numbers.
type deliveries struct {
	Calendars []calendar
	Shapes    [][]squares // that many calendars have in common
	Weeks     []string    // "02-02 to 02-08", the columns of the tables
	Tables    []deliveryTable
}

// deliveryTable holds the numbers of objects by export and day, a cell for each week:
// a day each would be a tenth of a large page, and wider than paper.
type deliveryTable struct {
	Caption string
	Rows    []deliveryRow
}

type deliveryRow struct {
	Who   who
	Weeks [][]day
}

// calendar is what arrived of one export, a square a day.
type calendar struct {
	Who    who
	Said   string // the same in one sentence
	Width  int
	Paths  []squares
	Shape  int    // counted from 1, that it is one of; 0: its own
	Others string // why an object may be another's; empty: none is
	Anchor string // of the finding about holes; empty: there is none
}

// squares are the days of one kind, as a path.
type squares struct{ Kind, Path string }

// day is one day of one export. Kind is arrived, nothing or open; empty: nothing is
// told of it. Text is the number of objects.
type day struct{ Kind, Text string }

const (
	square   = 12  // pixels
	pitch    = 15  // from one square to the next
	mostDays = 400 // of one calendar
)

// deliveries draws a calendar for each export whose bucket was listed by day.
func (b *builder) deliveries() {
	if b.report.Annex == nil {
		return
	}
	var list []*scanner.ExportDelivery
	var from, to time.Time
	for i := range b.report.Annex.Deliveries {
		d := &b.report.Annex.Deliveries[i]
		if d.Since.IsZero() || d.At.Before(d.Since) || d.At.Sub(d.Since) > mostDays*24*time.Hour {
			continue // it was listed before days were counted
		}
		if list = append(list, d); from.IsZero() || d.Since.Before(from) {
			from = date(d.Since)
		}
		if d.At.After(to) {
			to = date(d.At)
		}
	}
	if len(list) == 0 || to.Sub(from) > mostDays*24*time.Hour {
		return
	}
	shown := &b.page.Deliveries
	for at := from; !at.After(to); {
		last := at.AddDate(0, 0, 6-weekday(at))
		if last.After(to) {
			last = to
		}
		shown.Weeks = append(shown.Weeks, at.Format("01-02")+" to "+last.Format("01-02"))
		at = last.AddDate(0, 0, 1)
	}
	b.calendars(list, from, to)
}

// calendars draws the deliveries of a span of days.
func (b *builder) calendars(list []*scanner.ExportDelivery, from, to time.Time) {
	shown := &b.page.Deliveries
	results, names := b.openResults(), map[who]int{}
	for _, d := range list {
		names[b.who(d.Tenant, d.ExportID).named()]++
	}
	var rows []deliveryRow
	for _, d := range list {
		days := daysOf(d, from, to)
		c := newCalendar(from, days)
		if c.Who = b.who(d.Tenant, d.ExportID); b.brief() && names[c.Who.named()] == 1 {
			c.Who = c.Who.named()
		}
		c.Anchor = results[resultID{"delivery_continuous", d.Tenant, d.ExportID}].anchor
		if len(d.Exports) > 1 {
			c.Others = "Several exports write to this very path: nobody can tell whose an object is."
		}
		shown.Calendars = append(shown.Calendars, c)
		rows = append(rows, deliveryRow{c.Who, weeksOf(from, days)})
	}
	first := 1
	for part := range slices.Chunk(rows, rowsEach) {
		t := deliveryTable{Caption: "Objects by export and week, a number a day", Rows: part}
		if len(rows) > rowsEach {
			t.Caption += fmt.Sprintf(", %d to %d of %d", first, first+len(part)-1, len(rows))
		}
		first += len(part)
		shown.Tables = append(shown.Tables, t)
	}
	shown.shape()
}

// manyAlike is how many calendars have to look alike to be drawn as one.
const manyAlike = 20

// shape finds the calendars that look alike.
func (d *deliveries) shape() {
	drawn := make([]string, len(d.Calendars))
	for i := range d.Calendars {
		drawn[i] = fmt.Sprint(d.Calendars[i].Paths)
	}
	shapes, numbers := frequent(drawn, manyAlike)
	d.Shapes = make([][]squares, len(shapes))
	for i := range d.Calendars {
		if n := numbers[drawn[i]]; n > 0 {
			d.Calendars[i].Shape, d.Shapes[n-1] = n, d.Calendars[i].Paths
		}
	}
}

func date(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// daysOf are the days of an export from the first to the last of all exports.
func daysOf(d *scanner.ExportDelivery, from, to time.Time) []day {
	arrived := map[string]int{}
	for i := range d.Days {
		arrived[d.Days[i].Day] = d.Days[i].Objects
	}
	var days []day
	first, last := date(d.Since), date(d.At)
	for at := from; !at.After(to); at = at.AddDate(0, 0, 1) {
		n := arrived[at.Format(time.DateOnly)]
		switch {
		case at.Before(first), at.After(last):
			days = append(days, day{"", "\u2013"})
		case n > 0:
			days = append(days, day{"arrived", strconv.Itoa(n)})
		case at.Equal(last), !d.Complete:
			days = append(days, day{"open", "?"}) // the day was not over, or not all was listed
		default:
			days = append(days, day{"nothing", "0"})
		}
	}
	return days
}

// weeksOf cuts days after Sundays.
func weeksOf(from time.Time, days []day) [][]day {
	weeks := [][]day{days[:min(7-weekday(from), len(days))]}
	return slices.AppendSeq(weeks, slices.Chunk(days[len(weeks[0]):], 7))
}

// newCalendar draws days: weeks from left to right, Monday on top. Days of one kind
// that follow each other in a week are one line, which the style dashes into squares.
func newCalendar(from time.Time, days []day) calendar {
	var c calendar
	paths, counts := map[string]*strings.Builder{}, map[string]int{}
	for i := 0; i < len(days); {
		column, row, kind := (i+weekday(from))/7, (i+weekday(from))%7, days[i].Kind
		n := 1
		for row+n < 7 && i+n < len(days) && days[i+n].Kind == kind {
			n++
		}
		if i += n; kind == "" {
			continue
		}
		if paths[kind] == nil {
			paths[kind] = &strings.Builder{}
		}
		counts[kind] += n
		fmt.Fprintf(paths[kind], "M%d %dv%d", column*pitch+pitch/2, row*pitch+1, n*pitch-pitch+square)
		c.Width = (column + 1) * pitch
	}
	for _, kind := range []string{"arrived", "nothing", "open"} {
		if paths[kind] != nil {
			c.Paths = append(c.Paths, squares{kind, paths[kind].String()})
		}
	}
	c.Said = fmt.Sprintf("Objects of %s, none of %s, %s open", scanner.Count(counts["arrived"], "day", "days"),
		scanner.Count(counts["nothing"], "day", "days"), scanner.Count(counts["open"], "day", "days"))
	return c
}

// weekday counts from Monday.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }
