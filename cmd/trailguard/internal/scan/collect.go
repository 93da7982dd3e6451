package scan

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
)

// CollectFlags say how evidence is collected.
type CollectFlags struct {
	ExportsFile string
	concurrency cli.Count
	timeout     time.Duration
	noProgress  bool
}

// Register adds the flags.
func (f *CollectFlags) Register(flags *pflag.FlagSet) {
	flags.StringVar(&f.ExportsFile, "exports", "", "read the export configurations from `FILE` (a saved GraphQL or CLI answer) instead of asking Immuta")
	flags.Var(&f.concurrency, "concurrency", "AWS calls at once for each account (default 16)")
	flags.DurationVar(&f.timeout, "timeout", 0, "stop collecting after this long and report what is missing as gaps; judging may take as long again (default: no limit)")
	flags.BoolVar(&f.noProgress, "no-progress", false, "show no progress bar")
}

// Check refuses flags that cannot be meant.
func (f *CollectFlags) Check() error {
	if f.timeout < 0 {
		return cli.Usage("--timeout %s: use a positive duration, such as 10m", f.timeout)
	}
	return nil
}

// records opens the snapshot that was named, or collects one.
func (r *Run) records(ctx context.Context) (*pipeline.Snapshot, error) {
	f := r.flags
	if f.gathered != nil {
		return f.gathered.Open()
	}
	switch f.Snapshot {
	case "":
	case cli.Standard:
		return pipeline.ReadSnapshot(r.app.Stdin, "standard input")
	default:
		return pipeline.OpenSnapshot(f.Snapshot)
	}
	memory := &pipeline.Memory{}
	who, err := f.Who.Of(f.Baseline, r.app.Now)
	if err != nil {
		return nil, err
	}
	if _, err := f.Collect(ctx, r.app, r.Config, f.Tenants, who, memory.Create); err != nil {
		return nil, err
	}
	return memory.Open()
}

// Collect runs the collecting stages for tenants, or where none is named for all,
// with a progress bar where somebody looks.
func (f *CollectFlags) Collect(ctx context.Context, a *app.App, c *config.Config, tenants []string, who *pipeline.Who, create pipeline.Create) (pipeline.Collected, error) {
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	progress := a.Progress("collecting evidence", !f.noProgress)
	defer progress.Close()
	collected, err := pipeline.Collect(ctx, pipeline.CollectOptions{
		Config: c, Tenants: tenants, ExportsFile: f.ExportsFile, Concurrency: int(f.concurrency),
		ToolVersion: a.Version, Now: a.Now, Traffic: a.Journal, Progress: progress.Set, Who: who,
		Warn: a.Warn,
	}, create)
	a.Counts.Exports, a.Counts.Gaps = collected.Exports, collected.Gaps
	return collected, err
}
