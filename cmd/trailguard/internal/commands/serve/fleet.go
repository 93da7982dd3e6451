package serve

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/service"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws"
	"github.com/trailguard/trailguard/scanner/fleet"
	"github.com/trailguard/trailguard/scanner/fleet/budget"
	"github.com/trailguard/trailguard/scanner/history"
)

// join takes the history for this process, or where others may reach it, joins the
// fleet that it is shared by.
func (s *server) join(ctx context.Context) (err error) {
	server := s.store.Server()
	if server == nil {
		s.hold, err = s.store.Hold(ctx)
		return err
	}
	c := &s.now().Serve
	o := fleet.Options{
		// One step may list, collect and judge, each for as long as it may take; a run
		// of many shards may have to wait for others'.
		StepTime: 3*c.RunTimeout() + stepSlack, RunTime: max(longestRun, 4*c.RunTimeout()),
		Grace: c.GracePeriod() - min(c.GracePeriod()/4, leaving), Now: s.app.Now, Warn: s.app.Warn,
	}
	work := &team{server: s}
	if s.flags.role.Value != scheduler {
		o.Slots, o.Work = cmp.Or(int(s.flags.workers), c.Slots()), work
	}
	if s.fleet, err = fleet.Open(ctx, server, o); err != nil {
		return err
	}
	work.budgets = budget.New(s.fleet.Pool(), c.Rates())
	return nil
}

const (
	stepSlack  = 5 * time.Minute
	longestRun = 24 * time.Hour
	leaving    = 10 * time.Second // what of the grace period is kept to give back what was not done
)

// leave lets go of the history, and then of what this process had begun to do. It
// does nothing the second time.
func (s *server) leave(ctx context.Context) {
	s.left.Do(func() {
		if s.hold != nil {
			_ = s.hold.Release() // the process ends
		}
		if s.fleet == nil {
			return
		}
		if err := s.fleet.Stop(ctx); err != nil {
			s.app.Warn(fmt.Errorf("leave the fleet: %w", err))
		}
	})
}

// leads says whether this process says who is due: the one that holds the history.
func (s *server) leads(ctx context.Context) (leads bool, err error) {
	defer func() { s.ahead.Store(leads) }()
	if s.flags.role.Value == worker {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, leadTime)
	defer cancel()
	if s.hold == nil {
		s.hold, err = s.store.Hold(ctx)
	} else {
		err = s.hold.Keep(ctx)
	}
	if errors.Is(err, history.ErrHeld) {
		return false, nil
	}
	return err == nil, err
}

// tells says whether this process tells others what is in the outbox.
func (s *server) tells() bool { return s.fleet == nil || s.ahead.Load() }

// leadTime bounds how long that may take.
const leadTime = 5 * time.Second

// haveScanned has a tenant scanned by the fleet.
func (s *server) haveScanned(ctx context.Context, due service.Due) service.Result {
	a := s.aboutRun(due.Tenant, due.Deadline)
	ended, err := s.fleet.Run(ctx, due.Tenant, due.Deadline)
	if err != nil {
		return service.Result{Status: scanner.ExitTerminated} // this process ends, and the run goes on
	}
	exit := &cli.ExitError{Status: ended.Status}
	if ended.Problem != "" {
		exit.Err = errors.New(ended.Problem)
	}
	s.told(ctx, a, due.Tenant, exit)
	s.verify(ctx)
	return service.Result{Status: ended.Status, Requests: ended.Traffic.Requests, Retries: ended.Traffic.Retries, Waited: ended.Traffic.Waited}
}

// report opens the latest report of a tenant.
func (s *server) report(tenant, name string) (io.ReadSeekCloser, time.Time, error) {
	ctx, cancel := context.WithTimeout(context.Background(), leadTime)
	defer cancel()
	body, made, err := s.fleet.Report(ctx, tenant, name)
	return struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader(body), io.NopCloser(nil)}, made, err
}

// figures are those of the fleet.
func (s *server) figures(ctx context.Context) ([]service.Gauge, error) {
	f, err := s.fleet.Figures(ctx)
	leading := 0.0
	if s.ahead.Load() {
		leading = 1
	}
	return []service.Gauge{
		{Name: "trailguard_fleet_leading", Help: "1 where this process schedules.", Value: leading},
		{Name: "trailguard_fleet_workers", Help: "Processes that take steps of runs.", Value: float64(f.Workers)},
		{Name: "trailguard_fleet_slots", Help: "Steps that they take at once.", Value: float64(f.Slots)},
		{Name: "trailguard_fleet_runs", Help: "Runs that go on.", Value: float64(f.Runs)},
		{Name: "trailguard_fleet_oldest_run_seconds", Help: "How long the oldest run that goes on has done so.", Value: f.OldestRun.Seconds()},
		{Name: "trailguard_fleet_steps", Help: "Steps of runs that go on.", Value: float64(f.Waiting), Labels: []string{"state", "waiting"}},
		{Name: "trailguard_fleet_steps", Help: "Steps of runs that go on.", Value: float64(f.Admitted), Labels: []string{"state", "admitted"}},
	}, err
}

