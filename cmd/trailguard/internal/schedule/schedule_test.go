package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/schedule"
)

func must(t *testing.T, s schedule.Spec, who string) *schedule.Schedule {
	t.Helper()
	got, err := schedule.New(s, who)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// deadlines are those between two days of a zone.
func deadlines(t *testing.T, s schedule.Spec, from, until string) []time.Time {
	t.Helper()
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation(time.DateOnly, from, zone)
	if err != nil {
		t.Fatal(err)
	}
	end, err := time.ParseInLocation(time.DateOnly, until, zone)
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Time
	sched := must(t, s, "acme")
	for at = sched.Next(at.Add(-time.Second)); at.Before(end); at = sched.Next(at) {
		if n := len(all); n > 0 && !at.After(all[n-1]) {
			t.Fatalf("%v: %s comes after %s", s, at, all[n-1])
		}
		all = append(all, at)
	}
	return all
}

// Every day of two years has each hour that is named once, also the days on which the
// clocks change; what comes due every hour comes due every hour that passes.
func TestChangesOfTheClock(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns", "Etc/UTC"} {
		for cron, daily := range map[string]int{
			"30 2 * * *": 1, "0 2 * * *": 1, "30 1 * * *": 1, "0 3 * * *": 1, "15 6 * * *": 1, "0 0 * * *": 1, "30 0 * * *": 1,
			"45 1,13 * * *": 2, "0 */6 * * *": 4, "@daily": 1,
		} {
			days := map[string]int{}
			loc, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			all := deadlines(t, schedule.Spec{Cron: cron, Zone: zone}, "2026-01-01", "2028-01-01")
			for _, at := range all {
				days[at.In(loc).Format(time.DateOnly)]++
			}
			if len(days) != 365*2 {
				t.Errorf("%s in %s: %d days of 730 have a run", cron, zone, len(days))
			}
			for day, n := range days {
				if n != daily {
					t.Errorf("%s in %s: %d runs on %s, want %d", cron, zone, n, day, daily)
				}
			}
		}
		for cron, hourly := range map[string]time.Duration{"0 * * * *": time.Hour, "*/30 * * * *": 30 * time.Minute} {
			all := deadlines(t, schedule.Spec{Cron: cron, Zone: zone}, "2026-01-01", "2028-01-01")
			for i := range all[1:] {
				// Where clocks change by half an hour, so does the time to the next full one.
				if d := all[i+1].Sub(all[i]); d != hourly && zone != "Australia/Lord_Howe" {
					t.Errorf("%s in %s: %s after %s", cron, zone, d, all[i].In(time.UTC))
				}
			}
		}
	}
}

// The changes of 2026 and 2027, as instants.
func TestInstantsOfChanges(t *testing.T) {
	for _, tt := range []struct{ zone, cron, from, until, want string }{
		{"Europe/Berlin", "30 2 * * *", "2026-03-28", "2026-03-31", "28T01:30 29T01:00 30T00:30"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-24", "2026-10-27", "24T00:30 25T00:30 26T01:30"},
		{"Europe/Berlin", "30 2 * * 0", "2026-10-24", "2026-10-27", "25T00:30"},
		{"Europe/Berlin", "0,30 2,3 * * *", "2027-03-28", "2027-03-29", "28T01:00 28T01:30"},
		{"America/New_York", "30 2 * * *", "2026-03-07", "2026-03-10", "07T07:30 08T07:00 09T06:30"},
		{"America/New_York", "30 1 * * *", "2026-10-31", "2026-11-03", "31T05:30 01T05:30 02T06:30"},
		{"America/New_York", "30 1 * * *", "2027-11-06", "2027-11-09", "06T05:30 07T05:30 08T06:30"},
	} {
		var got []string
		for _, at := range deadlines(t, schedule.Spec{Cron: tt.cron, Zone: tt.zone}, tt.from, tt.until) {
			got = append(got, at.Format("02T15:04"))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s in %s from %s: %s, want %s", tt.cron, tt.zone, tt.from, s, tt.want)
		}
	}
}

// A tenant's delay is always the same, within the jitter, and not that of others.
func TestJitter(t *testing.T) {
	spec := schedule.Spec{Cron: "0 6 * * *", Zone: "Europe/Berlin", Jitter: 10 * time.Minute}
	at := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	seen := map[time.Duration]bool{}
	for _, who := range []string{"acme", "globex", "initech", "umbrella", "hooli"} {
		next := must(t, spec, who).Next(at)
		delay := next.Sub(time.Date(2026, 3, 29, 4, 0, 0, 0, time.UTC))
		if delay < 0 || delay > spec.Jitter || seen[delay] {
			t.Errorf("%s is delayed by %s", who, delay)
		}
		seen[delay] = true
		if again := must(t, spec, who).Next(at); !again.Equal(next) {
			t.Errorf("%s: %s, then %s", who, next, again)
		}
		if following := must(t, spec, who).Next(next); following.Sub(next) != 24*time.Hour {
			t.Errorf("%s: %s is followed by %s", who, next, following)
		}
	}
}

// Of many missed deadlines the last one tells.
func TestLast(t *testing.T) {
	s := must(t, schedule.Spec{Cron: "15 6 * * *"}, "acme")
	day := time.Date(2026, 3, 2, 6, 15, 0, 0, time.UTC)
	for _, tt := range []struct{ after, until, want time.Time }{
		{day.AddDate(0, 0, -3), day.Add(time.Hour), day},
		{day.AddDate(0, 0, -3), day, day},
		{day, day.Add(time.Hour), time.Time{}},
		{time.Time{}, day.Add(time.Hour), day},
		{day.AddDate(1, 0, 0), day, time.Time{}},
	} {
		if got := s.Last(tt.after, tt.until); !got.Equal(tt.want) {
			t.Errorf("after %s until %s: %s, want %s", tt.after, tt.until, got, tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct{ cron, zone, want string }{
		{"", "", "no cron expression"},
		{"61 6 * * *", "", "no cron expression"},
		{"15 6 * *", "", "no cron expression"},
		{"0 15 6 * * *", "", "no cron expression"},
		{"every day", "", "no cron expression"},
		{"@reboot", "", "no cron expression"},
		{"@every 6h", "", "counts from the start"},
		{"0 0 30 2 *", "", "never comes due"},
		{"TZ=Europe/Berlin 0 6 * * *", "", "write it as timeZone"},
		{"0 6 * * *", "Europe/Berlinn", "unknown time zone"},
		{"0 6 * * *", "Local", "unknown time zone"},
		{"0 6 * * *", "../../etc/passwd", "unknown time zone"},
	} {
		_, err := schedule.New(schedule.Spec{Cron: tt.cron, Zone: tt.zone}, "acme")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q in %q: %v, want %q", tt.cron, tt.zone, err, tt.want)
		}
	}
}
