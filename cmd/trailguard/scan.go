package main

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
)

func newScanCommand(a *app.App) *cobra.Command {
	f := &scan.Flags{}
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
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return scan.Do(cmd.Context(), a, f) },
	}
	f.ConfigFlags.Register(cmd.Flags())
	f.CollectFlags.Register(cmd.Flags())
	f.CriteriaFlags.Register(cmd.Flags())
	f.RegisterBaseline(cmd.Flags())
	f.RegisterFailOnNew(cmd.Flags(), false)
	f.Output.Register(cmd.Flags())
	f.Who.Register(cmd.Flags(), "look up in CloudTrail who changed what is new or has drifted: with --baseline what differs from it, which is the default then, else every bucket, role, user and key")
	cmd.Flags().StringVar(&f.Snapshot, "snapshot", "", "judge the snapshot in `FILE` instead of collecting; - is standard input")
	cmd.Flags().BoolVar(&f.Fixes, "fixes", false, "prove a change for each failure that has one, the 500 gravest, and report it with the finding")
	cmd.Flags().StringVar(&f.OnChange, "on-change", "", "when something changed, run this `COMMAND` with drift, new and resolved findings as JSON on its standard input")
	cmd.Flags().StringSliceVar(&f.OnChangeEnv, "on-change-env", nil, "also hand this environment variable `NAME` to that command; it gets PATH, HOME and their like, and no key")
	cmd.Flags().StringVar(&f.History, "history", "", "record the run in this `FILE` or postgres:// URL, or none (default: in your state folder; nothing for --snapshot)")
	return cmd
}