// team does the steps of runs.
type team struct {
	*server

	budgets *budget.Budgets // of requests to AWS
}

// options are those by which a step collects.
func (t *team) options(a *app.App, c *config.Config) pipeline.CollectOptions {
	return pipeline.CollectOptions{
		Config: c, ToolVersion: a.Version, Now: a.Now, Traffic: a.Journal, Progress: func(int, int) {}, Warn: a.Warn,
	}
}

func traffic(a *app.App) fleet.Traffic {
	var t fleet.Traffic
	t.Requests, t.Retries, t.Waited = a.Journal.Traffic()
	return t
}

// List lists the tenant's exports.
func (t *team) List(ctx context.Context, run fleet.Run) (fleet.Listed, error) {
	a, c := t.aboutRun(run.Tenant, run.Deadline), t.now()
	ctx, cancel := context.WithTimeout(ctx, c.Serve.RunTimeout())
	defer cancel()
	o := t.options(a, c)
	o.At = run.Listed // of the first attempt, so that no run is recorded twice
	shards, err := pipeline.ListShards(ctx, o, run.Tenant, history.ShardSize)
	return fleet.Listed{Head: shards.Head, Shards: shards.Of, Traffic: traffic(a)}, elsewhere(err)
}

// elsewhere has a step tried again where another process may know what this one does not.
func elsewhere(err error) error {
	if _, local := errors.AsType[*pipeline.LocalError](err); local {
		return errors.Join(err, fleet.ErrAgain)
	}
	return err
}

// Shard collects the exports of a shard.
func (t *team) Shard(ctx context.Context, run fleet.Run, input []byte) (fleet.Collected, error) {
	a, c := t.aboutRun(run.Tenant, run.Deadline), t.now()
	ctx, cancel := context.WithTimeout(ctx, c.Serve.RunTimeout())
	defer cancel()
	o := t.options(a, c)
	// What cannot be asked for the sake of the budget is not missing: it is asked later.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	o.Budget = watched{t.budgets, stop}
	result, err := pipeline.CollectShard(ctx, o, input)
	if lost := (budgetError{}); errors.As(context.Cause(ctx), &lost) {
		err = errors.Join(lost, fleet.ErrAgain)
	}
	return fleet.Collected{Result: result, Traffic: traffic(a)}, elsewhere(err)
}

// watched is a budget whose failure stops the step that it is for.
type watched struct {
	aws.Budget

	stop context.CancelCauseFunc
}

// Wait implements aws.Budget.
func (w watched) Wait(ctx context.Context, q aws.Quota) error {
	err := w.Budget.Wait(ctx, q)
	if err != nil && ctx.Err() == nil {
		w.stop(budgetError{err})
	}
	return err
}

// budgetError says that the budget could not be asked.
type budgetError struct{ error }

// Unwrap returns why.
func (e budgetError) Unwrap() error { return e.error }

// Finish judges, records and reports what the shards came to, as trailguard scan
// does.
func (t *team) Finish(ctx context.Context, run fleet.Run, head []byte, shards iter.Seq2[[]byte, error]) (fleet.Finished, error) {
	defer debug.FreeOSMemory()
	a, c := t.aboutRun(run.Tenant, run.Deadline), t.now()
	gathered := &pipeline.Memory{}
	collected, err := pipeline.Gather(head, shards, gathered.Create)
	if err != nil {
		return fleet.Finished{}, err
	}
	a.Counts.Exports, a.Counts.Gaps = collected.Exports, collected.Gaps
	dir, err := os.MkdirTemp("", "trailguard-report-")
	if err != nil {
		return fleet.Finished{}, fmt.Errorf("write the report: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is in the folder for such
	scheduled := t.scheduled(c, run.Tenant, dir)
	scheduled.Gathered = gathered
	exit := cli.Ending(ctx, scan.Configured(ctx, a, c, scheduled.Flags()))
	if _, down := errors.AsType[*history.Error](exit.Err); down {
		return fleet.Finished{}, errors.Join(exit.Err, fleet.ErrAgain)
	}
	a.Journal.End(exit.Status, a.Counts)
	e := fleet.Finished{Ended: fleet.Ended{Status: exit.Status, Traffic: traffic(a)}, Reports: map[string][]byte{}}
	if exit.Err != nil {
		e.Problem = exit.Err.Error()
	}
	for _, name := range []string{service.ReportName, service.MetricsName} {
		switch body, err := os.ReadFile(filepath.Join(dir, name)); {
		case err == nil:
			e.Reports[name] = body
		case !errors.Is(err, fs.ErrNotExist): // a run that could not run writes none
			a.Warn(err)
		}
	}
	return e, nil
}
