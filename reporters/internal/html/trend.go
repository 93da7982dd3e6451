package html

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// trend is how many results failed or were open, run by run, as lines and as numbers.
type trend struct {
	Said    string
	Width   int
	Failing string // the line, as a path
	Open    string
	Most    int
	Spans   []point // of days in a row with the same numbers
}

// point is what one run or day says.
type point struct {
	At            int    // from left to right
	Day, To       string // the last of a span; empty: it is one
	Failing, Open int
}

const (
	trendHeight = 120
	trendWidth  = 720
)

// runsTrend draws runs, one after the other, however long it was between them; nil:
// there are too few to compare.
func runsTrend(runs []scanner.TrendPoint) *trend {
	points := make([]point, len(runs))
	for i := range runs {
		points[i] = point{At: i, Day: minute(runs[i].CollectedAt), Failing: runs[i].Failing, Open: runs[i].NotAssessed}
	}
	return newTrend(points)
}

// newTrend draws points; nil: there are too few to compare.
func newTrend(points []point) *trend {
	if len(points) < 2 {
		return nil
	}
	first, last := points[0], points[len(points)-1]
	t := &trend{Width: trendWidth, Most: 1}
	for i, p := range points {
		t.Most = max(t.Most, p.Failing, p.Open)
		if n := len(t.Spans); i > 0 && t.Spans[n-1].Failing == p.Failing && t.Spans[n-1].Open == p.Open {
			t.Spans[n-1].To = p.Day
		} else {
			t.Spans = append(t.Spans, p)
		}
	}
	var failing, open strings.Builder
	for i, p := range points {
		sign := "L"
		if i == 0 || p.At > points[i-1].At+1 { // nobody knows what was between
			sign = "M"
		}
		x := (p.At - first.At) * trendWidth / (last.At - first.At)
		fmt.Fprintf(&failing, "%s%d %d", sign, x, trendHeight-p.Failing*(trendHeight-4)/t.Most-2)
		fmt.Fprintf(&open, "%s%d %d", sign, x, trendHeight-p.Open*(trendHeight-4)/t.Most-2)
	}
	t.Failing, t.Open = failing.String(), open.String()
	t.Said = fmt.Sprintf("From %s to %s: failing %d then, %d at the end; not assessed %d then, %d at the end; never more than %d",
		first.Day, last.Day, first.Failing, last.Failing, first.Open, last.Open, t.Most)
	return t
}
