package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/terminal"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	configFlags
	collectFlags
	criteriaFlags
	output      outputFlags
	who         whoFlag
	snapshot    string
	plan        *planFlags // nil: nothing is planned
	changesOnly bool       // what is as it was is left out, for diff and plan
	packed      *packedRun // what an evidence pack says that a flag cannot; nil: it is none
	fixes       bool       // proven changes stand with the findings
	history     string
	onChange    string
	onChangeEnv []string
}

// collectFlags say how evidence is collected.
type collectFlags struct {
	exportsFile string
	concurrency cli.Count
	timeout     time.Duration
	noProgress  bool
}

func (c *collectFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&c.exportsFile, "exports", "", "read the export configurations from `FILE` (a saved GraphQL or CLI answer) instead of asking Immuta")
	flags.Var(&c.concurrency, "concurrency", "AWS calls at once for each account (default 16)")
	flags.DurationVar(&c.timeout, "timeout", 0, "stop collecting after this long and report what is missing as gaps; judging may take as long again (default: no limit)")
	flags.BoolVar(&c.noProgress, "no-progress", false, "show no progress bar")
}

func (c *collectFlags) check() error {
	if c.timeout < 0 {
		return usageError("--timeout %s: use a positive duration, such as 10m", c.timeout)
	}
	return nil
}

func newScanCommand(a *app) *cobra.Command {
	f := &scanFlags{}
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Collect, judge and report",
		Long: `scan reads every export configuration of the configured tenants and the AWS
policies around it, judges them, and reports. With --snapshot it judges what an
earlier run collected: no network is used, and the same snapshot, rules and
settings give the same report.

Exit status: 0 clean; 1 an unwaived failure at or above --fail-on; 2 no such
failure, but something could not be assessed; 3 could not run.`,
		Example: `  trailguard scan
  trailguard scan --output sarif=trailguard.sarif --evidence trailguard-evidence
  trailguard scan --snapshot monday.jsonl.zst --format json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.scan(cmd.Context(), f) },
	}
	f.configFlags.register(cmd.Flags())
	f.collectFlags.register(cmd.Flags())
	f.criteriaFlags.register(cmd.Flags())
	f.registerBaseline(cmd.Flags())
	f.registerFailOnNew(cmd.Flags(), false)
	f.output.register(cmd.Flags())
	f.who.register(cmd.Flags(), "look up in CloudTrail who changed what is new or has drifted: with --baseline what differs from it, which is the default then, else every bucket, role, user and key")
	cmd.Flags().StringVar(&f.snapshot, "snapshot", "", "judge the snapshot in `FILE` instead of collecting; - is standard input")
	cmd.Flags().BoolVar(&f.fixes, "fixes", false, "prove a change for each failure that has one, the 500 gravest, and report it with the finding")
	cmd.Flags().StringVar(&f.onChange, "on-change", "", "when something changed, run this `COMMAND` with drift, new and resolved findings as JSON on its standard input")
	cmd.Flags().StringSliceVar(&f.onChangeEnv, "on-change-env", nil, "also hand this environment variable `NAME` to that command; it gets PATH, HOME and their like, and no key")
	cmd.Flags().StringVar(&f.history, "history", "", "record the run in this `FILE` or postgres:// URL, or none (default: in your state folder; nothing for --snapshot)")
	return cmd
}

func (a *app) scan(ctx context.Context, f *scanFlags) error {
	destinations, err := f.output.destinations()
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	c, err := f.configuration()
	if err == nil {
		err = a.scanConfigured(ctx, c, f)
	}
	if err != nil && !a.reported {
		a.reportFailure(destinations, ending(ctx, err))
	}
	return err
}

// check refuses flags that cannot be meant.
func (f *scanFlags) check() error {
	if err := f.collectFlags.check(); err != nil {
		return err
	}
	if err := f.criteriaFlags.check(); err != nil {
		return err
	}
	if f.failOnNew && !f.compares() {
		return usageError("--fail-on-new needs a history or --baseline FILE: without either, every failure would be new")
	}
	if f.onChange != "" && !f.compares() {
		return usageError("--on-change needs a history or --baseline FILE: without either, nothing is known to have changed")
	}
	for _, name := range f.onChangeEnv {
		if _, set := os.LookupEnv(name); !set {
			return usageError("--on-change-env %s: the environment holds no such variable; name it without a value", name)
		}
	}
	if len(f.onChangeEnv) > 0 && f.onChange == "" {
		return usageError("--on-change-env needs --on-change COMMAND")
	}
	if f.snapshot != "" && f.who.on {
		return usageError("--snapshot and --who exclude each other: a snapshot holds what CloudTrail said when it was collected; collect one with `trailguard snapshot --who`")
	}
	if f.snapshot != "" && f.exportsFile != "" {
		return usageError("--snapshot and --exports exclude each other: a snapshot holds its exports")
	}
	return nil
}

// compares says whether the run is compared with anything earlier: a replay
// has a history only when one is named.
func (f *scanFlags) compares() bool {
	return f.plan != nil || f.baseline != "" || (f.history != noHistory && (f.snapshot == "" || f.history != ""))
}

// scanConfigured scans as a configuration says.
func (a *app) scanConfigured(ctx context.Context, c *config.Config, f *scanFlags) error {
	destinations, err := f.output.destinations()
	if err != nil {
		return err
	}
	if err := f.output.refuseInputs(destinations, f.inputs(a, c)); err != nil {
		return err
	}
	run, err := a.openRun(ctx, c, f)
	if err != nil {
		return err
	}
	defer run.close(context.WithoutCancel(ctx))
	return run.do(ctx, destinations)
}

// configuration is what the run is configured by: for a replay only what was
// named.
func (f *scanFlags) configuration() (*config.Config, error) {
	if f.snapshot != "" || f.plan != nil && f.plan.history != "" {
		return f.loadIfNamed()
	}
	if f.exportsFile != "" && f.config == "" {
		c, err := f.load()
		if errors.Is(err, config.ErrNotFound) {
			return &config.Config{}, nil
		}
		return c, err
	}
	return f.load()
}

// records opens the snapshot that was named, or collects one.
func (a *app) records(ctx context.Context, c *config.Config, f *scanFlags) (*pipeline.Snapshot, error) {
	switch f.snapshot {
	case "":
	case standard:
		return pipeline.ReadSnapshot(a.stdin, "standard input")
	default:
		return pipeline.OpenSnapshot(f.snapshot)
	}
	memory := &pipeline.Memory{}
	who, err := f.who.of(f.baseline, a.now)
	if err != nil {
		return nil, err
	}
	if _, err := a.collect(ctx, c, &f.configFlags, &f.collectFlags, who, memory.Create); err != nil {
		return nil, err
	}
	return memory.Open()
}

// collect runs the collecting stages, with a progress bar where somebody looks.
func (a *app) collect(ctx context.Context, c *config.Config, cf *configFlags, f *collectFlags, who *pipeline.Who, create pipeline.Create) (pipeline.Collected, error) {
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	progress := terminal.NewProgress(a.screen, "collecting evidence", !f.noProgress && !a.quiet && !a.verbose && !a.logsJSON())
	defer progress.Close()
	collected, err := pipeline.Collect(ctx, pipeline.CollectOptions{
		Config: c, Tenants: cf.tenants, ExportsFile: f.exportsFile, Concurrency: int(f.concurrency),
		ToolVersion: version, Now: a.now, Traffic: a.journal, Progress: progress.Set, Who: who,
		Warn: a.warn,
	}, create)
	a.counts.Exports, a.counts.Gaps = collected.Exports, collected.Gaps
	return collected, err
}
