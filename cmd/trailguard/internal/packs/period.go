package packs

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/history"
)

// Run judges the snapshot of a run in the history.
func (m *Maker) Run(ctx context.Context, s *history.Store, number int64) error {
	return m.recorded(ctx, s, evidence.Run{Number: number})
}

// recorded judges the snapshot of a run in the history.
func (m *Maker) recorded(ctx context.Context, s *history.Store, run evidence.Run) error {
	path := filepath.Join(m.Dir, fmt.Sprintf("run-%d.jsonl", run.Number))
	if err := reportfile.Write(path, func(w io.Writer) error { return s.Export(ctx, run.Number, w) }); err != nil {
		return err
	}
	return m.one(ctx, run, path)
}

// Period judges the snapshots of all runs that were collected from one day to
// another, YYYY-MM-DD. Those whose snapshot the history does not have are named.
func (m *Maker) Period(ctx context.Context, s *history.Store, from, to string) error {
	period := &evidence.Period{From: from, To: to, LeftOut: []evidence.LeftOut{}}
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	packed := 0
	for i := range runs {
		r := &runs[i]
		if !period.Holds(r.CollectedAt) {
			continue
		}
		why := ""
		switch {
		case r.Selected:
			why = "it judged only a selection"
		case r.Pruned:
			why = "its content was pruned"
		}
		if why != "" {
			period.LeftOut = append(period.LeftOut, evidence.LeftOut{Number: r.ID, CollectedAt: r.CollectedAt, Reason: why})
			continue
		}
		if err := m.recorded(ctx, s, evidence.Run{Folder: fmt.Sprintf("run-%06d/", r.ID), Number: r.ID}); err != nil {
			return err
		}
		packed++
	}
	if packed == 0 {
		return fmt.Errorf("the history holds no whole snapshot that was collected from %s to %s: history runs lists what it has", period.From, period.To)
	}
	m.judging.Period = period
	return nil
}

// lackingDays says which days of the period have no run; empty: each has.
func lackingDays(period *evidence.Period, results []evidence.Result) string {
	var collected []time.Time
	for i := range results {
		collected = append(collected, results[i].CollectedAt)
	}
	days, missing := period.Missing(collected)
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("on %d of the %d days from %s to %s nothing was collected that is in the pack, the first is %s: they are not assessed",
		len(missing), days, period.From, period.To, missing[0])
}
