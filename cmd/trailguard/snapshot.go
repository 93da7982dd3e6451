package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

func newSnapshotCommand(a *app) *cobra.Command {
	var (
		cf  configFlags
		f   collectFlags
		out string
		who whoFlag

		force bool
	)
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Collect evidence into a file and judge nothing",
		Long: `snapshot collects what scan would judge and writes it to a file: JSON Lines,
compressed when the name ends in .zst, readable by its owner alone. It holds
policies and names, never a credential. scan --snapshot judges it, any time.

Exit status: 0; 2 when something could not be read (the file is written, and
says what); 3 could not run.`,
		Example: "  trailguard snapshot -o monday.jsonl.zst\n  trailguard scan --snapshot monday.jsonl.zst",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usageError("snapshot needs -o FILE, the file to write")
			}
			if err := f.check(); err != nil {
				return err
			}
			c, err := cf.load()
			if errors.Is(err, config.ErrNotFound) && f.exportsFile != "" {
				c, err = &config.Config{}, nil
			}
			if err != nil {
				return err
			}
			if err := refuseOverwrite(out, append(configInputs(c), overwrite.Input{What: "the exports file", Path: f.exportsFile})); err != nil {
				return err
			}
			if !force {
				if err := refuseApproved(out, byForce); err != nil {
					return err
				}
			}
			watch, err := who.of("", a.now)
			if err != nil {
				return err
			}
			return a.snapshot(cmd.Context(), c, &cf, &f, watch, out)
		},
	}
	cf.register(cmd.Flags())
	f.register(cmd.Flags())
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the snapshot to `FILE`; - is standard output")
	who.register(cmd.Flags(), "also look up in CloudTrail who changed every bucket, role, user and key in the last 90 days, for a scan that compares the snapshot with an earlier one")
	cmd.Flags().BoolVar(&force, "force", false, "replace a snapshot that is approved")
	return cmd
}

func (a *app) snapshot(ctx context.Context, c *config.Config, cf *configFlags, f *collectFlags, who *pipeline.Who, out string) error {
	create := func(h scanner.Header, tenants []scanner.Tenant) (*snapshot.Writer, error) {
		if out == standard {
			return snapshot.NewWriter(a.stdout, h, tenants)
		}
		return snapshot.Create(out, h, tenants)
	}
	a.begin(journal.Start{Tenants: cf.names(c), Source: f.exportsFile})
	collected, err := a.collect(ctx, c, cf, f, who, pipeline.Create(create))
	if err != nil {
		return err
	}
	a.note("wrote %s: exports %d, gaps %d, digest %s", out, collected.Exports, collected.Gaps, collected.Digest)
	switch {
	case interruption(ctx) != 0:
		return &exitError{status: interruption(ctx)}
	case collected.Gaps > 0 || !collected.Complete || collected.Interrupted:
		return &exitError{status: scanner.ExitIncomplete}
	default:
		return nil
	}
}
