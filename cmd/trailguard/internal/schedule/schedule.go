// Package schedule says when a tenant is due: by a cron expression in a time
// zone, later by a delay that is each tenant's own. It knows neither tenants nor
// runs, and asks no clock.
package schedule

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	_ "time/tzdata" // an image without the zones of a system has them, too

	"github.com/robfig/cron/v3"
)

// Spec is a schedule as it is written.
type Spec struct {
	Cron   string        // five fields, or a name such as @daily
	Zone   string        // of the IANA database; empty: UTC
	Jitter time.Duration // the longest delay
}

// Schedule is a schedule that can be asked.
type Schedule struct {
	fields *cron.SpecSchedule
	zone   *time.Location
	delay  time.Duration
}

// LongestJitter bounds the delay: a schedule that says a day means it.
const LongestJitter = 12 * time.Hour

// New reads a schedule. Who is delayed decides on by how much: the same name has
// the same delay, in every process and on every machine.
func New(s Spec, who string) (*Schedule, error) {
	fields, err := Cron(s.Cron)
	if err != nil {
		return nil, err
	}
	zone, err := Zone(s.Zone)
	if err != nil {
		return nil, err
	}
	return &Schedule{fields: fields, zone: zone, delay: delay(who, s.Jitter)}, nil
}

// Cron reads a cron expression that comes due at some time or other.
func Cron(text string) (*cron.SpecSchedule, error) {
	if strings.Contains(text, "TZ=") {
		return nil, errors.New("the zone does not belong into the expression: write it as timeZone")
	}
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no cron expression: write minute, hour, day of the month, month and day of the week, such as 15 6 * * *", text)
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("%q counts from the start of the process, which a restart would shift: write times, such as 15 */6 * * *", text)
	}
	fields.Location = time.UTC
	if fields.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("%q never comes due: there is no such day", text)
	}
	return fields, nil
}

// Zone reads the name of a time zone; empty is UTC.
func Zone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" { // what that is, depends on the machine
		return nil, fmt.Errorf("unknown time zone %q: write a name of the IANA database, such as Europe/Berlin or Etc/UTC", name)
	}
	return zone, nil
}

// delay is between 0 and the jitter, in whole seconds.
func delay(who string, jitter time.Duration) time.Duration {
	seconds := uint64(jitter / time.Second)
	if jitter <= 0 || seconds == 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(who)) // it returns no error
	return time.Duration(h.Sum64()%(seconds+1)) * time.Second
}

// Next returns the first deadline after a time, in UTC; zero: there is none.
func (s *Schedule) Next(after time.Time) time.Time {
	at := s.tick(after.Add(-s.delay))
	if at.IsZero() {
		return at
	}
	return at.Add(s.delay).UTC()
}

// Last returns the last deadline that is not after a time and is after another;
// zero: there is none.
func (s *Schedule) Last(after, until time.Time) time.Time {
	// A year of minutes takes a fifth of a second; what lies farther back tells
	// nothing that the last day does not.
	const far = 400 * 24 * time.Hour
	if until.Sub(after) > far {
		after = until.Add(-far)
	}
	last := time.Time{}
	for at := s.Next(after); !at.IsZero() && !at.After(until); at = s.Next(at) {
		last = at
	}
	return last
}

// everyHour is the hours of an expression that names none.
const everyHour = 1<<24 - 1

// tick is the first time after another that the expression means.
//
// One that comes due every hour goes by the hours that pass, as they do. Any
// other names hours of the day, and each day has them once: what the change to
// summer time leaves out comes due at the change, and what the change back
// repeats is due the first time. Cron of ISC does the same. The library alone
// leaves the first out and has the second twice.
func (s *Schedule) tick(after time.Time) time.Time {
	if s.fields.Hour&everyHour == everyHour {
		local := *s.fields
		local.Location = s.zone
		return local.Next(after.In(s.zone))
	}
	// What clocks on the wall show is counted as if the zone had no changes. A
	// repeated time lies behind what they show now, by less than a day.
	const changes = 24 * time.Hour
	for shown := s.fields.Next(wall(after.In(s.zone)).Add(-changes)); !shown.IsZero(); shown = s.fields.Next(shown) {
		if at := s.instant(shown); at.After(after) {
			return at
		}
	}
	return time.Time{}
}

// wall is what a clock shows, as if that were UTC.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// instant is when clocks of the zone first show a time, or pass over it. Later
// times never come earlier.
func (s *Schedule) instant(shown time.Time) time.Time {
	_, before := shown.Add(-24 * time.Hour).In(s.zone).Zone()
	_, after := shown.Add(24 * time.Hour).In(s.zone).Zone()
	first := shown.Add(-time.Duration(max(before, after)) * time.Second)
	second := shown.Add(-time.Duration(min(before, after)) * time.Second)
	for _, at := range []time.Time{first, second} {
		if wall(at.In(s.zone)).Equal(shown) {
			return at
		}
	}
	change, _ := second.In(s.zone).ZoneBounds()
	return change.UTC()
}
