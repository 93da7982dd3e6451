package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
)

func newAttestationsCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "attestations",
		Short:   "Check a file of what was looked at by hand",
		Example: "  trailguard attestations check attestations.yaml",
		Args:    cli.Subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAttestationsCheckCommand(a))
	return cmd
}

func newAttestationsCheckCommand(a *app.App) *cobra.Command {
	var rules scan.RuleFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Read a file of attestations with its evidence and name every mistake with its line",
		Long: `check reads a file of attestations as scan would, and compares each file of
evidence with the SHA-256 that was attested. Exit status: 0 well formed, 3 not.`,
		Example: "  trailguard attestations check attestations.yaml\n  trailguard attestations check attestations.yaml --format json",
		Args:    cli.ExactArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			engine, err := rules.Engine(cmd.Context(), &config.Config{})
			if err != nil {
				return err
			}
			list, err := scan.ReadAttestations(args[0], args[0], engine)
			if asJSON {
				return errors.Join(err, printChecked(a, []checkedFile{newCheckedFile(args[0], nil, err)}))
			}
			if err != nil {
				return err
			}
			return a.Print("%s is well formed: %s, and their evidence is what was attested", args[0], scanner.Count(len(list), "attestation", "attestations"))
		},
	}
	cli.JSONFlag(cmd.Flags(), &asJSON)
	cmd.Flags().StringArrayVar(&rules.Dirs, "rules", nil, "add the Rego rules in `DIR` (repeatable)")
	return cmd
}
