package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

func newSnapshotCommand(a *app.App) *cobra.Command {
	var (
		cf    scan.ConfigFlags
		f     scan.CollectFlags
		out   string
		who   scan.WhoFlag
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
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return cli.Usage("snapshot needs -o FILE, the file to write")
			}
			if err := f.Check(); err != nil {
				return err
			}
			c, err := cf.Load()
			if errors.Is(err, config.ErrNotFound) && f.ExportsFile != "" {
				c, err = &config.Config{}, nil
			}
			if err != nil {
				return err
			}
			if err := overwrite.Refuse(out, append(scan.ConfigInputs(c), overwrite.Input{What: "the exports file", Path: f.ExportsFile})); err != nil {
				return err
			}
			if !force {
				if err := overwrite.RefuseApproved(out, overwrite.ByForce); err != nil {
					return err
				}
			}
			watch, err := who.Of("", a.Now)
			if err != nil {
				return err
			}
			return writeSnapshot(cmd.Context(), a, c, &cf, &f, watch, out)
		},
	}
	cf.Register(cmd.Flags())
	f.Register(cmd.Flags())
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the snapshot to `FILE`; - is standard output")
	who.Register(cmd.Flags(), "also look up in CloudTrail who changed every bucket, role, user and key in the last 90 days, for a scan that compares the snapshot with an earlier one")
	cmd.Flags().BoolVar(&force, "force", false, "replace a snapshot that is approved")
	return cmd
}

func writeSnapshot(ctx context.Context, a *app.App, c *config.Config, cf *scan.ConfigFlags, f *scan.CollectFlags, who *pipeline.Who, out string) error {
	create := func(h scanner.Header, tenants []scanner.Tenant) (*snapshot.Writer, error) {
		if out == cli.Standard {
			return snapshot.NewWriter(a.Stdout, h, tenants)
		}
		return snapshot.Create(out, h, tenants)
	}
	a.Begin(journal.Start{Tenants: cf.Names(c), Source: f.ExportsFile})
	collected, err := f.Collect(ctx, a, c, cf.Tenants, who, pipeline.Create(create))
	if err != nil {
		return err
	}
	a.Note("wrote %s: exports %d, gaps %d, digest %s", out, collected.Exports, collected.Gaps, collected.Digest)
	switch {
	case cli.Interruption(ctx) != 0:
		return &cli.ExitError{Status: cli.Interruption(ctx)}
	case collected.Gaps > 0 || !collected.Complete || collected.Interrupted:
		return &cli.ExitError{Status: scanner.ExitIncomplete}
	default:
		return nil
	}
}
