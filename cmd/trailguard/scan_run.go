package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/waiver"
)

// toolName is what reports call the program.
const toolName = "trailguard"

// scanRun is a scan from its snapshot on: records are judged, waived, compared,
// recorded and reported.
type scanRun struct {
	app    *app
	flags  *scanFlags
	config *config.Config
	engine *opa.Engine
	store  *history.Store // nil: nothing is recorded
	source *pipeline.Snapshot

	plan *pipeline.Plan // nil: nothing is planned

	// prepare sets what follows.
	options pipeline.JudgeOptions
	waivers *waiver.File // nil: there are none
	// attestations stand beside results.
	attestations []scanner.Attestation
	recorder     *pipeline.Recorder // nil: nothing is recorded
	fixer        *pipeline.Fixer    // nil: nobody asked for fixes
	// lost is what went wrong with the history. It costs no report.
	lost error
}

// openRun loads the rules, opens the history and collects or opens what is to
// be judged, in that order: a mistake in the first is found before anything is
// asked of anybody. The caller closes what is returned.
func (a *app) openRun(ctx context.Context, c *config.Config, f *scanFlags) (*scanRun, error) {
	r := &scanRun{app: a, flags: f, config: c}
	var err error
	if r.engine, err = f.engine(ctx, c); err != nil {
		return nil, err
	}
	if err := r.configure(ctx); err != nil {
		return nil, err
	}
	a.begin(journal.Start{Tenants: f.names(c), Source: cmp.Or(f.snapshot, f.exportsFile), Rules: len(r.engine.Rules())})
	if r.store, err = a.openHistory(ctx, c, f); err != nil {
		return nil, err
	}
	if f.plan != nil {
		err = r.openPlan(ctx)
	} else {
		r.source, err = a.records(ctx, c, f)
	}
	if err != nil {
		r.close(ctx)
		return nil, err
	}
	return r, nil
}

// prepareRun is a scan that nobody is told of, for commands that look something
// up in it. The caller closes what is returned.
func (a *app) prepareRun(ctx context.Context, f *scanFlags) (*scanRun, error) {
	if err := f.criteriaFlags.check(); err != nil {
		return nil, err
	}
	c, err := f.configuration()
	if err != nil {
		return nil, err
	}
	r, err := a.openRun(ctx, c, f)
	if err != nil {
		return nil, err
	}
	if err := r.prepare(ctx); err != nil {
		r.close(ctx)
		return nil, err
	}
	return r, nil
}

// close lets go of everything. A recording that did not end is given up.
func (r *scanRun) close(ctx context.Context) {
	if r.recorder != nil {
		_ = r.recorder.Abandon(ctx) // the error that led here is the one to tell
	}
	if r.options.Baseline != nil {
		r.options.Baseline.Close()
	}
	if r.source != nil {
		_ = r.source.Close() // it was only read
	}
	if r.store != nil {
		_ = r.store.Close() // what was recorded is committed
	}
}

// prepare finds out by what is judged. The settings are the snapshot's own,
// unless a configuration was named for a replay.
func (r *scanRun) prepare(ctx context.Context) error {
	f, header, tenants := r.flags, r.source.Header(), r.source.Tenants()
	asOf, err := f.time(header.CollectedAt)
	if err != nil {
		return err
	}
	if err := knownTenants(f.tenants, tenants); err != nil {
		return err
	}
	selection, err := pipeline.Select(f.exports, tenants)
	if err != nil {
		return err
	}
	selection.Tenants = f.tenants
	r.options = pipeline.JudgeOptions{
		Engine: r.engine, Settings: header.Settings, AsOf: asOf, Parallel: int(f.parallel),
		Selection: selection, Annex: f.output.shows("html"),
	}
	switch {
	case f.packed != nil && f.packed.settings != nil:
		r.options.Settings = *f.packed.settings
		if r.engine, err = r.engine.Configure(r.options.Settings.Rules); err != nil {
			return fmt.Errorf("the ruleSettings of the pack: %w", err)
		}
		r.options.Engine = r.engine
	case f.config != "" && r.source.Replayed:
		r.options.Settings = r.replaySettings(tenants)
	case r.source.Replayed:
		if r.engine, err = r.engine.Configure(header.Settings.Rules); err != nil {
			return fmt.Errorf("the snapshot's ruleSettings: %w: name a configuration with --config that takes their place", err)
		}
		r.options.Engine = r.engine
	}
	if err := r.readDecisions(); err != nil {
		return err
	}
	return r.openBaseline(ctx, tenants)
}

