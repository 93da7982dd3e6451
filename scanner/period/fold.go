package period

import (
	"github.com/trailguard/trailguard/scanner"
)

// tally counts the days of one subject by its results.
type tally struct {
	scanner.DayCounts

	// pending counts the days without a result since the last day with one, for want
	// of a run. They count once there is a result again, or where the subject
	// existed until the end.
	pending int
	known   bool // it existed in the last run that judged everything
}

// add counts a day by its letter.
func (t *tally) add(letter byte) {
	t.Days++
	switch letter {
	case scanner.LetterWaived, scanner.LetterFail:
		t.Assessed++
		t.Failing++
		if letter == scanner.LetterWaived {
			t.Waived++
		}
	case scanner.LetterPass:
		t.Assessed++
		t.Passing++
	case scanner.LetterNotApplicable:
		t.NotApplicable++
	default:
		t.NotAssessed++
	}
}

// missed counts days without a run.
func (t *tally) missed(days int) {
	t.Days += days
	t.NotAssessed += days
	t.WithoutRun += days
}

// addOr counts a day by its letter where a run judged the whole, or where it fails.
func (t *tally) addOr(letter byte, whole bool) {
	if whole || fails(letter) {
		t.add(letter)
	} else {
		t.missed(1)
	}
}

// follow counts a day of a subject that may come and go.
func (t *tally) follow(letter byte, whole bool) {
	switch {
	case fails(letter), whole && letter != scanner.LetterNotJudged:
		t.settle()
		t.add(letter)
		t.known = true
	case whole:
		t.pending, t.known = 0, false // it was removed
	default:
		t.pending++
	}
}

// settle counts the days that are pending.
func (t *tally) settle() {
	t.missed(t.pending)
	t.pending = 0
}

// skip counts days without any run, up to one.
func (b *Builder) skip(until int) {
	for ; b.next < until && b.next < b.days; b.next++ {
		b.gap++
		b.total.missed(1)
		for _, t := range b.rollup {
			t.pending++
		}
		for _, s := range b.controls {
			s.pending++
		}
	}
}

// daily holds the results of one day, by rule.
type daily struct {
	rules         []byte
	failing, open int
}

// fold ends a day: the results of its runs are added up, and dropped.
func (b *Builder) fold() {
	d := &daily{rules: make([]byte, len(b.names))}
	for i := range d.rules {
		d.rules[i] = scanner.LetterNotJudged
	}
	whole := b.whole()
	for _, t := range b.tenants {
		b.foldTenant(t, d)
	}
	if b.day >= 0 {
		b.foldDay(d, whole)
	} else {
		for n, letter := range d.rules {
			b.rollup[n].known = letter != scanner.LetterNotJudged
		}
		for c, s := range b.controls {
			s.known = b.standing(c) != scanner.LetterNotJudged
		}
	}
	for _, t := range b.tenants {
		t.today = false
		clear(t.controls)
	}
	b.runs = nil
}

// whole says whether every tenant known by then was judged as a whole.
func (b *Builder) whole() bool {
	some := false
	for _, t := range b.tenants {
		if some = some || t.today; !t.today && t.first <= b.day {
			return false
		}
	}
	return some
}

// foldTenant adds up a day of one tenant. Where the whole was judged, the days since
// the last such day count too, for subjects that existed before them or exist now.
func (b *Builder) foldTenant(t *tenant, d *daily) {
	gap := b.day - t.whole - 1
	for _, s := range t.subjects {
		if t.today {
			s.know()
			if s.listed || s.judged {
				s.missed(gap - s.folded)
			}
			s.folded, s.listed = 0, s.judged
		}
		if !s.judged {
			continue
		}
		if b.day >= 0 {
			s.foldDay(t.today)
			if !t.today {
				s.folded++
			}
		}
		for n, letter := range s.today {
			if d.count(letter); heavier(letter, d.rules[n]) {
				d.rules[n] = letter
			}
			s.today[n] = scanner.LetterNotJudged
		}
		s.judged = false
	}
	if t.today && b.day >= 0 {
		t.whole = b.day
	}
}

func (d *daily) count(letter byte) {
	switch letter {
	case scanner.LetterFail, scanner.LetterWaived:
		d.failing++
	case scanner.LetterUnknown, scanner.LetterError:
		d.open++
	}
}

// know begins to count each rule for which the day has a result.
func (s *state) know() {
	for n, letter := range s.today {
		if letter != scanner.LetterNotJudged && s.cells[n] == nil {
			s.cells[n] = &tally{}
		}
	}
}

// missed counts days without a run.
func (s *state) missed(days int) {
	if days <= 0 {
		return
	}
	s.total.missed(days)
	for _, c := range s.cells {
		if c != nil {
			c.missed(days)
		}
	}
}

// foldDay adds up a day of the subject, for each rule and for all of them together.
func (s *state) foldDay(whole bool) {
	s.know()
	all := byte(scanner.LetterNotJudged)
	for n, letter := range s.today {
		switch {
		case letter != scanner.LetterNotJudged:
			s.cells[n].addOr(letter, whole)
		case !whole && s.cells[n] != nil:
			s.cells[n].missed(1)
		}
		if heavier(letter, all) {
			all = letter
		}
	}
	s.total.addOr(all, whole)
}

// foldDay adds up the day for each rule and control, and for the whole.
func (b *Builder) foldDay(d *daily, whole bool) {
	all := byte(scanner.LetterNotJudged)
	for n, letter := range d.rules {
		b.rollup[n].follow(letter, whole)
		if heavier(letter, all) {
			all = letter
		}
	}
	for c, s := range b.controls {
		s.follow(b.standing(c), whole)
	}
	b.total.addOr(all, whole)
	shown := &b.calendar[b.day]
	shown.Runs, shown.Failing, shown.Open = b.runs, d.failing, d.open
	switch {
	case fails(all):
		shown.State = scanner.DayFailing
	case !whole:
		shown.State = scanner.DayWithoutRun
	case all == scanner.LetterPass:
		shown.State = scanner.DayPassing
	default:
		shown.State = scanner.DayNotAssessed
	}
	if b.next, b.gap = b.day+1, b.gap+1; whole {
		b.gap = 0
	}
}

// standing returns the day's letter for a control, over all tenants.
func (b *Builder) standing(c control) byte {
	all := byte(scanner.LetterNotJudged)
	for _, t := range b.tenants {
		if letter, ok := t.controls[c]; ok && heavier(letter, all) {
			all = letter
		}
	}
	return all
}
