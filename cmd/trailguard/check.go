package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/readiness"
	"github.com/trailguard/trailguard/scanner"
)

func newCheckCommand(a *app) *cobra.Command {
	var cf configFlags
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
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := cf.load()
			if err != nil {
				return err
			}
			return a.check(cmd.Context(), c, &cf, asJSON)
		},
	}
	cf.register(cmd.Flags())
	jsonFlag(cmd.Flags(), &asJSON)
	return cmd
}

// check tries everything and prints what it finds.
func (a *app) check(ctx context.Context, c *config.Config, cf *configFlags, asJSON bool) error {
	a.begin(journal.Start{Tenants: cf.names(c)})
	check := &readiness.Check{
		Config: c, Now: a.now, Traffic: a.journal,
		Collect: func(ctx context.Context, create pipeline.Create) (pipeline.Collected, error) {
			return a.collect(ctx, c, cf, &collectFlags{}, nil, create)
		},
		Say: func(line string) error {
			if asJSON {
				return nil
			}
			return a.print("%s", line)
		},
	}
	result, err := check.Run(ctx)
	if err == nil && asJSON {
		err = writeJSON(a.stdout, result)
	}
	switch {
	case err != nil:
		return err
	case interruption(ctx) != 0:
		return &exitError{status: interruption(ctx)}
	case !result.Complete:
		return &exitError{status: scanner.ExitIncomplete}
	default:
		return nil
	}
}