// openBaseline reads the state that the run is compared with, where there is one.
func (r *scanRun) openBaseline(ctx context.Context, tenants []scanner.Tenant) (err error) {
	var baseline *pipeline.Baseline
	switch {
	case r.plan != nil:
		r.options.Plan = &r.plan.Info
		baseline, err = r.plan.Baseline(ctx, r.flags.snapshot, tenants, r.options)
	case r.flags.baseline != "":
		baseline, err = pipeline.OpenBaseline(ctx, r.flags.baseline, tenants, r.options)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	r.options.Baseline, r.options.Earlier = baseline, &baseline.Earlier
	return nil
}

// hurry is the budget of a rule in a run that was told to stop: a thousand times
// what an ordinary one needs.
const hurry = 200 * time.Millisecond

// do returns what the program exits with.
func (r *scanRun) do(ctx context.Context, destinations []destination) error {
	// A run that was stopped while it collected still judges and reports what it
	// has. One that is stopped while it judges has nothing to report yet.
	status, judging := interruption(ctx), ctx
	ctx = context.WithoutCancel(ctx)
	if status != 0 {
		judging = ctx
		var err error
		if r.engine, err = r.engine.Within(hurry); err != nil {
			return err
		}
	}
	report, err := r.judgeAll(ctx, judging)
	if interruption(judging) != 0 && (err != nil || r.lost != nil) {
		return fmt.Errorf("%w while judging: nothing is reported", context.Cause(judging))
	}
	if err != nil {
		return err
	}
	if aside := r.options.Engine.Aside(); len(aside) > 0 {
		r.app.warn(fmt.Errorf("set aside for want of an answer in time, and an error wherever they apply: %s; `trailguard rules test` tries a rule alone", strings.Join(aside, ", ")))
	}
	r.app.count(report)
	status = cmp.Or(status, report.Scan.ExitStatus)
	r.finishRecording(ctx, report)
	err = r.app.write(&r.flags.output, destinations, report)
	switch {
	case err != nil && r.lost != nil:
		return errors.Join(err, fmt.Errorf("the run is not recorded: %w", r.lost))
	case err != nil:
		return err
	case r.lost != nil:
		return unfinished(status, fmt.Errorf("the report is written, the run is not recorded: %w", r.lost))
	}
	if err := r.app.notify(ctx, r.flags.onChange, r.flags.onChangeEnv, report); err != nil {
		return unfinished(status, err)
	}
	if status != 0 {
		return &exitError{status: status}
	}
	return nil
}

// judgeAll finds out by what is judged, and judges. What is begun in the history
// is ended there, however judging ends.
func (r *scanRun) judgeAll(ctx, judging context.Context) (*scanner.Report, error) {
	if err := r.prepare(judging); err != nil {
		return nil, err
	}
	r.startRecording(ctx, judging)
	return r.report(judging)
}

// unfinished is the end of a run that was reported, and went wrong afterwards:
// a failure that was found still shows in the exit status.
func unfinished(status int, err error) error {
	if status == scanner.ExitClean || status == scanner.ExitIncomplete {
		status = scanner.ExitCannotRun
	}
	return &exitError{status, err}
}

// report judges, waives and compares.
func (r *scanRun) report(ctx context.Context) (*scanner.Report, error) {
	report, err := r.judge(ctx)
	if err != nil {
		return nil, err
	}
	report.Scan.SnapshotDigest, report.Scan.Interrupted = r.source.Digest(), r.source.Interrupted()
	if r.waivers != nil {
		report.Waivers = r.waivers.Apply(r.options.AsOf, report.Findings, report.Gaps)
		if r.plan != nil {
			report.Waivers.Unused = []scanner.WaiverUse{} // by what is touched, which says nothing of them
		}
	}
	if r.fixer != nil {
		if err := r.fix(ctx, report); err != nil {
			return nil, err
		}
	}
	if r.options.Baseline != nil {
		rest, err := r.options.Baseline.Rest()
		if err != nil {
			return nil, err
		}
		report.Drift = append(report.Drift, rest...)
	}
	if r.options.Earlier != nil {
		missing, err := r.options.Earlier.Compare(ctx, report)
		if err != nil && r.lost == nil {
			r.lost = err
		}
		report.Findings = append(report.Findings, missing...)
	}
	if r.plan != nil {
		r.plan.Address(report)
	}
	report.Attest(r.attestations)
	if r.flags.changesOnly {
		report.KeepChanges()
	}
	report.Conclude(r.flags.threshold(r.config))
	if r.flags.changesOnly || r.plan != nil {
		report.Controls = []scanner.ControlResult{} // which rest on all results
	}
	return report, nil
}
