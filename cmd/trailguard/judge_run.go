package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/opa"
)

// judgeRun is the second half of a scan: what was collected is judged,
// recorded and reported.
type judgeRun struct {
	app          *app
	flags        *scanFlags
	config       *config.Config
	engine       *opa.Engine
	source       *pipeline.Snapshot
	store        *history.Store // nil: nothing is recorded
	destinations []destination
}

// do returns what the program exits with.
func (r *judgeRun) do(ctx context.Context) error {
	// A stopped run still judges and reports what it has.
	status := interruption(ctx)
	ctx = context.WithoutCancel(ctx)
	j, err := r.flags.prepare(ctx, r.config, &r.flags.configFlags, r.engine, r.source)
	if err != nil {
		return err
	}
	defer j.close()
	if dir := r.flags.output.evidence; dir != "" {
		closeEvidence, err := j.keepEvidence(dir, r.source)
		if err != nil {
			return err
		}
		defer closeEvidence()
	}
	recording, err := r.record(ctx, j)
	if err != nil {
		return err
	}
	if recording != nil {
		defer recording.Abandon(ctx) //nolint:errcheck // the error that led here is the one to tell
	}
	report, err := scanner.Scan(ctx, r.source, j.judge, j.options)
	if err != nil {
		return err
	}
	if status == 0 {
		status = report.Scan.ExitStatus
	}
	if err := r.app.write(&r.flags.output, r.destinations, report); err != nil {
		return err
	}
	if recording != nil {
		if err := recording.Finish(ctx, report); err != nil {
			return unfinished(status, fmt.Errorf("the report is written, the run is not recorded: %w", err))
		}
	}
	if err := r.app.notify(ctx, r.flags.onChange, report); err != nil {
		return unfinished(status, err)
	}
	if status != 0 {
		return &exitError{status: status}
	}
	return nil
}

// unfinished is the end of a run that was reported, and went wrong afterwards:
// a failure that was found still shows in the exit status.
func unfinished(status int, err error) error {
	if status == scanner.ExitClean || status == scanner.ExitIncomplete {
		status = scanner.ExitCannotRun
	}
	return &exitError{status, err}
}

// record begins the run in the history and has it observe the judging.
func (r *judgeRun) record(ctx context.Context, j *judging) (*pipeline.Recording, error) {
	if r.store == nil {
		return nil, nil
	}
	f := r.flags
	recording, err := pipeline.Record(ctx, pipeline.RecordOptions{
		Store: r.store, Source: r.source, Judge: j.judge, Derive: j.derive,
		Selected: len(f.exports) > 0 || len(f.ids) > 0 || (r.source.Replayed && len(f.tenants) > 0),
	})
	if errors.Is(err, history.ErrRecorded) {
		r.app.note("this run is in the history already: nothing is recorded")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j.observe(recording.Observe(ctx))
	j.options.ObserveTenant = recording.ObserveTenant
	if j.options.Compare == nil {
		j.options.Compare = func(r *scanner.Report) ([]scanner.Finding, error) { return recording.Earlier.Compare(ctx, r) }
	}
	return recording, nil
}

// observe adds another observer of every export.
func (out *judging) observe(next func(*scanner.Record, []scanner.Result) error) {
	first := out.options.Observe
	out.options.Observe = func(record *scanner.Record, results []scanner.Result) error {
		if first != nil {
			if err := first(record, results); err != nil {
				return err
			}
		}
		return next(record, results)
	}
}

// noHistory is the history of a run that is not recorded.
const noHistory = "none"

// openHistory opens the history of a run: the one that was named, else the
// default one for what is collected just now.
func (a *app) openHistory(ctx context.Context, c *config.Config, f *scanFlags) (*history.Store, error) {
	place := f.history
	if place == "" && f.snapshot != "" {
		place = noHistory
	}
	return a.openStore(ctx, cmp.Or(place, c.History))
}

// openStore opens a history, or none. Nobody asked for the one in the state
// folder, so that it can not be opened is no reason to stop.
func (a *app) openStore(ctx context.Context, place string) (*history.Store, error) {
	switch place {
	case noHistory:
		return nil, nil
	case "":
	default:
		return history.Open(ctx, place, history.Options{})
	}
	place = a.defaultHistory()
	if place == "" {
		a.note("no history is kept: there is no home folder; name one with --history, or none")
		return nil, nil
	}
	store, err := history.Open(ctx, place, history.Options{})
	if err != nil {
		a.note("no history is kept: %s; name one with --history, or none", err)
		return nil, nil
	}
	return store, nil
}
