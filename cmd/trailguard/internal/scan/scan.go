// Package scan is a scan from its flags to its end: it collects or opens a
// snapshot, judges, compares, records and reports. Every command that judges goes
// this way, with flags of its own; what is judged is the business of the pipeline.
package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/scanner"
)

// Do scans as flags say, and reports. It returns what the program exits with.
func Do(ctx context.Context, a *app.App, f *Flags) error {
	destinations, err := f.Output.Destinations()
	if err != nil {
		return err
	}
	if err := f.Check(); err != nil {
		return err
	}
	c, err := f.configuration()
	if err == nil {
		err = Configured(ctx, a, c, f)
	}
	if err != nil && !a.Reported {
		reportFailure(a, destinations, cli.Ending(ctx, err))
	}
	return err
}

// Configured scans by a configuration that is read already, as Do does.
func Configured(ctx context.Context, a *app.App, c *config.Config, f *Flags) error {
	destinations, err := f.Output.Destinations()
	if err != nil {
		return err
	}
	if err := f.Output.refuseInputs(destinations, f.Inputs(a, c)); err != nil {
		return err
	}
	run, err := Open(ctx, a, c, f)
	if err != nil {
		return err
	}
	defer run.Close(context.WithoutCancel(ctx))
	return run.do(ctx, destinations)
}

// Open loads the rules, opens the history and collects or opens what is to
// be judged, in that order: a mistake in the first is found before anything is
// asked of anybody. The caller closes what is returned.
func Open(ctx context.Context, a *app.App, c *config.Config, f *Flags) (*Run, error) {
	r := &Run{app: a, flags: f, Config: c}
	var err error
	if r.Engine, err = f.Engine(ctx, c); err != nil {
		return nil, err
	}
	if err := r.configure(ctx); err != nil {
		return nil, err
	}
	a.Begin(journal.Start{Tenants: f.Names(c), Source: cmp.Or(f.Snapshot, f.ExportsFile), Rules: len(r.Engine.Rules())})
	if r.store, err = r.openHistory(ctx); err != nil {
		return nil, err
	}
	if f.Plan != nil {
		err = r.openPlan(ctx)
	} else {
		r.Source, err = r.records(ctx)
	}
	if err != nil {
		r.Close(ctx)
		return nil, err
	}
	return r, nil
}

// Prepare opens a scan that nobody is told of, for commands that look something up
// in it: it is ready to be judged. The caller closes what is returned.
func Prepare(ctx context.Context, a *app.App, f *Flags) (*Run, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, err := f.configuration()
	if err != nil {
		return nil, err
	}
	r, err := Open(ctx, a, c, f)
	if err != nil {
		return nil, err
	}
	if err := r.prepare(ctx); err != nil {
		r.Close(ctx)
		return nil, err
	}
	return r, nil
}

// do reports, and returns what the program exits with.
func (r *Run) do(ctx context.Context, destinations []destination) error {
	status := cli.Interruption(ctx)
	report, err := r.Recorded(ctx)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	status = cmp.Or(status, report.Scan.ExitStatus)
	err = write(r.app, &r.flags.Output, destinations, report)
	switch {
	case err != nil && r.Lost != nil:
		return errors.Join(err, fmt.Errorf("the run is not recorded: %w", r.Lost))
	case err != nil:
		return err
	case r.Lost != nil:
		return unfinished(status, fmt.Errorf("the report is written, the run is not recorded: %w", r.Lost))
	case r.trendless != nil:
		return unfinished(status, fmt.Errorf("the report is written and the run recorded, but the trend of earlier runs is not shown: %w: `trailguard history verify` says what is wrong with the history", r.trendless))
	}
	if err := notify(ctx, r.app, r.flags.OnChange, r.flags.OnChangeEnv, report); err != nil {
		return unfinished(status, err)
	}
	if status != 0 {
		return &cli.ExitError{Status: status}
	}
	return nil
}

// unfinished is the end of a run that was reported, and went wrong afterwards:
// a failure that was found still shows in the exit status.
func unfinished(status int, err error) error {
	if status == scanner.ExitClean || status == scanner.ExitIncomplete {
		status = scanner.ExitCannotRun
	}
	return &cli.ExitError{Status: status, Err: err}
}
