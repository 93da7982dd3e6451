package service_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/schedule"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/service"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ran is a run as the test's world saw it.
type ran struct {
	service.Due
	from, to time.Time
}

// world is what a service runs in: its clock is the bubble's, which stands still
// while anybody works, and may be set.
type world struct {
	mu       sync.Mutex
	ahead    time.Duration // of the bubble's clock
	takes    map[string]time.Duration
	last     map[string]time.Time
	runs     []ran
	said     []string
	settings *service.Settings // of the next reload
	wrong    error
	lost     error // of the history
	status   int
	hang     bool // a run does not end with its context
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead).UTC()
}

// set sets the clock.
func (w *world) set(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead = time.Until(now)
}

func (w *world) scan(ctx context.Context, due service.Due) service.Result {
	r := ran{Due: due, from: w.now()}
	w.mu.Lock()
	status := w.status
	w.mu.Unlock()
	select {
	case <-time.After(w.takes[due.Tenant]):
	case <-w.cancelled(ctx):
		status = 143
	}
	r.to = w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs = append(w.runs, r)
	return service.Result{Status: status, Requests: 7, Retries: 1, Waited: time.Second}
}

func (w *world) cancelled(ctx context.Context) <-chan struct{} {
	if w.hang {
		return nil
	}
	return ctx.Done()
}

func (w *world) options() service.Options {
	say := func(text string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said = append(w.said, text)
	}
	return service.Options{
		Now: w.now, After: time.After, Scan: w.scan, Parallel: 1,
		LastRun: func(context.Context) (map[string]time.Time, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return maps.Clone(w.last), w.lost
		},
		Reload: func(bool) (*service.Settings, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			s := w.settings
			w.settings = nil
			return s, w.wrong
		},
		Note: func(tenant, text string) { say(tenant + ": " + text) },
		Warn: func(tenant string, err error) { say(tenant + ": " + err.Error()) },
	}
}

func (w *world) says(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.said, func(s string) bool { return strings.Contains(s, text) })
}

func tenants(t testing.TB, zone string, crons ...string) *service.Settings {
	t.Helper()
	s := &service.Settings{Grace: time.Minute}
	for i, cron := range crons {
		sched, err := schedule.New(schedule.Spec{Cron: cron, Zone: zone}, "")
		if err != nil {
			t.Fatal(err)
		}
		s.Tenants = append(s.Tenants, service.Tenant{Name: string(rune('a' + i)), Schedule: sched})
	}
	return s
}

// start has a service run in the world until it is stopped.
func (w *world) start(t testing.TB, s *service.Settings, change ...func(*service.Options)) (v *service.Service, stop func() error) {
	t.Helper()
	o := w.options()
	for _, f := range change {
		f(&o)
	}
	v, err := service.New(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	return v, func() error {
		cancel()
		return <-ended
	}
}

// scanned says that all tenants were scanned just before a time.
func scanned(s *service.Settings, at time.Time) map[string]time.Time {
	last := map[string]time.Time{}
	for i := range s.Tenants {
		last[s.Tenants[i].Name] = at
	}
	return last
}

// Over 72 hours with a change of the clocks each deadline has one run, on time, in
// whatever zone and whichever way they change; nothing runs beside anything else.
func TestSeventyTwoHours(t *testing.T) {
	for _, tt := range []struct {
		zone, start string
		hours       int // that pass in three days of the zone
	}{
		{"Europe/Berlin", "2026-03-27T23:00", 71},
		{"Europe/Berlin", "2026-10-23T22:00", 73},
		{"America/New_York", "2026-03-07T05:00", 71},
		{"America/New_York", "2026-10-31T04:00", 73},
		{"Europe/Berlin", "2027-03-26T23:00", 71},
		{"America/New_York", "2027-11-06T04:00", 73},
	} {
		synctest.Test(t, func(t *testing.T) {
			begin := at(t, tt.start)
			s := tenants(t, tt.zone, "30 2 * * *", "30 1 * * *", "15 * * * *", "0 */6 * * *")
			w := &world{takes: map[string]time.Duration{"a": time.Minute, "b": time.Minute, "c": 2 * time.Minute, "d": time.Minute}, last: scanned(s, begin.Add(-time.Second))}
			w.set(begin)
			_, stop := w.start(t, s)
			time.Sleep(time.Duration(tt.hours)*time.Hour - time.Second)
			if err := stop(); err != nil {
				t.Error(err)
			}
			count, deadlines := map[string]int{}, map[string]bool{}
			for i, r := range w.runs {
				count[r.Tenant]++
				key := fmt.Sprint(r.Tenant, r.Deadline)
				if deadlines[key] {
					t.Errorf("%s %s: %s has two runs", tt.zone, tt.start, key)
				}
				deadlines[key] = true
				if late := r.from.Sub(r.Deadline); late < 0 || late > 4*time.Minute {
					t.Errorf("%s %s: the run of %s began %s late", tt.zone, tt.start, key, late)
				}
				if i > 0 && r.from.Before(w.runs[i-1].to) {
					t.Errorf("%s %s: %s runs beside another", tt.zone, tt.start, key)
				}
			}
			if want := map[string]int{"a": 3, "b": 3, "c": tt.hours, "d": 12}; fmt.Sprint(count) != fmt.Sprint(want) {
				t.Errorf("%s %s: %v runs, want %v", tt.zone, tt.start, count, want)
			}
			if len(w.said) > 0 {
				t.Errorf("%q", w.said)
			}
		})
	}
}

// However many deadlines were missed, the start makes up for them once; a tenant
// without any run is scanned at once, and one that is up to date waits.
func TestMissedRunsAreCaughtUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := at(t, "2026-06-10T12:00")
		w := &world{last: map[string]time.Time{"a": now.AddDate(0, 0, -9), "b": now.Add(-time.Hour)}}
		w.set(now)
		_, stop := w.start(t, tenants(t, "", "15 6 * * *", "15 6 * * *", "15 6 * * *"))
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if len(w.runs) != 2 || w.runs[0].Tenant != "c" || !w.runs[0].Deadline.IsZero() || w.runs[1].Tenant != "a" || !w.runs[1].Deadline.Equal(at(t, "2026-06-10T06:15")) {
			t.Errorf("%+v", w.runs)
		}
	})
}

