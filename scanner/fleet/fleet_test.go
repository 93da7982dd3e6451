//go:build integration && unix

package fleet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/postgres"
)

func TestIntegrationFleet(t *testing.T) {
	server := postgres.Start(t)
	t.Run("runs side by side", func(t *testing.T) { testRuns(t, server) })
	t.Run("a run of a tenant that goes on", func(t *testing.T) { testSameRun(t, server) })
	t.Run("a run that cannot run", func(t *testing.T) { testBroken(t, server) })
	t.Run("another attempt", func(t *testing.T) { testAgain(t, server) })
	t.Run("no worker", func(t *testing.T) { testLate(t, server) })
	t.Run("a process that ends", func(t *testing.T) { testStop(t, server) })
	t.Run("an outage", func(t *testing.T) { testOutage(t, postgres.Start(t)) })
	t.Run("large and small tenants", func(t *testing.T) { testFairness(t, server) })
}

func testRuns(t *testing.T, server *postgres.Server) {
	database := server.Database(t)
	scheduler := join(t, database, 0, nil)
	w := &world{shards: 7}
	join(t, database, 3, w)
	join(t, database, 2, w)
	if _, _, err := scheduler.Report(t.Context(), "a", "report.html"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a report before any run: %v", err)
	}
	var group sync.WaitGroup
	for _, tenant := range []string{"a", "b", "c"} {
		group.Go(func() {
			e, err := scheduler.Run(t.Context(), tenant, time.Now())
			want := Ended{Traffic: Traffic{Requests: 8, Retries: 14, Waited: 7 * time.Second}}
			if err != nil || e != want {
				t.Errorf("%s: %+v, %v", tenant, e, err)
			}
			body, made, err := scheduler.Report(t.Context(), tenant, "report.html")
			if err != nil || !strings.HasSuffix(string(body), " of "+tenant) || time.Since(made).Abs() > time.Hour {
				t.Errorf("%s: report %q of %s, %v", tenant, body, made, err)
			}
		})
	}
	group.Wait()
	figures, err := scheduler.Figures(t.Context())
	if want := (Figures{Workers: 2, Slots: 5}); err != nil || figures != want {
		t.Errorf("afterwards %+v, %v", figures, err)
	}
	// A second run takes the place of what the first one left, and no exports are a run, too.
	w.shards = 0
	if e, err := scheduler.Run(t.Context(), "a", time.Now()); err != nil || e.Status != 0 {
		t.Errorf("without exports: %+v, %v", e, err)
	}
}

