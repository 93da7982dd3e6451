package service_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/service"
)

func parallel(n int) func(*service.Options) {
	return func(o *service.Options) { o.Parallel = n }
}

// begun is which tenants' runs began, as of the clock, in their order.
func (w *world) begun() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, r := range w.runs {
		list = append(list, r.from.Format("15:04 ")+r.Tenant)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func (w *world) times(text string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.said {
		if strings.Contains(s, text) {
			n++
		}
	}
	return n
}

// What is due at one time is scanned at once, as far as there is room for it; whoever
// finds none goes on as soon as another one has ended.
func TestRunsAtOnce(t *testing.T) {
	for _, tt := range []struct {
		parallel int
		current  string // five minutes after the deadline
		begun    string
	}{
		{0, "a b c", "13:00 a, 13:00 b, 13:00 c"},
		{2, "a b", "13:00 a, 13:00 b, 13:10 c"},
		{1, "a", "13:00 a, 13:10 b, 13:30 c"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := tenants(t, "", "0 13 * * *", "0 13 * * *", "0 13 * * *")
			w := &world{takes: map[string]time.Duration{"a": 10 * time.Minute, "b": 20 * time.Minute, "c": 10 * time.Minute}, last: scanned(s, noon)}
			w.set(noon)
			v, stop := w.start(t, s, parallel(tt.parallel))
			time.Sleep(65 * time.Minute)
			synctest.Wait()
			if got := strings.Join(slices.Sorted(maps.Keys(v.Status().Current)), " "); got != tt.current {
				t.Errorf("%d at once: %s go on, want %s", tt.parallel, got, tt.current)
			}
			time.Sleep(2 * time.Hour)
			synctest.Wait()
			if got := w.begun(); got != tt.begun || len(v.Status().Current) > 0 {
				t.Errorf("%d at once: %s, want %s; %v go on", tt.parallel, got, tt.begun, v.Status().Current)
			}
			for _, name := range []string{"a", "b", "c"} {
				if f := v.Status().Figures[name]; f.Outcomes[service.Clean] != 1 || f.Took != w.takes[name] {
					t.Errorf("%d at once: %s has %+v", tt.parallel, name, f)
				}
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// However much room there is, a tenant has one run: neither what comes due meanwhile
// nor a configuration that loses it and finds it again begins another. Others are on
// time.
func TestTenantIsNeverScannedTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tenants(t, "", "0 * * * *", "30 * * * *")
		w := &world{takes: map[string]time.Duration{"a": 150 * time.Minute, "b": time.Minute}, last: map[string]time.Time{"b": noon}}
		w.set(noon)
		v, stop := w.start(t, s, parallel(0)) // a was never scanned
		for _, known := range [][]service.Tenant{s.Tenants[1:], s.Tenants} {
			time.Sleep(20 * time.Minute)
			w.mu.Lock()
			w.settings = &service.Settings{Tenants: known, Grace: time.Minute}
			w.mu.Unlock()
			v.Reload()
			synctest.Wait()
		}
		time.Sleep(4*time.Hour + 10*time.Minute)
		synctest.Wait()
		if f := v.Status().Figures["a"]; f.Skipped != 3 || w.times("a: the run of 2026-06-10T13:00:00Z is left out") != 1 {
			t.Errorf("%d were left out: %q", f.Skipped, w.said)
		}
		if want := "12:00 a, 12:30 b, 13:30 b, 14:30 b, 15:30 b, 16:30 b"; w.begun() != want {
			t.Errorf("%s, want %s", w.begun(), want)
		}
		if c := v.Status().Current; len(c) != 1 || c["a"].Started.Hour() != 15 {
			t.Errorf("%+v", c)
		}
		_ = stop() // the last run is cut off
	})
}

// Many tenants with room for some: never more go on at once than there is room for,
// none beside itself, and each has its runs.
func TestRoomIsNeverExceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crons := slices.Repeat([]string{"*/30 * * * *"}, 12)
		s := tenants(t, "", crons...)
		w := &world{takes: map[string]time.Duration{}, last: scanned(s, noon)}
		for i := range s.Tenants {
			w.takes[s.Tenants[i].Name] = time.Duration(i+1) * time.Minute
		}
		w.set(noon)
		_, stop := w.start(t, s, parallel(4))
		time.Sleep(10 * time.Hour)
		_ = stop() // what goes on may be cut off
		most, own := 0, map[string]int{}
		for _, r := range w.runs {
			beside := 0
			for _, o := range w.runs {
				if !o.from.After(r.from) && o.to.After(r.from) {
					if beside++; o.Tenant == r.Tenant && o != r {
						t.Errorf("%s runs beside itself at %s", r.Tenant, r.from)
					}
				}
			}
			most = max(most, beside)
			own[r.Tenant]++
		}
		if most != 4 || len(own) != 12 || own["a"] < 19 || own["l"] < 19 {
			t.Errorf("%d at once, %v", most, own)
		}
	})
}