// A run that takes longer than its schedule allows is never joined by another: what
// comes due meanwhile is left out, and that is said.
func TestLongRunDoesNotDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := at(t, "2026-06-10T12:00")
		s := tenants(t, "", "0 * * * *")
		w := &world{takes: map[string]time.Duration{"a": 150 * time.Minute}, last: scanned(s, now)}
		w.set(now)
		v, stop := w.start(t, s)
		time.Sleep(5 * time.Hour) // runs begin at 13:00 and 16:00, and 14:00 and 15:00 pass
		synctest.Wait()
		if skipped := v.Status().Figures["a"].Skipped; skipped != 3 || !w.says("a: the run of 2026-06-10T14:00:00Z is left out") {
			t.Errorf("%d runs were left out: %q", skipped, w.said)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if len(w.runs) != 2 || !w.runs[1].Deadline.Equal(at(t, "2026-06-10T16:00")) {
			t.Errorf("%+v", w.runs)
		}
	})
}

// One tenant that takes long makes others wait for one of its runs, never for two.
func TestOldestDeadlineIsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := at(t, "2026-06-10T12:00")
		s := tenants(t, "", "*/5 * * * *", "30 * * * *", "31 * * * *", "32 * * * *")
		w := &world{takes: map[string]time.Duration{"a": 13 * time.Minute, "b": time.Minute, "c": time.Minute, "d": time.Minute}, last: scanned(s, now)}
		w.set(now)
		_, stop := w.start(t, s)
		time.Sleep(10 * time.Hour)
		_ = stop() // the last run may be cut off
		waited := map[string]time.Duration{}
		for _, r := range w.runs {
			waited[r.Tenant] = max(waited[r.Tenant], r.from.Sub(r.Deadline))
		}
		if waited["b"] == 0 {
			t.Error("nobody ever waited: the test tests nothing")
		}
		for _, small := range []string{"b", "c", "d"} {
			if waited[small] > 15*time.Minute {
				t.Errorf("%s waited for %s", small, waited[small])
			}
		}
	})
}

