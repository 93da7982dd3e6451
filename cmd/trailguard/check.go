package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/readiness"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
)

func newCheckCommand(a *app.App) *cobra.Command {
	var cf scan.ConfigFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Try configuration, credentials and permissions before the first scan",
		Long: `check reads the configuration, asks each tenant for its exports and AWS who you
are, then tries every read that a scan needs. It lists the permissions that are
missing, and what else could not be read. It judges nothing and writes nothing.

Exit status: 0 a scan will be complete; 2 something could not be read; 3 a scan
could not run.`,
		Example: "  trailguard check\n  trailguard check --config trailguard.yaml --tenant acme",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := cf.Load()
			if err != nil {
				return err
			}
			return runCheck(cmd.Context(), a, c, &cf, asJSON)
		},
	}
	cf.Register(cmd.Flags())
	cli.JSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

// runCheck tries everything and prints what it finds.
func runCheck(ctx context.Context, a *app.App, c *config.Config, cf *scan.ConfigFlags, asJSON bool) error {
	a.Begin(journal.Start{Tenants: cf.Names(c)})
	check := &readiness.Check{
		Config: c, Now: a.Now, Traffic: a.Journal,
		Collect: func(ctx context.Context, create pipeline.Create) (pipeline.Collected, error) {
			return (&scan.CollectFlags{}).Collect(ctx, a, c, cf.Tenants, nil, create)
		},
		Say: func(line string) error {
			if asJSON {
				return nil
			}
			return a.Print("%s", line)
		},
	}
	result, err := check.Run(ctx)
	if err == nil && asJSON {
		err = cli.WriteJSON(a.Stdout, result)
	}
	switch {
	case err != nil:
		return err
	case cli.Interruption(ctx) != 0:
		return &cli.ExitError{Status: cli.Interruption(ctx)}
	case !result.Complete:
		return &cli.ExitError{Status: scanner.ExitIncomplete}
	default:
		return nil
	}
}
