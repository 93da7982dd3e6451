package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/scanner"
)

func newEvidenceCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "Hand over what was judged, by what, and what came of it, signed",
		Long: `evidence makes a pack of everything that a report rests on, signs it, and verifies
one that somebody else made: who signed it, that no byte was altered, and that its
rules come to the same report when they judge its evidence again.`,
		Example: "  trailguard evidence pack -o audit.tar.gz --snapshot monday.jsonl.zst --sign ssh:$HOME/.ssh/id_ed25519\n" +
			"  trailguard evidence verify audit.tar.gz --allowed-signers allowed_signers\n  trailguard evidence show audit.tar.gz",
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEvidencePackCommand(a), newEvidenceVerifyCommand(a), newEvidenceShowCommand(a))
	return cmd
}

// packedRun is what the report of an evidence pack rests on besides flags.
type packedRun struct {
	settings *scanner.Settings // nil: the pack is only being made
	version  string            // of the program that made it; empty: this one
}

// tool is what the report says that it was made by.
func (f *scanFlags) tool() scanner.Tool {
	t := scanner.Tool{Name: toolName, Version: version}
	if f.packed != nil && f.packed.version != "" {
		t.Version = f.packed.version
	}
	return t
}

// judgePacked judges a snapshot for a pack, or that of one.
func (a *app) judgePacked(ctx context.Context, f *scanFlags) (*packs.Judged, error) {
	f.output.format.Value = "html" // so that the report has what a page shows
	scan, err := a.prepareRun(ctx, f)
	if err != nil {
		return nil, err
	}
	defer scan.close(ctx)
	report, err := scan.report(ctx)
	if err != nil {
		return nil, err
	}
	o := &scan.options
	return &packs.Judged{
		Report: report, AsOf: o.AsOf, Settings: o.Settings, Selection: o.Selection, Threshold: f.threshold(scan.config),
		Rules: scan.engine.Sources(), Waivers: scan.waiversPath(), Attestations: scan.attestationsPath(), Attested: scan.attestations,
	}, nil
}

// printLines prints lines.
func (a *app) printLines(lines []string) error {
	for _, l := range lines {
		if err := a.print("%s", l); err != nil {
			return err
		}
	}
	return nil
}
