package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// startRecording begins the run in the history. Without a baseline it also
// finds the run to compare with, which may have to be judged again.
func (r *scanRun) startRecording(ctx, judging context.Context) {
	if r.store == nil {
		return
	}
	f := r.flags
	r.recorder, r.lost = pipeline.NewRecorder(ctx, r.store, history.RunInfo{
		Header: r.source.Header(), Tenants: r.source.Tenants(), AsOf: r.options.AsOf, RulesDigest: r.engine.Digest(),
		Selected: len(f.exports) > 0 || len(f.ids) > 0 || (r.source.Replayed && len(f.tenants) > 0),
	})
	switch {
	case errors.Is(r.lost, history.ErrRecorded):
		r.app.note("this run is in the history already: nothing is recorded")
		r.lost = nil
	case r.lost == nil && r.options.Earlier == nil:
		r.options.Earlier, r.lost = pipeline.LastRuns(judging, r.store, r.source.Tenants(), r.options)
	}
}

// finishRecording ends the run in the history and says so in the report.
func (r *scanRun) finishRecording(ctx context.Context, report *scanner.Report) {
	if r.recorder == nil || r.lost != nil {
		return
	}
	recorded, err := r.recorder.Finish(ctx, report)
	if err != nil {
		r.lost = err
		return
	}
	report.Scan.History = &scanner.RecordedRun{Run: recorded.Run, Head: recorded.Head}
	r.app.note("recorded as run %d, ledger head %s", recorded.Run, recorded.Head)
}

// noHistory is the value of --history for a run that is not recorded.
const noHistory = "none"

// openHistory opens the history of a run: the one that was named, else the
// default one where evidence is collected now.
func (a *app) openHistory(ctx context.Context, c *config.Config, f *scanFlags) (*history.Store, error) {
	return a.openStore(ctx, f.historyPlace(c))
}

// historyPlace returns the history that was named, or none. It is empty for the
// default one.
func (f *scanFlags) historyPlace(c *config.Config) string {
	if f.history == "" && f.snapshot != "" {
		return noHistory
	}
	return cmp.Or(f.history, c.History)
}

// openStore opens a history; it returns nil for none. A default history that
// cannot be opened does not stop the run, since nobody asked for it.
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
