package scan

import (
	"cmp"
	"context"
	"errors"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// startRecording begins the run in the history. Without a baseline it also
// finds the run to compare with, which may have to be judged again.
func (r *Run) startRecording(ctx, judging context.Context) {
	if r.store == nil {
		return
	}
	f := r.flags
	r.recorder, r.Lost = pipeline.NewRecorder(ctx, r.store, history.RunInfo{
		Header: r.Source.Header(), Tenants: r.Source.Tenants(), AsOf: r.Options.AsOf, RulesDigest: r.Engine.Digest(),
		Selected: len(f.Exports) > 0 || len(f.IDs) > 0 || (r.Source.Replayed && len(f.Tenants) > 0),
	})
	switch {
	case errors.Is(r.Lost, history.ErrRecorded):
		r.app.Note("this run is in the history already: nothing is recorded")
		r.Lost = nil
	case r.Lost == nil && r.Options.Earlier == nil:
		r.Options.Earlier, r.Lost = pipeline.LastRuns(judging, r.store, r.Source.Tenants(), r.Options)
	}
}

// finishRecording ends the run in the history and says so in the report.
func (r *Run) finishRecording(ctx context.Context, report *scanner.Report) {
	if r.recorder == nil || r.Lost != nil {
		return
	}
	if err := r.tellOthers(report); err != nil {
		r.Lost = err
		return
	}
	recorded, err := r.recorder.Finish(ctx, report)
	if err != nil {
		r.Lost = err
		return
	}
	report.Scan.History = &scanner.RecordedRun{Run: recorded.Run, Head: recorded.Head}
	r.app.Note("recorded as run %d, ledger head %s", recorded.Run, recorded.Head)
}

// addTrend has the report show what the runs before found. What was judged in part
// cannot be compared with them.
func (r *Run) addTrend(ctx context.Context, report *scanner.Report) {
	if r.store == nil || r.Lost != nil || report.Scan.Plan != nil || report.Selected || report.Scan.Partial {
		return
	}
	report.Trend, r.trendless = pipeline.Trend(ctx, r.store, report)
}

// openHistory opens the history of a run: the one that was named, else the
// default one where evidence is collected now.
func (r *Run) openHistory(ctx context.Context) (*history.Store, error) {
	return recorded.Open(ctx, r.flags.historyPlace(r.Config), r.app.Note)
}

// historyPlace returns the history that was named, or none. It is empty for the
// default one.
func (f *Flags) historyPlace(c *config.Config) string {
	if f.History == "" && f.Snapshot != "" {
		return recorded.None
	}
	return cmp.Or(f.History, c.History)
}
