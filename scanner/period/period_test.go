package period_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/period"
)

// ran is one run: its day, and the results of the rules a and b for the exports x and
// y, a letter each.
type ran struct {
	day      int
	hour     int
	x, y     string // empty: it is not listed
	control  scanner.ControlState
	part     bool // it did not judge the whole
	unkept   bool
	waiver   *scanner.Waiver
	baseline *scanner.BaselineInfo
}

func at(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.UTC) }

// over is the period from the first to the fifth of January 2026.
func over(t *testing.T, framework string, runs ...ran) *scanner.Period {
	t.Helper()
	b := period.New(at(1, 0), at(5, 0), framework)
	if len(runs) > 0 {
		b.Tenant("acme", at(runs[0].day, 0))
	}
	for i, r := range runs {
		j := &scanner.Judgement{
			Run: int64(i + 1), CollectedAt: at(r.day, r.hour), Tenants: []string{"acme"}, Whole: []string{"acme"}, Kept: !r.unkept,
			Rules: []string{"a", "b"}, Baseline: r.baseline,
			Controls: []scanner.ControlStanding{{Framework: "SOC 2", ID: "CC7.2", State: r.control, Rules: []string{"a"}}},
		}
		if r.part {
			j.Whole = nil
		}
		if r.waiver != nil {
			j.Waivers = []scanner.WaiverStanding{{WaiverUse: scanner.WaiverUse{Waiver: *r.waiver, Rules: []string{"a"}}, State: "applied"}}
		}
		b.Begin(j)
		for id, letters := range map[string]string{"x": r.x, "y": r.y} {
			if letters == "" || r.unkept {
				continue
			}
			s := &scanner.SubjectResults{Tenant: "acme", ExportID: id, Letters: letters}
			if letters[0] == 'F' || letters[0] == 'W' {
				s.Failing = []scanner.FailingResult{{Fingerprint: "f-" + id, Waiver: r.waiver}}
			}
			b.Subject(s)
		}
	}
	return b.Result([]scanner.PeriodEpisode{{Tenant: "acme", ExportID: "x", RuleID: "a", Fingerprint: "f-x", FirstSeen: at(1, 0)}}, nil)
}

// counts are days: passing, failing, waived, not assessed, without a run, not
// applicable.
func counts(c *scanner.DayCounts) [7]int {
	return [7]int{c.Days, c.Passing, c.Failing, c.Waived, c.NotAssessed, c.WithoutRun, c.NotApplicable}
}

const met, notMet, notAssessed = scanner.ControlMet, scanner.ControlNotMet, scanner.ControlNotAssessed

