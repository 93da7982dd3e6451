package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/waiver"
)

func newWaiversCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "waivers",
		Short:   "Check a waivers file, or begin waivers for findings",
		Example: "  trailguard waivers check waivers.yaml\n  trailguard waivers new 1f0c52aa --snapshot monday.jsonl.zst",
		Args:    cli.Subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newWaiversCheckCommand(a), newWaiversNewCommand(a), newWaiversInitCommand(a))
	return cmd
}

func newWaiversCheckCommand(a *app.App) *cobra.Command {
	var rules scan.RuleFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "check FILE…",
		Short:   "Read waivers files and name every mistake with its line",
		Long:    "check reads waivers files as scan would. Exit status: 0 all well formed, 3 not.",
		Example: "  trailguard waivers check waivers.yaml\n  trailguard waivers check waivers.yaml --format json",
		Args:    cli.SomeArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			engine, err := rules.Engine(cmd.Context(), &config.Config{})
			if err != nil {
				return err
			}
			return checkWaivers(a, args, waiver.Known{Rules: engine.Loaded()}, asJSON)
		},
	}
	cli.JSONFlag(cmd.Flags(), &asJSON)
	cmd.Flags().StringArrayVar(&rules.Dirs, "rules", nil, "add the Rego rules in `DIR` (repeatable)")
	return cmd
}

// checkWaivers says of each file that it is well formed, or what is wrong with it.
func checkWaivers(a *app.App, paths []string, known waiver.Known, asJSON bool) error {
	var wrong []error
	var checked []checkedFile
	for _, path := range paths {
		file, err := scan.ReadWaivers(path, path, known)
		var notes []string
		if err == nil {
			notes = file.Misspelt()
		}
		wrong, checked = append(wrong, err), append(checked, newCheckedFile(path, notes, err))
		if err != nil || asJSON {
			continue
		}
		for _, line := range notes {
			a.Note("%s", line)
		}
		if err := a.Print("%s is well formed", path); err != nil {
			return err
		}
	}
	if asJSON {
		wrong = append(wrong, printChecked(a, checked))
	}
	return errors.Join(wrong...)
}

func newWaiversNewCommand(a *app.App) *cobra.Command {
	f := &scan.Flags{History: recorded.None}
	cmd := &cobra.Command{
		Use:   "new FINGERPRINT",
		Short: "Print the skeleton of a waiver for a finding",
		Long: `new prints an entry of a waivers file for one finding, or for the gaps of an
unknown one, with the justification, the approver and the expiry left to fill in.`,
		Example: "  trailguard waivers new 1f0c52aa --snapshot monday.jsonl.zst",
		Args:    cli.ExactArgs("FINGERPRINT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFingerprint(args[0]); err != nil {
				return err
			}
			run, err := scan.Prepare(cmd.Context(), a, f)
			if err != nil {
				return err
			}
			defer run.Close(cmd.Context())
			report, err := run.Report(cmd.Context())
			if err != nil {
				return err
			}
			finding, err := findingOf(report, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.Stdout, waiver.New(finding))
			return err
		},
	}
	f.ConfigFlags.Register(cmd.Flags())
	f.CollectFlags.Register(cmd.Flags())
	f.RuleFlags.Register(cmd.Flags())
	f.ParallelFlag.Register(cmd.Flags())
	f.RegisterBaseline(cmd.Flags())
	cmd.Flags().StringVar(&f.Snapshot, "snapshot", "", "look in the snapshot in `FILE` instead of collecting")
	return cmd
}

// findingOf finds a finding by its fingerprint or the beginning of it.
func findingOf(r *scanner.Report, fingerprint string) (*scanner.Finding, error) {
	var known []string
	for i := range r.Findings {
		known = append(known, r.Findings[i].Fingerprint)
	}
	found, err := pick.One("fingerprint", fingerprint, known)
	if err != nil {
		return nil, err
	}
	at := slices.Index(known, found)
	if at < 0 {
		return nil, fmt.Errorf("no finding %s: the table of scan shows the fingerprints", fingerprint)
	}
	return &r.Findings[at], nil
}
