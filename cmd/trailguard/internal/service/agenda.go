package service

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/schedule"
)

// agenda says which tenant is due. It asks no clock and starts nothing.
type agenda struct{ entries map[string]*entry }

// entry is a tenant of the agenda.
type entry struct {
	schedule *schedule.Schedule
	// until is up to when deadlines are dealt with; zero: the tenant was never
	// scanned, and is due at once.
	until time.Time
	// deadline is the first that is not dealt with; zero where until is.
	deadline time.Time
}

// settle deals with deadlines up to a time.
func (e *entry) settle(until time.Time) {
	if e.until = until; !until.IsZero() {
		e.deadline = e.schedule.Next(until)
	}
}

func newAgenda() *agenda { return &agenda{map[string]*entry{}} }

// set takes the tenants of a configuration. What was dealt with of one that it had
// before stays so; of a new one, the history knows.
func (a *agenda) set(tenants []Tenant, last map[string]time.Time) {
	before := a.entries
	a.entries = map[string]*entry{}
	for _, t := range tenants {
		until := last[t.Name]
		if known := before[t.Name]; known != nil && known.until.After(until) {
			until = known.until
		}
		a.entries[t.Name] = &entry{schedule: t.Schedule}
		a.entries[t.Name].settle(until)
	}
}

// steps is by how much clocks go back without anybody having set them.
const steps = time.Hour

// correct has deadlines reckoned from now for tenants that were dealt with in the
// future: a clock was wrong, and would keep them from being scanned until then.
// One that goes back a little repeats no deadline. It returns their names.
func (a *agenda) correct(now time.Time) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(a.entries)) {
		if e := a.entries[name]; e.until.After(now.Add(steps)) {
			e.settle(now)
			names = append(names, name)
		}
	}
	return names
}

// oldest is the first deadline that is not dealt with; of a tenant that was never
// scanned, a time that lies before all others.
func (e *entry) oldest() time.Time {
	if e.until.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return e.deadline
}

// deadline is the next deadline of a tenant, or the one that it missed.
func (a *agenda) deadline(name string) time.Time {
	e := a.entries[name]
	if e == nil {
		return time.Time{}
	}
	return e.deadline
}

// pass has all tenants wait for deadlines to come: what was due before is another
// process's to begin.
func (a *agenda) pass(now time.Time) {
	for _, e := range a.entries {
		e.settle(now)
	}
}

// next is when the next tenant is due, of those that do not go on; zero: none ever is.
func (a *agenda) next(goesOn func(string) bool) time.Time {
	var next time.Time
	for name, e := range a.entries {
		if goesOn(name) {
			continue
		}
		if at := e.oldest(); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// take picks the tenant that has missed its deadline for longest, of those that do not
// go on. However many it missed, one run makes up for all.
func (a *agenda) take(now time.Time, goesOn func(string) bool) (Due, bool) {
	var due []string
	for name, e := range a.entries {
		if at := e.oldest(); !at.IsZero() && !at.After(now) && !goesOn(name) {
			due = append(due, name)
		}
	}
	if len(due) == 0 {
		return Due{}, false
	}
	name := slices.MinFunc(due, func(x, y string) int {
		return cmp.Or(a.entries[x].oldest().Compare(a.entries[y].oldest()), cmp.Compare(x, y))
	})
	e := a.entries[name]
	d := Due{Tenant: name}
	if !e.until.IsZero() {
		d.Deadline = e.schedule.Last(e.until, now)
	}
	e.settle(now)
	return d, true
}

// overlap passes over the deadlines that a tenant has missed, and returns them.
func (a *agenda) overlap(name string, now time.Time) []time.Time {
	e := a.entries[name]
	if e == nil {
		return nil
	}
	var missed []time.Time
	for !e.deadline.IsZero() && !e.deadline.After(now) {
		missed = append(missed, e.deadline)
		e.settle(e.deadline)
	}
	return missed
}