// TestWhatDaysAmountTo shows that a day without a run never counts as passing.
func TestWhatDaysAmountTo(t *testing.T) {
	daily := func(x string, control scanner.ControlState) []ran {
		var runs []ran
		for day := 1; day <= 5; day++ {
			runs = append(runs, ran{day: day, x: x, y: "PP", control: control})
		}
		return runs
	}
	tests := []struct {
		name                 string
		runs                 []ran
		whole, a, x, control [7]int
	}{
		{
			"every day is good", daily("PP", met),
			[7]int{5, 5},
			[7]int{5, 5},
			[7]int{5, 5},
			[7]int{5, 5},
		},
		{
			"a run on one day alone",
			[]ran{{day: 3, x: "PP", y: "PP", control: met}},
			[7]int{5, 1, 0, 0, 4, 4},
			[7]int{5, 1, 0, 0, 4, 4},
			[7]int{5, 1, 0, 0, 4, 4},
			[7]int{5, 1, 0, 0, 4, 4},
		},
		{
			"one before the period alone",
			[]ran{{day: -3, x: "PP", y: "PP", control: met}},
			[7]int{5, 0, 0, 0, 5, 5},
			[7]int{5, 0, 0, 0, 5, 5},
			[7]int{5, 0, 0, 0, 5, 5},
			[7]int{5, 0, 0, 0, 5, 5},
		},
		{
			"an unknown on every day", daily("UP", notAssessed),
			[7]int{5, 0, 0, 0, 5},
			[7]int{5, 0, 0, 0, 5},
			[7]int{5, 0, 0, 0, 5},
			[7]int{5, 0, 0, 0, 5},
		},
		{
			"a failure outweighs a pass of the same day",
			append(daily("PP", met), ran{day: 5, hour: 9, x: "FP", y: "PP", control: notMet}),
			[7]int{5, 4, 1},
			[7]int{5, 4, 1},
			[7]int{5, 4, 1},
			[7]int{5, 4, 1},
		},
		{
			"an unknown is settled on the same day",
			append(daily("PP", met), ran{day: 5, hour: 9, x: "UP", y: "PP", control: notAssessed}),
			[7]int{5, 5},
			[7]int{5, 5},
			[7]int{5, 5},
			[7]int{5, 5},
		},
		{
			"a run of a part passes nothing",
			[]ran{{day: 1, x: "PP", y: "PP", control: met}, {day: 2, x: "PP", part: true, control: met}, {day: 3, x: "PP", y: "PP", control: met}},
			[7]int{5, 2, 0, 0, 3, 3},
			[7]int{5, 2, 0, 0, 3, 3},
			[7]int{5, 2, 0, 0, 3, 3},
			[7]int{5, 2, 0, 0, 3, 3},
		},
		{
			"what a run of a part finds failing counts",
			[]ran{{day: 1, x: "PP", y: "PP", control: met}, {day: 2, x: "FP", part: true, control: notMet}, {day: 3, x: "PP", y: "PP", control: met}},
			[7]int{5, 2, 1, 0, 2, 2},
			[7]int{5, 2, 1, 0, 2, 2},
			[7]int{5, 2, 1, 0, 2, 2},
			[7]int{5, 2, 1, 0, 2, 2},
		},
		{
			"results that are not kept are not known",
			[]ran{{day: 1, x: "PP", y: "PP", control: met}, {day: 2, unkept: true, control: met}},
			[7]int{5, 1, 0, 0, 4, 4},
			[7]int{5, 1, 0, 0, 4, 4},
			[7]int{5, 1, 0, 0, 4, 4},
			[7]int{5, 1, 0, 0, 4, 4},
		},
		{
			"an export that is new, and one day without a run",
			[]ran{{day: 1, y: "PP", control: met}, {day: 2, y: "PP", control: met}, {day: 4, x: "PP", y: "PP", control: met}, {day: 5, x: "PP", y: "PP", control: met}},
			[7]int{5, 4, 0, 0, 1, 1},
			[7]int{5, 4, 0, 0, 1, 1},
			[7]int{3, 2, 0, 0, 1, 1},
			[7]int{5, 4, 0, 0, 1, 1},
		},
		{
			"an export that is gone",
			[]ran{{day: 1, x: "FP", y: "PP", control: notMet}, {day: 2, y: "PP", control: met}, {day: 3, y: "PP", control: met}, {day: 4, y: "PP", control: met}, {day: 5, y: "PP", control: met}},
			[7]int{5, 4, 1},
			[7]int{5, 4, 1},
			[7]int{1, 0, 1},
			[7]int{5, 4, 1},
		},
		{
			"nothing to judge", daily("NN", scanner.ControlNotCovered),
			[7]int{5, 5},
			[7]int{5, 5},
			[7]int{5, 0, 0, 0, 0, 0, 5},
			[7]int{5, 0, 0, 0, 0, 0, 5},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := over(t, "", tt.runs...)
			x := &scanner.ExportPeriod{}
			for i := range p.Exports {
				if p.Exports[i].ExportID == "x" {
					x = &p.Exports[i]
				}
			}
			got := [4][7]int{counts(&p.Summary), counts(&p.Rules[0].DayCounts), counts(&x.DayCounts), counts(&p.Controls[0].DayCounts)}
			if diff := cmp.Diff([4][7]int{tt.whole, tt.a, tt.x, tt.control}, got); diff != "" {
				t.Errorf("the whole, rule a, export x, the control:\n%s", diff)
			}
			for _, c := range []*scanner.DayCounts{&p.Summary, &p.Rules[0].DayCounts, &x.DayCounts, &p.Controls[0].DayCounts} {
				if c.Assessed != c.Passing+c.Failing || c.Days != c.Assessed+c.NotAssessed+c.NotApplicable {
					t.Errorf("the days do not add up: %+v", c)
				}
			}
		})
	}
}

func TestNothingWasEverRun(t *testing.T) {
	p := over(t, "")
	if got := counts(&p.Summary); got != [7]int{5, 0, 0, 0, 5, 5} || len(p.Controls)+len(p.Exports) != 0 || p.Calendar[0].State != scanner.DayWithoutRun {
		t.Errorf("the days are %v, the period %+v", got, p)
	}
}

func TestTheCalendar(t *testing.T) {
	p := over(t, "", ran{day: 1, x: "PP", y: "PP"}, ran{day: 2, x: "UP", y: "PP"}, ran{day: 3, x: "FP", y: "FU"}, ran{day: 4, x: "PP", part: true})
	var states []scanner.DayState
	for _, d := range p.Calendar {
		states = append(states, d.State)
	}
	want := []scanner.DayState{scanner.DayPassing, scanner.DayNotAssessed, scanner.DayFailing, scanner.DayWithoutRun, scanner.DayWithoutRun}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	if d := p.Calendar[2]; d.Day != "2026-01-03" || d.Failing != 2 || d.Open != 1 || len(d.Runs) != 1 || d.Runs[0] != 3 {
		t.Errorf("the third day is %+v", d)
	}
}

