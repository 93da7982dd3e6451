package scan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/waiver"
)

// Run is a scan from its snapshot on: records are judged, waived, compared,
// recorded and reported.
type Run struct {
	Config *config.Config
	Engine *opa.Engine
	Source *pipeline.Snapshot // what is judged

	// Options and Attestations are known once the run is prepared. Attestations
	// stand beside results.
	Options      pipeline.JudgeOptions
	Attestations []scanner.Attestation

	// Lost is why the run is not recorded. It costs no report.
	Lost error

	app   *app.App
	flags *Flags
	store *history.Store // nil: nothing is recorded
	plan  *pipeline.Plan // nil: nothing is planned

	waivers  *waiver.File       // nil: there are none
	recorder *pipeline.Recorder // nil: nothing is recorded
	fixer    *pipeline.Fixer    // nil: nobody asked for fixes

	trendless error // why the report of a recorded run shows no trend
}

// Close lets go of everything. A recording that did not end is given up.
func (r *Run) Close(ctx context.Context) {
	if r.recorder != nil {
		_ = r.recorder.Abandon(ctx) // the error that led here is the one to tell
	}
	if r.Options.Baseline != nil {
		r.Options.Baseline.Close()
	}
	if r.Source != nil {
		_ = r.Source.Close() // it was only read
	}
	if r.store != nil {
		_ = r.store.Close() // what was recorded is committed
	}
}

// prepare finds out by what is judged. The settings are the snapshot's own,
// unless a configuration was named for a replay.
func (r *Run) prepare(ctx context.Context) error {
	f, header, tenants := r.flags, r.Source.Header(), r.Source.Tenants()
	asOf, err := f.time(header.CollectedAt)
	if err != nil {
		return err
	}
	if err := knownTenants(f.Tenants, tenants); err != nil {
		return err
	}
	selection, err := pipeline.Select(f.Exports, tenants)
	if err != nil {
		return err
	}
	selection.Tenants = f.Tenants
	r.Options = pipeline.JudgeOptions{
		Engine: r.Engine, Settings: header.Settings, AsOf: asOf, Parallel: int(f.Parallel),
		Selection: selection, Annex: f.Output.shows("html"),
	}
	switch {
	case f.Packed != nil && f.Packed.Settings != nil:
		r.Options.Settings = *f.Packed.Settings
		if r.Engine, err = r.Engine.Configure(r.Options.Settings.Rules); err != nil {
			return fmt.Errorf("the ruleSettings of the pack: %w", err)
		}
		r.Options.Engine = r.Engine
	case f.Config != "" && r.Source.Replayed:
		r.Options.Settings = r.replaySettings(tenants)
	case r.Source.Replayed:
		if r.Engine, err = r.Engine.Configure(header.Settings.Rules); err != nil {
			return fmt.Errorf("the snapshot's ruleSettings: %w: name a configuration with --config that takes their place", err)
		}
		r.Options.Engine = r.Engine
	}
	if err := r.readDecisions(); err != nil {
		return err
	}
	return r.openBaseline(ctx, tenants)
}

// openBaseline reads the state that the run is compared with, where there is one.
func (r *Run) openBaseline(ctx context.Context, tenants []scanner.Tenant) (err error) {
	var baseline *pipeline.Baseline
	switch {
	case r.plan != nil:
		r.Options.Plan = &r.plan.Info
		baseline, err = r.plan.Baseline(ctx, r.flags.Snapshot, tenants, r.Options)
	case r.flags.Baseline != "":
		baseline, err = pipeline.OpenBaseline(ctx, r.flags.Baseline, tenants, r.Options)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	r.Options.Baseline, r.Options.Earlier = baseline, &baseline.Earlier
	return nil
}

// hurry is the budget of a rule in a run that was told to stop: a thousand times
// what an ordinary one needs.
const hurry = 200 * time.Millisecond

// Recorded judges, records the run where there is a history, and returns the
// report. A run that was stopped while it collected still judges what it has. For
// one that is stopped while it judges there is nothing to report yet: an error.
func (r *Run) Recorded(ctx context.Context) (*scanner.Report, error) {
	judging := ctx
	ctx = context.WithoutCancel(ctx)
	if cli.Interruption(judging) != 0 {
		judging = ctx
		var err error
		if r.Engine, err = r.Engine.Within(hurry); err != nil {
			return nil, err
		}
	}
	report, err := r.judgeAll(ctx, judging)
	if cli.Interruption(judging) != 0 && (err != nil || r.Lost != nil) {
		return nil, fmt.Errorf("%w while judging: nothing is reported", context.Cause(judging))
	}
	if err != nil {
		return nil, err
	}
	if aside := r.Options.Engine.Aside(); len(aside) > 0 {
		r.app.Warn(fmt.Errorf("set aside for want of an answer in time, and an error wherever they apply: %s; `trailguard rules test` tries a rule alone", strings.Join(aside, ", ")))
	}
	r.app.Count(report)
	r.finishRecording(ctx, report)
	r.addTrend(ctx, report)
	return report, nil
}

// judgeAll finds out by what is judged, and judges. What is begun in the history
// is ended there, however judging ends.
func (r *Run) judgeAll(ctx, judging context.Context) (*scanner.Report, error) {
	if err := r.prepare(judging); err != nil {
		return nil, err
	}
	r.startRecording(ctx, judging)
	return r.Report(judging)
}

// Report judges, waives and compares.
func (r *Run) Report(ctx context.Context) (*scanner.Report, error) {
	report, err := r.judge(ctx)
	if err != nil {
		return nil, err
	}
	report.Scan.SnapshotDigest, report.Scan.Interrupted = r.Source.Digest(), r.Source.Interrupted()
	if r.waivers != nil {
		report.Waivers = r.waivers.Apply(r.Options.AsOf, report.Findings, report.Gaps)
		if r.plan != nil {
			report.Waivers.Unused = []scanner.WaiverUse{} // by what is touched, which says nothing of them
		}
	}
	if r.fixer != nil {
		if err := r.fix(ctx, report); err != nil {
			return nil, err
		}
	}
	if r.Options.Baseline != nil {
		rest, err := r.Options.Baseline.Rest()
		if err != nil {
			return nil, err
		}
		report.Drift = append(report.Drift, rest...)
	}
	if r.Options.Earlier != nil {
		missing, err := r.Options.Earlier.Compare(ctx, report)
		if err != nil && r.Lost == nil {
			r.Lost = err
		}
		report.Findings = append(report.Findings, missing...)
	}
	if r.plan != nil {
		r.plan.Address(report)
	}
	report.Attest(r.Attestations)
	if r.flags.ChangesOnly {
		report.KeepChanges()
	}
	report.Conclude(r.flags.Threshold(r.Config))
	if r.flags.ChangesOnly || r.plan != nil {
		report.Controls = []scanner.ControlResult{} // which rest on all results
	}
	return report, nil
}