// A deadline that passes while the service looks at the clock begins no second run.
func TestClockGoesOnWithinATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tenants(t, "", "* * * * *")
		w := &world{takes: map[string]time.Duration{"a": 10 * time.Minute}, last: scanned(s, noon)}
		w.set(noon)
		_, stop := w.start(t, s, parallel(0), func(o *service.Options) {
			o.Now = func() time.Time {
				w.mu.Lock()
				w.ahead += 7 * time.Second
				w.mu.Unlock()
				return w.now()
			}
		})
		time.Sleep(3 * time.Hour)
		_ = stop() // the last run may be cut off
		for i, r := range w.runs {
			if i > 0 && r.from.Before(w.runs[i-1].to) {
				t.Errorf("a run begins at %s, and the one before ends at %s", r.from, w.runs[i-1].to)
			}
		}
		if len(w.runs) < 10 {
			t.Errorf("%d runs", len(w.runs))
		}
	})
}

// roles is what a process is told when it asks whether it schedules.
type roles struct {
	*world
	leads bool
	err   error
}

func (r *roles) option(o *service.Options) {
	o.Parallel = 0
	o.Leads = func(context.Context) (bool, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.leads, r.err
	}
}

func (r *roles) are(leads bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leads, r.err = leads, err
}

// A process that does not lead begins nothing, whatever is due. Once it does, it
// begins what the history says is still to be done, and nothing that others did.
func TestFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &roles{world: &world{last: map[string]time.Time{"a": noon.AddDate(0, 0, -3), "b": noon.AddDate(0, 0, -3)}}}
		w.set(noon)
		v, stop := w.start(t, tenants(t, "", "0 * * * *", "30 * * * *", "45 * * * *"), w.option)
		time.Sleep(130 * time.Minute) // 14:10
		synctest.Wait()
		if w.begun() != "" || v.Status().Figures["a"].Skipped != 0 || len(w.said) != 1 || w.times("another process schedules") != 1 {
			t.Errorf("%s, %q", w.begun(), w.said)
		}
		if next := v.Status().Next["a"]; !next.Equal(at(t, "2026-06-10T15:00")) {
			t.Errorf("the next run is shown for %s", next)
		}
		w.mu.Lock()
		w.last = map[string]time.Time{"a": at(t, "2026-06-10T14:01"), "b": at(t, "2026-06-10T12:31")}
		w.mu.Unlock()
		w.are(true, nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := "14:10 b, 14:10 c"; w.begun() != want || !w.runs[0].Deadline.Equal(at(t, "2026-06-10T13:30")) && !w.runs[1].Deadline.Equal(at(t, "2026-06-10T13:30")) {
			t.Errorf("%+v, want %s", w.runs, want)
		}
		time.Sleep(time.Hour)
		if want := "14:10 b, 14:10 c, 14:30 b, 14:45 c, 15:00 a"; w.begun() != want || w.times("this process schedules now") != 1 || len(w.said) != 2 {
			t.Errorf("%s, want %s; %q", w.begun(), want, w.said)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A process that stops leading lets its runs go on, and begins no other.
func TestLeadIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tenants(t, "", "*/10 * * * *", "30 * * * *")
		w := &roles{world: &world{takes: map[string]time.Duration{"a": 25 * time.Minute}, last: scanned(s, noon)}, leads: true}
		w.set(noon)
		v, stop := w.start(t, s, w.option)
		time.Sleep(15 * time.Minute) // the run of 12:10 goes on
		w.are(false, nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		if f := v.Status().Figures["a"]; w.begun() != "12:10 a" || f.Outcomes[service.Clean] != 1 || f.Skipped != 0 {
			t.Errorf("%s, %+v", w.begun(), f)
		}
		if w.times("this process schedules now") != 1 || w.times("another process schedules") != 1 || len(w.said) != 2 {
			t.Errorf("%q", w.said)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// Where nobody knows who leads, or the history does not answer one that begins to,
// nothing begins; afterwards, what could not run is not repeated before its time.
func TestLeadIsNotKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tenants(t, "", "5 * * * *")
		w := &roles{world: &world{last: map[string]time.Time{"a": noon}, status: 3}, err: errors.New("no connection")}
		w.set(noon)
		_, stop := w.start(t, s, w.option)
		step := func(leads bool, err, lost error) {
			w.are(leads, err)
			w.mu.Lock()
			w.lost = lost
			w.mu.Unlock()
			time.Sleep(10 * time.Minute)
			synctest.Wait()
		}
		step(true, errors.New("no connection"), nil)
		if w.begun() != "" || !w.says("it begins nothing until it is: no connection") {
			t.Errorf("%s, %q", w.begun(), w.said)
		}
		step(true, nil, errors.New("the history is gone"))
		if w.begun() != "" || !w.says("the history is gone") || w.says("this process schedules now") {
			t.Errorf("%s, %q", w.begun(), w.said)
		}
		step(true, nil, nil)
		if w.begun() != "12:20 a" || w.times("this process schedules now") != 1 {
			t.Errorf("%s, %q", w.begun(), w.said)
		}
		step(false, errors.New("no connection"), nil)
		step(true, nil, nil)
		if w.begun() != "12:20 a" || w.times("this process schedules now") != 2 {
			t.Errorf("%s, %q", w.begun(), w.said)
		}
		step(true, nil, nil)
		step(true, nil, nil)
		if w.begun() != "12:20 a, 13:05 a" {
			t.Errorf("%s", w.begun())
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// Runs that go on elsewhere do not keep the process: it takes what comes within a
// second, and none of them is an error.
func TestDetachedDrain(t *testing.T) {
	for _, tt := range []struct {
		name string
		hang bool
		want time.Duration
	}{
		{"results come at once", false, 500 * time.Millisecond},
		{"one does not come", true, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{}
				v, stop := w.start(t, tenants(t, "", "0 * * * *", "0 * * * *", "0 * * * *"), func(o *service.Options) {
					o.Parallel, o.Detached = 0, true
					o.Scan = func(ctx context.Context, due service.Due) service.Result {
						<-ctx.Done()
						time.Sleep(500 * time.Millisecond)
						if tt.hang && due.Tenant == "b" {
							time.Sleep(time.Hour)
						}
						return service.Result{Status: 143}
					}
				})
				time.Sleep(10 * time.Second)
				begun := time.Now()
				if err := stop(); err != nil {
					t.Error(err)
				}
				if d := time.Since(begun); d != tt.want {
					t.Errorf("it took %s, want %s", d, tt.want)
				}
				got := v.Status()
				if !v.Draining() || got.Figures["a"].Outcomes[service.Interrupted] != 1 || (len(got.Current) > 0) != tt.hang || !w.says("3 runs go on without this process") {
					t.Errorf("%+v, %q", got, w.said)
				}
				time.Sleep(2 * time.Hour) // the last one ends, too
			})
		})
	}
}

// Several runs that go on have one grace period together.
func TestDrainOfSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{takes: map[string]time.Duration{"a": 30 * time.Second, "b": time.Hour, "c": 2 * time.Hour}}
		v, stop := w.start(t, tenants(t, "", "0 0 * * *", "0 0 * * *", "0 0 * * *"), parallel(0))
		time.Sleep(10 * time.Second)
		begun := time.Now()
		if err := stop(); err != nil || time.Since(begun) != 45*time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		var got []string
		for _, name := range []string{"a", "b", "c"} {
			got = append(got, fmt.Sprint(v.Status().Figures[name].Outcomes))
		}
		if want := "map[clean:1] map[interrupted:1] map[interrupted:1]"; strings.Join(got, " ") != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