// TestDecisions shows who waived a failure, on how many days, and which baseline
// runs compared with.
func TestDecisions(t *testing.T) {
	waiver := &scanner.Waiver{Justification: "moves in May", ApprovedBy: "Ada", Expires: "2026-05-31", Source: "w.yaml:2"}
	moved := *waiver
	moved.Source = "w.yaml:9"
	baseline := &scanner.BaselineInfo{Digest: "b", Approved: &scanner.Approval{Digest: "b", By: "Grace", At: at(-30, 0)}}
	p := over(t, "", ran{day: 1, x: "FP", y: "PP", baseline: baseline}, ran{day: 2, x: "WP", y: "PP", waiver: waiver, baseline: baseline},
		ran{day: 3, x: "WP", y: "PP", waiver: &moved}, ran{day: 3, hour: 5, x: "WP", y: "PP", waiver: &moved}, ran{day: 4, x: "PP", y: "PP"})
	e := p.Episodes[0]
	if e.WaivedDays != 2 || len(e.Waivers) != 1 || e.Waivers[0].ApprovedBy != "Ada" || !e.LastSeen.Equal(at(3, 5)) {
		t.Errorf("the failure is %+v", e)
	}
	if len(p.Waivers) != 1 || !p.Waivers[0].FirstRun.Equal(at(2, 0)) || !p.Waivers[0].LastRun.Equal(at(3, 5)) {
		t.Errorf("the waivers are %+v", p.Waivers)
	}
	if got := counts(&p.Rules[0].DayCounts); got != [7]int{5, 1, 3, 2, 1, 1} {
		t.Errorf("the days of the rule are %v", got)
	}
	if len(p.Approvals) != 1 || p.Approvals[0].By != "Grace" || p.Approvals[0].Days != 2 {
		t.Errorf("the approvals are %+v", p.Approvals)
	}
}

// TestOneFramework leaves out what does not bear on it.
func TestOneFramework(t *testing.T) {
	p := over(t, "SOC 2", ran{day: 1, x: "PF", y: "PF", control: met})
	if len(p.Rules) != 1 || p.Rules[0].RuleID != "a" || p.Summary.Failing != 0 || len(p.Episodes) != 1 {
		t.Errorf("the period is %+v", p)
	}
	if p = over(t, "HIPAA", ran{day: 1, x: "FF", y: "PP", control: notMet}); len(p.Rules)+len(p.Controls)+len(p.Episodes) != 0 {
		t.Errorf("of a framework without controls there is %+v", p)
	}
}

// TestASecondTenant shows that a tenant is missed from its first run on, and not
// before.
func TestASecondTenant(t *testing.T) {
	b := period.New(at(1, 0), at(3, 0), "")
	b.Tenant("acme", at(1, 0))
	b.Tenant("globex", at(2, 0))
	for _, r := range []struct {
		day    int
		tenant string
	}{{1, "acme"}, {2, "acme"}, {2, "globex"}, {3, "acme"}} {
		b.Begin(&scanner.Judgement{
			CollectedAt: at(r.day, 0), Tenants: []string{r.tenant}, Whole: []string{r.tenant}, Kept: true, Rules: []string{"a"},
			Controls: []scanner.ControlStanding{{Framework: "SOC 2", ID: "CC7.2", State: met}},
		})
		b.Subject(&scanner.SubjectResults{Tenant: r.tenant, ExportID: "x", Letters: "P"})
	}
	p := b.Result(nil, nil)
	for name, c := range map[string]*scanner.DayCounts{"whole": &p.Summary, "rule": &p.Rules[0].DayCounts, "control": &p.Controls[0].DayCounts} {
		if got := counts(c); got != [7]int{3, 2, 0, 0, 1, 1} {
			t.Errorf("the days of the %s are %v", name, got)
		}
	}
}

// TestDeliveries shows that what one listing saw was there, and that a day that was
// not over stays open.
func TestDeliveries(t *testing.T) {
	listing := func(since int, complete bool, days ...string) *document.Delivery {
		d := &document.Delivery{Since: at(since, 0), Complete: complete}
		for _, day := range days {
			d.Days = append(d.Days, document.DeliveryDay{Day: "2026-01-0" + day, Objects: 2})
		}
		return d
	}
	l := period.NewDeliveries(at(1, 0), at(7, 0))
	l.Add("acme", "x", at(6, 9), listing(2, true, "3", "6"))
	l.Add("acme", "x", at(4, 9), listing(1, true, "2", "3")) // the second was removed since
	l.Add("acme", "y", at(6, 9), listing(1, false, "2"))
	if since := l.Add("acme", "z", at(6, 9), &document.Delivery{}); !since.IsZero() {
		t.Errorf("a listing without days tells since %s", since)
	}
	p := &scanner.Period{Exports: []scanner.ExportPeriod{{Tenant: "acme", ExportID: "x", Rules: []scanner.RulePeriod{{RuleID: "holes", DayCounts: scanner.DayCounts{Failing: 3}}}}}}
	l.Result(p, "holes")
	want := []scanner.PeriodDelivery{
		{Tenant: "acme", ExportID: "x", Arrived: 3, Empty: 3, Unknown: 1, HoleDays: 3, Days: "0++00+?", Holes: []scanner.PeriodHole{{From: "2026-01-01", To: "2026-01-01"}, {From: "2026-01-04", To: "2026-01-05"}}},
		{Tenant: "acme", ExportID: "y", Arrived: 1, Unknown: 6, Days: "?+?????", Holes: []scanner.PeriodHole{}},
	}
	if diff := cmp.Diff(want, p.Deliveries); diff != "" {
		t.Error(diff)
	}
}
