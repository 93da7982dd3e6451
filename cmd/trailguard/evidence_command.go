package main

import (
	"github.com/spf13/cobra"
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
