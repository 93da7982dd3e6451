package evidence

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/history"
)

// packSource says which snapshots are packed.
type packSource struct {
	run      int64
	from, to string // days
	place    string // of the history
}

func (s *packSource) registerSource(flags *pflag.FlagSet, f *scan.Flags) {
	flags.StringVar(&f.Snapshot, "snapshot", "", "pack the snapshot in `FILE`")
	flags.Int64Var(&s.run, "run", 0, "pack the snapshot of run `N` in the history")
	flags.StringVar(&s.from, "from", "", "pack the snapshots of all runs in the history from this `DAY` on, YYYY-MM-DD by UTC, until --to")
	flags.StringVar(&s.to, "to", "", "the last `DAY` of that period")
	flags.StringVar(&s.place, "history", "", "the history in this `FILE` or behind this postgres:// URL (default: in your state folder)")
}

func (s *packSource) checkSource(f *scan.Flags) error {
	period := s.from != "" || s.to != ""
	named := 0
	for _, given := range []bool{f.Snapshot != "", s.run != 0, period} {
		if given {
			named++
		}
	}
	switch {
	case named != 1:
		return cli.Usage("evidence pack needs one of --snapshot FILE, --run N, and --from DAY with --to DAY")
	case f.Snapshot == cli.Standard:
		return cli.Usage("--snapshot -: a pack needs a file, since it is read more than once")
	case s.run < 0:
		return cli.Usage("--run %d is not the number of a run: history runs lists them", s.run)
	case f.Snapshot != "" && s.place != "":
		return cli.Usage("--history goes with --run, or with --from and --to")
	case !period:
		return nil
	case s.from == "" || s.to == "":
		return cli.Usage("--from DAY and --to DAY go together")
	case f.AsOf != "":
		return cli.Usage("--as-of is about one snapshot: each of a period is judged as of when it was collected")
	}
	if err := (&evidence.Period{From: s.from, To: s.to}).Check(); err != nil {
		return cli.Usage("%w", err)
	}
	return nil
}

// judgeSource judges every snapshot that is packed.
func judgeSource(ctx context.Context, a *app.App, f *PackFlags, m *packs.Maker) error {
	if f.Snapshot != "" {
		return m.Snapshot(ctx, f.Snapshot)
	}
	place := recorded.Place{Config: f.Config, History: f.place}
	return place.With(ctx, history.Options{ReadOnly: true}, func(s *history.Store) error {
		if f.run > 0 {
			return m.Run(ctx, s, f.run)
		}
		return m.Period(ctx, s, f.from, f.to)
	})
}
