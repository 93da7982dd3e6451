// Package evidence has the commands about evidence packs. What a pack holds is
// the business of internal/packs and scanner/evidence.
package evidence

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
)

// New returns the command evidence.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "Hand over what was judged, by what, and what came of it, signed",
		Long: `evidence makes a pack of everything that a report rests on, signs it, and verifies
one that somebody else made: who signed it, that no byte was altered, and that its
rules come to the same report when they judge its evidence again.`,
		Example: "  trailguard evidence pack -o audit.tar.gz --snapshot monday.jsonl.zst --sign ssh:$HOME/.ssh/id_ed25519\n" +
			"  trailguard evidence verify audit.tar.gz --allowed-signers allowed_signers\n  trailguard evidence show audit.tar.gz",
		Args: cli.Subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPackCommand(a), newVerifyCommand(a), newShowCommand(a))
	return cmd
}

// judgePacked judges a snapshot for a pack, or that of one.
func judgePacked(ctx context.Context, a *app.App, f *scan.Flags) (*packs.Judged, error) {
	f.Output.Format.Value = "html" // so that the report has what a page shows
	run, err := scan.Prepare(ctx, a, f)
	if err != nil {
		return nil, err
	}
	defer run.Close(ctx)
	report, err := run.Report(ctx)
	if err != nil {
		return nil, err
	}
	o := &run.Options
	return &packs.Judged{
		Report: report, AsOf: o.AsOf, Settings: o.Settings, Selection: o.Selection, Threshold: f.Threshold(run.Config),
		Rules: run.Engine.Sources(), Waivers: run.WaiversPath(), Attestations: run.AttestationsPath(), Attested: run.Attestations,
	}, nil
}
