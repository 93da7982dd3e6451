package html

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// periodPage is all that is shown of a period.
type periodPage struct {
	Title string
	Large bool

	Verdict    verdict
	Identity   []fact
	Days       []tile
	Calendar   calendar
	Trend      *trend
	Frameworks []periodFramework
	Rules      []periodRow
	Exports    []periodRow
	Episodes   []periodEpisode
	Waivers    []periodWaiver
	Approvals  []periodApproval
	Deliveries []periodDelivery
	Listed     int // exports of which deliveries are known
}

// periodFramework is the controls of one framework.
type periodFramework struct {
	Name, Anchor string
	Controls     []periodRow
}

// periodRow is the days of one thing.
type periodRow struct {
	Who who
	scanner.DayCounts

	Kind, State string
	Rules       []string
}

type periodEpisode struct {
	Who                who
	Rule, Severity     string
	Resource           string
	First, Last, Ended string
	Kind, Ending       string
	Hours              string
	Waivers            []waiverNote
	WaivedDays         int
	Fingerprint        string
}

type periodWaiver struct {
	About       []string
	Kind, State string
	Note        waiverNote
	First, Last string
}

type periodApproval struct {
	Digest, By, At, Reason string
	Days                   int
}

type periodDelivery struct {
	Who      who
	Calendar calendar
	Spans    string // of days without objects; empty: there are none
	scanner.PeriodDelivery
}

// WritePeriod writes what the runs of a history show of a period as one HTML document.
func WritePeriod(w io.Writer, p *scanner.Period) error {
	from, err := time.Parse(time.DateOnly, p.From)
	if err != nil {
		return fmt.Errorf("write html of a period: %w", err)
	}
	b := &periodBuilder{period: p, builder: newBuilder(&scanner.Report{})}
	for i := range p.Exports {
		e := &p.Exports[i]
		b.exports[subject{e.Tenant, e.ExportID}] = &scanner.ExportResult{Endpoint: scanner.Endpoint{Bucket: e.Destination}}
	}
	b.several = len(p.Tenants) > 1
	b.cover(from)
	b.counted()
	b.decided()
	b.failures()
	b.delivered(from)
	return write(w, &b.page)
}

type periodBuilder struct {
	*builder

	period *scanner.Period
	page   periodPage
}

// cover is the verdict, what it rests on, and the days.
func (b *periodBuilder) cover(from time.Time) {
	p, s := b.period, &b.period.Summary
	v := &b.page.Verdict
	switch {
	case s.Failing > 0:
		v.Kind, v.Word = "fail", "Not in order throughout"
		v.Sentence = fmt.Sprintf("Something failed on %d of %s.", s.Failing, scanner.Count(s.Days, "day", "days"))
	case s.NotAssessed > 0:
		v.Kind, v.Word = "unknown", "Not assessed throughout"
		v.Sentence = fmt.Sprintf("No failure was found, and %d of %s are not assessed: nobody knows whether all was well on them.", s.NotAssessed, scanner.Count(s.Days, "day", "days"))
	case s.Passing > 0:
		v.Kind, v.Word = "pass", "In order throughout"
		v.Sentence = fmt.Sprintf("On each of %s everything that applies was assessed, and nothing failed.", scanner.Count(s.Days, "day", "days"))
	default:
		v.Kind, v.Word, v.Sentence = "unknown", "Nothing applied", "No rule had anything to judge in this period."
	}
	if s.Waived > 0 {
		v.More = append(v.More, fmt.Sprintf("On %d of the failing days a waiver covered every failure: it stays a failure.", s.Waived))
	}
	if s.WithoutRun > 0 {
		v.More = append(v.More, fmt.Sprintf("On %s no run judged every export and rule of a tenant.", scanner.Count(s.WithoutRun, "day", "days")))
	}
	b.page.Title = "trailguard: " + p.From + " to " + p.To
	add := func(name, value string, code bool) {
		b.page.Identity = append(b.page.Identity, fact{Name: name, Value: visible.Text(value), Code: code})
	}
	add("Period", p.From+" to "+p.To, false)
	add("Tenants", strings.Join(p.Tenants, ", "), false)
	if p.Framework != "" {
		add("Framework", p.Framework, false)
	}
	add("Ledger", p.HistoryHead, true)
	add("Made by", p.Tool.Name+" "+p.Tool.Version, false)
	b.page.Days = []tile{
		{"pass", "passing", s.Passing}, {"fail", "failing", s.Failing}, {"unknown", "not assessed", s.NotAssessed}, {"none", "not applicable", s.NotApplicable},
	}
	var days []day
	var points []point
	for i := range p.Calendar {
		d := &p.Calendar[i]
		kind := map[scanner.DayState]string{scanner.DayPassing: "arrived", scanner.DayFailing: "nothing"}[d.State]
		if kind == "" {
			kind = "open"
		}
		days = append(days, day{Kind: kind})
		if len(d.Runs) > 0 {
			points = append(points, point{At: i, Day: d.Day, Failing: d.Failing, Open: d.Open})
		}
	}
	b.page.Calendar = newCalendar(from, days)
	b.page.Calendar.Said = fmt.Sprintf("%s passing, %d failing, %d not assessed", scanner.Count(s.Passing, "day", "days"), s.Failing, s.NotAssessed)
	b.page.Trend = newTrend(points)
}

