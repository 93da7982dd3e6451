// Package period adds up the results of many runs, day by day: how long each control,
// rule and export was in order, how long it was not, and how long that is not known.
// It judges nothing again and reads no history: it is given runs in order, one at a
// time, and keeps none.
//
// A result counts for the UTC day of its run. Of several results on one day, a failure
// outweighs a pass, and a pass outweighs what could not be assessed. A day on which no
// run judged a tenant as a whole is not assessed, whatever passed in a run of a part; a
// failure in such a run counts.
package period

import (
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Builder adds up one period. Its memory grows with exports, rules and failures, not
// with days.
type Builder struct {
	from      time.Time // midnight
	days      int
	framework string // empty: all

	names    []string // of the rules
	rules    map[string]int
	rollup   []*tally // by rule
	tenants  map[string]*tenant
	subjects map[subject]*state
	controls map[control]*standing
	failures map[failure]*seen
	total    tally
	calendar []scanner.PeriodDay
	waivers  []scanner.PeriodWaiver
	compared map[string]*comparedWith // baselines, by their digests

	day   int // the day that is being added; before the first: -1
	begun bool
	next  int // the first day that is not counted yet
	gap   int // days before it since the last on which everything was judged
	run   *scanner.Judgement
	order []int   // the index of each of the run's rules here; -1: it does not bear on the framework
	runs  []int64 // of the day
}

type subject struct{ tenant, export string }

type control struct{ framework, id string }

type failure struct{ tenant, export, fingerprint string }

// tenant is what is known of a tenant.
type tenant struct {
	first    int  // day of its first run ever
	whole    int  // the last day on which a run judged all of it
	today    bool // a run judges all of it today
	controls map[control]byte
	subjects []*state
}

// state is one export or tenant.
type state struct {
	subject

	cells  []*tally // by rule; nil: it was never judged
	total  tally
	today  []byte // letters by rule
	judged bool   // today
	listed bool   // in the last run that judged the whole
	folded int    // days since, already counted
}

// standing is one control.
type standing struct {
	tally

	rules []string
}

// comparedWith counts the days on which runs compared with a baseline.
type comparedWith struct {
	approval  *scanner.Approval
	days, day int
}

// seen is what the period's runs say about one failure.
type seen struct {
	last        time.Time
	waivers     []scanner.Waiver
	waived, day int // days on which a waiver covered it, and the last of them
}

const oneDay = 24 * time.Hour

// New begins the period from one day to another, both included and given as midnight
// UTC, for one framework or for all.
func New(from, to time.Time, framework string) *Builder {
	b := &Builder{
		from: from, days: int(to.Sub(from)/oneDay) + 1, framework: framework, rules: map[string]int{}, tenants: map[string]*tenant{},
		subjects: map[subject]*state{}, controls: map[control]*standing{}, failures: map[failure]*seen{}, compared: map[string]*comparedWith{},
	}
	b.calendar = make([]scanner.PeriodDay, b.days)
	for i := range b.calendar {
		b.calendar[i] = scanner.PeriodDay{Day: b.date(i), State: scanner.DayWithoutRun, Runs: []int64{}}
	}
	return b
}

// date writes a day.
func (b *Builder) date(n int) string { return b.from.AddDate(0, 0, n).Format(time.DateOnly) }

// number returns the number of a day; -1 before the period.
func (b *Builder) number(t time.Time) int {
	if t.Before(b.from) {
		return -1
	}
	return int(t.Sub(b.from) / oneDay)
}

// Tenant says when a tenant's first run ever was. Before it, no run of that tenant
// is missed on a day with a run of another.
func (b *Builder) Tenant(name string, first time.Time) {
	b.tenants[name] = &tenant{first: b.number(first), whole: -1, controls: map[control]byte{}}
}

// Begin begins a run. Its tenants must have been named. A run before the period
// only says what existed when the period began.
func (b *Builder) Begin(j *scanner.Judgement) {
	n := b.number(j.CollectedAt)
	if b.begun && n != b.day {
		b.fold()
	}
	b.skip(n)
	b.begun, b.day, b.run = true, n, j
	if n >= 0 {
		b.runs = append(b.runs, j.Run)
	}
	if !j.Kept {
		return // its results are not known
	}
	b.take(j)
	for _, name := range j.Tenants {
		t := b.tenants[name]
		whole := slices.Contains(j.Whole, name)
		t.today = t.today || whole
		for i := range j.Controls {
			t.stand(&j.Controls[i], whole)
		}
	}
	if n >= 0 {
		b.decisions(j)
	}
}

// take gives the run's rules and controls their indexes and tallies.
func (b *Builder) take(j *scanner.Judgement) {
	bear := map[string]bool{}
	for i := range j.Controls {
		c := &j.Controls[i]
		if b.framework != "" && c.Framework != b.framework {
			continue
		}
		s := b.controls[control{c.Framework, c.ID}]
		if s == nil {
			s = &standing{tally: tally{pending: b.gap}}
			b.controls[control{c.Framework, c.ID}] = s
		}
		for _, rule := range c.Rules {
			if bear[rule] = true; !slices.Contains(s.rules, rule) {
				s.rules = append(s.rules, rule)
			}
		}
	}
	b.order = b.order[:0]
	for _, name := range j.Rules {
		n, ok := b.rules[name]
		switch {
		case b.framework != "" && !bear[name]:
			n = -1
		case !ok:
			n = len(b.names)
			b.rules[name], b.names, b.rollup = n, append(b.names, name), append(b.rollup, &tally{pending: b.gap})
		}
		b.order = append(b.order, n)
	}
}

// stand takes the state of a control in a run. Only a run that judged all of the
// tenant can say that it is met; any run can say that it is not.
func (t *tenant) stand(c *scanner.ControlStanding, whole bool) {
	letter := byte(scanner.LetterUnknown)
	switch c.State {
	case scanner.ControlMet:
		letter = scanner.LetterPass
	case scanner.ControlNotCovered:
		letter = scanner.LetterNotApplicable
	case scanner.ControlNotMet:
		if letter = scanner.LetterFail; c.Waived {
			letter = scanner.LetterWaived
		}
	case scanner.ControlNotAssessed:
	}
	key := control{c.Framework, c.ID}
	if before, ok := t.controls[key]; (whole || fails(letter)) && (!ok || rank(letter) > rank(before)) {
		t.controls[key] = letter
	}
}

// decisions takes the waivers of a run, and the baseline that it compared with.
func (b *Builder) decisions(j *scanner.Judgement) {
	for i := range j.Waivers {
		w := &j.Waivers[i]
		at := slices.IndexFunc(b.waivers, func(p scanner.PeriodWaiver) bool { return sameUse(&p.WaiverUse, &w.WaiverUse) })
		if at < 0 {
			at = len(b.waivers)
			b.waivers = append(b.waivers, scanner.PeriodWaiver{FirstRun: j.CollectedAt})
		}
		b.waivers[at].WaiverStanding, b.waivers[at].LastRun = *w, j.CollectedAt
	}
	if j.Baseline == nil {
		return
	}
	c := b.compared[j.Baseline.Digest]
	if c == nil {
		c = &comparedWith{day: -1}
		b.compared[j.Baseline.Digest] = c
	}
	if c.day != b.day {
		c.days, c.day = c.days+1, b.day
	}
	if j.Baseline.Approved != nil {
		c.approval = j.Baseline.Approved
	}
}

// sameUse says whether two entries are the same decision, wherever they are in the
// file.
func sameUse(x, y *scanner.WaiverUse) bool {
	return same(&x.Waiver, &y.Waiver) && x.Permission == y.Permission && x.Key == y.Key &&
		slices.Equal(x.Rules, y.Rules) && slices.Equal(x.Exports, y.Exports) && slices.Equal(x.Resources, y.Resources)
}

// same says whether two waivers are the same, wherever they are in the file.
func same(x, y *scanner.Waiver) bool {
	a, b := *x, *y
	a.Source, b.Source = "", ""
	return a == b
}

// Subject takes the run's results for one export or tenant.
func (b *Builder) Subject(r *scanner.SubjectResults) {
	key := subject{r.Tenant, r.ExportID}
	s := b.subjects[key]
	if s == nil {
		s = &state{subject: key}
		b.subjects[key] = s
		t := b.tenants[r.Tenant]
		t.subjects = append(t.subjects, s)
	}
	for len(s.today) < len(b.names) {
		s.today, s.cells = append(s.today, scanner.LetterNotJudged), append(s.cells, nil)
	}
	s.judged = true
	for i, n := range b.order {
		if n >= 0 && i < len(r.Letters) && rank(r.Letters[i]) > rank(s.today[n]) {
			s.today[n] = r.Letters[i]
		}
	}
	if b.day >= 0 {
		b.failing(r)
	}
}

func (b *Builder) failing(r *scanner.SubjectResults) {
	for i := range r.Failing {
		f := &r.Failing[i]
		key := failure{r.Tenant, r.ExportID, f.Fingerprint}
		s := b.failures[key]
		if s == nil {
			s = &seen{day: -1}
			b.failures[key] = s
		}
		s.last = b.run.CollectedAt
		if f.Waiver == nil {
			continue
		}
		if s.day != b.day {
			s.waived, s.day = s.waived+1, b.day
		}
		if !slices.ContainsFunc(s.waivers, func(w scanner.Waiver) bool { return same(&w, f.Waiver) }) {
			s.waivers = append(s.waivers, *f.Waiver)
		}
	}
}

// rank orders the letters of one result on one day: a failure outweighs a pass, and a
// pass outweighs what could not be assessed.
func rank(letter byte) int { return strings.IndexByte(".NUEPWF", letter) }

// heavier orders the letters of many results: a failure decides, then what could
// not be assessed, then a pass.
func heavier(x, y byte) bool { return amount(x) > amount(y) }

func amount(letter byte) int { return strings.IndexByte(".NPUEWF", letter) }

func fails(letter byte) bool { return letter == scanner.LetterFail || letter == scanner.LetterWaived }
