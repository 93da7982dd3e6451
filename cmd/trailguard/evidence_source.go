package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/history"
)

// packSource says which snapshots are packed.
type packSource struct {
	run      int64
	from, to string // days
	place    string // of the history
}

func (s *packSource) registerSource(flags *pflag.FlagSet, f *scanFlags) {
	flags.StringVar(&f.snapshot, "snapshot", "", "pack the snapshot in `FILE`")
	flags.Int64Var(&s.run, "run", 0, "pack the snapshot of run `N` in the history")
	flags.StringVar(&s.from, "from", "", "pack the snapshots of all runs in the history from this `DAY` on, YYYY-MM-DD by UTC, until --to")
	flags.StringVar(&s.to, "to", "", "the last `DAY` of that period")
	flags.StringVar(&s.place, "history", "", "the history in this `FILE` or behind this postgres:// URL (default: in your state folder)")
}

func (s *packSource) checkSource(f *scanFlags) error {
	period := s.from != "" || s.to != ""
	named := 0
	for _, given := range []bool{f.snapshot != "", s.run != 0, period} {
		if given {
			named++
		}
	}
	switch {
	case named != 1:
		return usageError("evidence pack needs one of --snapshot FILE, --run N, and --from DAY with --to DAY")
	case f.snapshot == standard:
		return usageError("--snapshot -: a pack needs a file, since it is read more than once")
	case s.run < 0:
		return usageError("--run %d is not the number of a run: history runs lists them", s.run)
	case f.snapshot != "" && s.place != "":
		return usageError("--history goes with --run, or with --from and --to")
	case !period:
		return nil
	case s.from == "" || s.to == "":
		return usageError("--from DAY and --to DAY go together")
	case f.asOf != "":
		return usageError("--as-of is about one snapshot: each of a period is judged as of when it was collected")
	}
	if err := (&evidence.Period{From: s.from, To: s.to}).Check(); err != nil {
		return usageError("%w", err)
	}
	return nil
}

// judge judges every snapshot that is packed.
func (p *packer) judge(ctx context.Context) error {
	f := p.flags
	if f.snapshot != "" {
		return p.one(ctx, evidence.Run{}, f.snapshot)
	}
	place := historyFlags{config: f.config, history: f.place}
	return place.with(ctx, p.app, history.Options{ReadOnly: true}, func(s *history.Store) error {
		if f.run > 0 {
			return p.recorded(ctx, s, evidence.Run{Number: f.run})
		}
		return p.period(ctx, s)
	})
}

// recorded judges the snapshot of a run in the history.
func (p *packer) recorded(ctx context.Context, s *history.Store, run evidence.Run) error {
	path := filepath.Join(p.dir, fmt.Sprintf("run-%d.jsonl", run.Number))
	if err := writeFile(path, func(w io.Writer) error { return s.Export(ctx, run.Number, w) }); err != nil {
		return err
	}
	return p.one(ctx, run, path)
}

// period judges the snapshots of all runs in a period. Those whose snapshot the history
// does not have are named.
func (p *packer) period(ctx context.Context, s *history.Store) error {
	period := &evidence.Period{From: p.flags.from, To: p.flags.to, LeftOut: []evidence.LeftOut{}}
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
		if err := p.recorded(ctx, s, evidence.Run{Folder: fmt.Sprintf("run-%06d/", r.ID), Number: r.ID}); err != nil {
			return err
		}
		packed++
	}
	if packed == 0 {
		return fmt.Errorf("the history holds no whole snapshot that was collected from %s to %s: history runs lists what it has", period.From, period.To)
	}
	p.judging.Period = period
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