// A clock that jumps ahead costs one run; one that is set back repeats none of the
// last hour, and never keeps a tenant from being scanned for long.
func TestClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := at(t, "2026-06-10T12:00")
		s := tenants(t, "", "0 * * * *")
		w := &world{last: scanned(s, now)}
		w.set(now)
		_, stop := w.start(t, s)
		time.Sleep(61 * time.Minute) // the run of 13:00
		w.set(at(t, "2026-06-10T12:58"))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(w.runs) != 1 {
			t.Errorf("set back by three minutes: %+v", w.runs)
		}
		w.set(at(t, "2030-06-10T12:30"))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(w.runs) != 2 || !w.runs[1].Deadline.Equal(at(t, "2030-06-10T12:00")) {
			t.Errorf("four years ahead: %+v", w.runs)
		}
		w.set(at(t, "2026-06-10T13:30"))
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(w.runs) != 3 || !w.runs[2].Deadline.Equal(at(t, "2026-06-10T14:00")) || !w.says("a: the last scan lies in the future") {
			t.Errorf("and back: %+v, %q", w.runs, w.said)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A configuration takes effect as it is read; a wrong one changes nothing but what is
// said of it.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := at(t, "2026-06-10T12:00")
		s := tenants(t, "", "0 13 * * *")
		w := &world{last: map[string]time.Time{"a": now, "b": now}}
		w.set(now)
		v, stop := w.start(t, s)
		w.mu.Lock()
		w.wrong = errors.New("t.yaml:3: nonsense")
		w.mu.Unlock()
		v.Reload()
		synctest.Wait()
		if got := v.Status(); got.Reloaded.Good || !w.says("the configuration stays as it was: t.yaml:3: nonsense") || len(got.Settings.Tenants) != 1 {
			t.Errorf("%+v, %q", got, w.said)
		}
		w.mu.Lock()
		w.wrong, w.settings = nil, tenants(t, "", "0 13 * * *", "30 12 * * *")
		w.mu.Unlock()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got := v.Status(); !got.Reloaded.Good || !got.Reloaded.At.After(now) || len(w.runs) != 2 || w.runs[0].Tenant != "b" || w.runs[1].Tenant != "a" {
			t.Errorf("%+v, %+v", got, w.runs)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A service that is told to end begins nothing, lets the run come to its end, tells it
// to stop towards the end of the grace period, and gives up on one that does not.
func TestDrain(t *testing.T) {
	for _, tt := range []struct {
		name    string
		takes   time.Duration
		hang    bool
		after   time.Duration
		outcome string
		want    error
	}{
		{"it ends in time", 30 * time.Second, false, 20 * time.Second, service.Clean, nil},
		{"it is told to stop", time.Hour, false, 45 * time.Second, service.Interrupted, nil},
		{"it does not stop", time.Hour, true, time.Minute, "", service.ErrGrace},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{takes: map[string]time.Duration{"a": tt.takes, "b": tt.takes}, hang: tt.hang}
				v, stop := w.start(t, tenants(t, "", "0 * * * *", "0 * * * *"))
				time.Sleep(10 * time.Second)
				begun := time.Now()
				if err := stop(); !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
				if d := time.Since(begun); d != tt.after {
					t.Errorf("it took %s, want %s", d, tt.after)
				}
				got := v.Status()
				if !v.Draining() || tt.outcome != "" && got.Figures["a"].Outcomes[tt.outcome] != 1 || len(got.Figures["b"].Outcomes) > 0 {
					t.Errorf("%+v", got)
				}
				time.Sleep(2 * time.Hour) // a run that was given up ends, too
			})
		})
	}
}

// What runs came to is counted.
func TestFigures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tenants(t, "", "0 * * * *")
		w := &world{takes: map[string]time.Duration{"a": 90 * time.Second}, last: scanned(s, time.Now()), status: 2}
		v, stop := w.start(t, s)
		time.Sleep(150 * time.Minute)
		got := v.Status().Figures["a"]
		if got.Outcomes[service.Incomplete] != 2 || got.Requests != 14 || got.Retries != 2 || got.Waited != 2*time.Second || got.Took != 90*time.Second {
			t.Errorf("%+v", got)
		}
		if next := v.Status().Next["a"]; !next.After(time.Now()) || next.After(time.Now().Add(time.Hour)) {
			t.Errorf("the next run is at %s", next)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A run that could not run is known as such until one could: the history has none.
func TestBrokenRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tenants(t, "", "0 * * * *")
		w := &world{last: scanned(s, time.Now()), status: 3}
		v, stop := w.start(t, s)
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		if got := v.Status().Figures["a"]; got.Broken.IsZero() || got.Outcomes[service.Broken] == 0 {
			t.Errorf("%+v", got)
		}
		w.mu.Lock()
		w.status = 1
		w.mu.Unlock()
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := v.Status().Figures["a"]; !got.Broken.IsZero() {
			t.Errorf("%+v", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestOutcome(t *testing.T) {
	for status, want := range map[int]string{0: "clean", 1: "failing", 2: "incomplete", 3: "error", 130: "interrupted", 143: "interrupted", 64: "error"} {
		if got := service.Outcome(status); got != want || !slices.Contains(service.Outcomes(), got) {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
}