func testSameRun(t *testing.T, server *postgres.Server) {
	database := server.Database(t)
	one, other := join(t, database, 0, nil), join(t, database, 0, nil)
	left, leave := context.WithCancelCause(t.Context())
	gone := errors.New("this scheduler ends")
	leave(gone)
	if _, err := one.Run(left, "a", time.Now()); !errors.Is(err, gone) {
		t.Errorf("a scheduler that ends: %v", err)
	}
	if figures, err := other.Figures(t.Context()); err != nil || figures.Runs > 1 {
		t.Errorf("%+v, %v", figures, err)
	}
	var lists, finishes atomic.Int64
	w := &world{shards: 3, last: func(context.Context, Run) error { finishes.Add(1); return nil }}
	var group sync.WaitGroup
	for _, scheduler := range []*Fleet{one, other} {
		group.Go(func() {
			if e, err := scheduler.Run(t.Context(), "a", time.Now()); err != nil || e.Status != 0 {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
	for figures := (Figures{}); figures.Runs == 0; {
		figures, _ = one.Figures(t.Context())
	}
	join(t, database, 1, counting{w, &lists})
	group.Wait()
	if lists.Load() != 1 || finishes.Load() != 1 {
		t.Errorf("listed %d times, ended %d times", lists.Load(), finishes.Load())
	}
}

// counting counts the runs that are begun.
type counting struct {
	*world

	lists *atomic.Int64
}

func (c counting) List(ctx context.Context, run Run) (Listed, error) {
	c.lists.Add(1)
	return c.world.List(ctx, run)
}

func testBroken(t *testing.T, server *postgres.Server) {
	refused := errors.New("AWS settings that cannot work")
	for name, each := range map[string]func(context.Context, Run, int) error{
		refused.Error(): func(_ context.Context, _ Run, number int) error {
			if number == 2 {
				return refused
			}
			return nil
		},
		"a fault of the program": func(_ context.Context, _ Run, number int) error {
			if number == 3 {
				panic("out of luck")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := join(t, server.Database(t), 2, &world{shards: 5, each: each, last: func(context.Context, Run) error { return errors.New("it came to an end") }})
			e, err := f.Run(t.Context(), "a", time.Now())
			if err != nil || e.Status != 3 || !strings.Contains(e.Problem, name) && !strings.Contains(e.Problem, "out of luck") {
				t.Errorf("%+v, %v", e, err)
			}
			if _, _, err := f.Report(t.Context(), "a", "report.html"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("there is a report: %v", err)
			}
			if figures, err := f.Figures(t.Context()); err != nil || figures.Runs+figures.Waiting != 0 {
				t.Errorf("left: %+v, %v", figures, err)
			}
		})
	}
}

func testAgain(t *testing.T, server *postgres.Server) {
	var tries atomic.Int64
	again := func(times int64) func(context.Context, Run) error {
		return func(context.Context, Run) error {
			if tries.Add(1) <= times {
				return fmt.Errorf("the history does not answer: %w", ErrAgain)
			}
			return nil
		}
	}
	w := &world{shards: 2, last: again(2)}
	f := join(t, server.Database(t), 1, w)
	if e, err := f.Run(t.Context(), "a", time.Now()); err != nil || e.Status != 0 || tries.Load() != 3 {
		t.Errorf("%d attempts: %+v, %v", tries.Load(), e, err)
	}
	tries.Store(0)
	w.last = again(100)
	if e, err := f.Run(t.Context(), "a", time.Now()); err != nil || e.Status != 3 || !strings.Contains(e.Problem, "given up after 5 attempts: the history does not answer") || tries.Load() != 5 {
		t.Errorf("%d attempts: %+v, %v", tries.Load(), e, err)
	}
	// A step that does not end in its time is taken again.
	var slow atomic.Int64
	o := hurried(1, &world{shards: 2, each: func(ctx context.Context, _ Run, number int) error {
		if number == 1 && slow.Add(1) == 1 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}})
	o.StepTime = 300 * time.Millisecond
	hasty := joinWith(t, server.Database(t), o)
	if e, err := hasty.Run(t.Context(), "a", time.Now()); err != nil || e.Status != 0 || slow.Load() != 2 {
		t.Errorf("%d attempts: %+v, %v", slow.Load(), e, err)
	}
}

func testLate(t *testing.T, server *postgres.Server) {
	o := hurried(0, nil)
	o.RunTime = time.Second
	f := joinWith(t, server.Database(t), o)
	e, err := f.Run(t.Context(), "a", time.Now())
	if err != nil || e.Status != 3 || !strings.Contains(e.Problem, "did not end within 1s: there may be too few workers") {
		t.Errorf("%+v, %v", e, err)
	}
}

func testStop(t *testing.T, server *postgres.Server) {
	database := server.Database(t)
	scheduler := join(t, database, 0, nil)
	begun := make(chan struct{}, 10)
	o := hurried(1, &world{shards: 2, each: func(ctx context.Context, _ Run, _ int) error {
		begun <- struct{}{}
		<-ctx.Done()
		return nil // although it was cut off
	}})
	o.Grace = 100 * time.Millisecond
	config := scheduler.pool.Config().ConnConfig
	ending, err := Open(t.Context(), config, o)
	if err == nil {
		err = ending.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := begin(t, scheduler, "a")
	<-begun
	if err := ending.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	figures, err := scheduler.Figures(t.Context())
	// What it had not begun, or has given back, may lie in the queue, for whoever comes.
	if err != nil || figures.Workers != 0 || figures.Runs != 1 || figures.Waiting+figures.Admitted != 2 {
		t.Errorf("%+v, %v", figures, err)
	}
	var lost int
	if err := scheduler.pool.QueryRow(t.Context(), "SELECT SUM(lost) FROM fleet_step").Scan(&lost); err != nil || lost != 0 {
		t.Errorf("%d attempts were counted, %v", lost, err)
	}
	join(t, database, 1, &world{shards: 2})
	if e := <-ended; e.Status != 0 {
		t.Errorf("%+v", e)
	}
}

// testOutage has Postgres be away for longer than after which a silent worker is taken
// for dead. Nobody died: no step is taken again.
func testOutage(t *testing.T, server *postgres.Server) {
	var begun atomic.Int64
	hold := make(chan struct{})
	f := join(t, server.Database(t), 3, &world{shards: 3, each: func(context.Context, Run, int) error {
		begun.Add(1)
		<-hold
		return nil
	}})
	ended := begin(t, f, "a")
	for begun.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(2 * f.o.silence) // it has looked whether others died
	server.Kill(t)
	time.Sleep(2 * f.o.silence)
	server.Restart(t)
	time.Sleep(2 * f.o.silence)
	close(hold)
	if e := <-ended; e.Status != 0 || begun.Load() != 3 {
		t.Errorf("%d steps were begun: %+v", begun.Load(), e)
	}
}