// counted are the days of controls, rules, exports and tenants.
func (b *periodBuilder) counted() {
	for i := range b.period.Controls {
		c := &b.period.Controls[i]
		last := len(b.page.Frameworks) - 1
		if name := visible.Text(c.Framework); last < 0 || b.page.Frameworks[last].Name != name {
			b.page.Frameworks, last = append(b.page.Frameworks, periodFramework{Name: name, Anchor: anchor("framework", c.Framework)}), last+1
		}
		row := newPeriodRow(who{Name: visible.Text(c.ID)}, &c.DayCounts)
		for _, rule := range c.Rules {
			row.Rules = append(row.Rules, visible.Text(rule))
		}
		f := &b.page.Frameworks[last]
		f.Controls = append(f.Controls, row)
	}
	for i := range b.period.Rules {
		b.page.Rules = append(b.page.Rules, newPeriodRow(who{Name: visible.Text(b.period.Rules[i].RuleID)}, &b.period.Rules[i].DayCounts))
	}
	for i := range b.period.Exports {
		e := &b.period.Exports[i]
		row := newPeriodRow(b.who(e.Tenant, e.ExportID), &e.DayCounts)
		for k := range e.Rules {
			row.Rules = append(row.Rules, visible.Text(e.Rules[k].RuleID)+": "+e.Rules[k].NotPassing())
		}
		b.page.Exports = append(b.page.Exports, row)
	}
	b.page.Large = len(b.page.Exports)+len(b.period.Episodes) > largeFrom
}

func newPeriodRow(w who, c *scanner.DayCounts) periodRow {
	r := periodRow{Who: w, DayCounts: *c, Kind: "pass", State: "passing"}
	switch {
	case c.Failing > 0:
		r.Kind, r.State = "fail", "failing"
	case c.NotAssessed > 0:
		r.Kind, r.State = "unknown", "not assessed"
	case c.Passing == 0:
		r.Kind, r.State = "none", "not applicable"
	}
	return r
}

// failures are the episodes.
func (b *periodBuilder) failures() {
	for i := range b.period.Episodes {
		e := &b.period.Episodes[i]
		shown := periodEpisode{
			Who: b.who(e.Tenant, e.ExportID), Rule: visible.Text(e.RuleID), Severity: string(e.Severity), Resource: visible.Text(e.Resource),
			Kind: "fail", Ending: "goes on", WaivedDays: e.WaivedDays, Fingerprint: visible.Text(e.Fingerprint),
		}
		shown.First, _ = moment(e.FirstSeen)
		shown.Last, _ = moment(e.LastSeen)
		if !e.ResolvedAt.IsZero() {
			shown.Ended, _ = moment(e.ResolvedAt)
			shown.Kind, shown.Ending = "resolved", map[string]string{"resolved": "mended", "gone": "the export is gone", "rules": "other rules judged"}[e.Ending]
		}
		if e.HoursToMend > 0 {
			shown.Hours = strings.TrimSuffix(fmt.Sprintf("%.1f", e.HoursToMend), ".0") + " hours"
		}
		for k := range e.Waivers {
			shown.Waivers = append(shown.Waivers, newWaiverNote(&e.Waivers[k]))
		}
		b.page.Episodes = append(b.page.Episodes, shown)
	}
}

// decided are waivers and approvals.
func (b *periodBuilder) decided() {
	for i := range b.period.Waivers {
		w := &b.period.Waivers[i]
		use := b.waiverUse(map[string]string{"applied": "waived", "expired": "fail"}[w.State], w.State, &w.WaiverUse)
		shown := periodWaiver{About: use.About, Kind: use.Kind, State: visible.Text(w.State), Note: use.Note}
		if shown.Kind == "" {
			shown.Kind = "none"
		}
		shown.First, _ = moment(w.FirstRun)
		shown.Last, _ = moment(w.LastRun)
		b.page.Waivers = append(b.page.Waivers, shown)
	}
	for i := range b.period.Approvals {
		a := &b.period.Approvals[i]
		shown := periodApproval{Digest: visible.Text(a.Digest), By: visible.Text(a.By), Reason: visible.Text(a.Reason), Days: a.Days}
		shown.At, _ = moment(a.At)
		b.page.Approvals = append(b.page.Approvals, shown)
	}
}

// delivered are the calendars of exports of which some day was without objects.
func (b *periodBuilder) delivered(from time.Time) {
	b.page.Listed = len(b.period.Deliveries)
	for i := range b.period.Deliveries {
		d := &b.period.Deliveries[i]
		if d.Empty == 0 && d.HoleDays == 0 {
			continue
		}
		var days []day
		for _, letter := range d.Days {
			days = append(days, day{Kind: map[rune]string{'+': "arrived", '0': "nothing", '?': "open"}[letter]})
		}
		var spans []string
		for _, hole := range d.Holes {
			spans = append(spans, hole.From+" to "+hole.To)
		}
		b.page.Deliveries = append(b.page.Deliveries, periodDelivery{Spans: strings.Join(spans, ", "), Who: b.who(d.Tenant, d.ExportID), Calendar: newCalendar(from, days), PeriodDelivery: *d})
	}
}
