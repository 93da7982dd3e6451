package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/show"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa"
)

func newRulesCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "List, show, test and begin rules, and show what they read",
		Example: "  trailguard rules list\n  trailguard rules show external_id_required\n  trailguard rules test ./rules",
		Args:    cli.Subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRulesListCommand(a), newRulesShowCommand(a), newRulesFactsCommand(a), newRulesTestCommand(a), newRulesNewCommand(a))
	return cmd
}

func newRulesListCommand(a *app.App) *cobra.Command {
	var (
		flags  scan.RuleFlags
		format cli.Choice
	)
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List all rules",
		Example: "  trailguard rules list\n  trailguard rules list --format json",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, err := flags.Engine(cmd.Context(), &config.Config{})
			if err != nil {
				return err
			}
			if format.Value == "json" {
				return cli.WriteJSON(a.Stdout, engine.Rules())
			}
			return show.Rules(a.Stdout, a.Width(), engine.Rules())
		},
	}
	flags.Register(cmd.Flags())
	format.Register(cmd.Flags(), "format", "table", "table or json", "format", "table", "json")
	return cmd
}

func newRulesShowCommand(a *app.App) *cobra.Command {
	var flags scan.RuleFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one rule: what it says, what it reads, how to mend what it finds",
		Example: "  trailguard rules show put_object_granted\n  trailguard rules show put_object_granted --format json",
		Args:    cli.ExactArgs("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.IDs = args
			engine, err := flags.Engine(cmd.Context(), &config.Config{})
			if err != nil {
				return err
			}
			rule := &engine.Rules()[0]
			if asJSON {
				return cli.WriteJSON(a.Stdout, rule)
			}
			return show.Rule(a.Stdout, rule)
		},
	}
	flags.Register(cmd.Flags())
	cli.JSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

func newRulesTestCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "test [DIR]",
		Short: "Run the tests of the shipped rules, or of those in DIR",
		Long: `test runs the Rego tests of the rules and checks their inputs against the
schema of the facts. Exit status: 0 all pass, 1 one fails, 3 could not run.`,
		Example: "  trailguard rules test\n  trailguard rules test ./rules",
		Args:    cli.AtMostOne("folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			cases, err := opa.Test(cmd.Context(), pipeline.RuleOptions(nil), dir)
			if err != nil {
				return err
			}
			return reportTests(a, cases)
		},
	}
}

// reportTests lists what did not pass, and counts.
func reportTests(a *app.App, cases []opa.TestCase) error {
	failed := 0
	for _, c := range cases {
		if c.Passed {
			continue
		}
		failed++
		lines := fmt.Sprintf("FAIL %s:%d: %s: %s\n%s", c.File, c.Line, c.Name, c.Message, c.Output)
		for line := range strings.SplitSeq(strings.TrimRight(lines, "\n"), "\n") {
			if err := a.Print("%s", line); err != nil {
				return err
			}
		}
	}
	if _, err := fmt.Fprintf(a.Stdout, "%d passed, %d failed\n", len(cases)-failed, failed); err != nil {
		return err
	}
	if failed > 0 {
		return &cli.ExitError{Status: scanner.ExitFail}
	}
	return nil
}

func newRulesNewCommand(a *app.App) *cobra.Command {
	dir := "rules"
	cmd := &cobra.Command{
		Use:     "new ID",
		Short:   "Write the skeleton of a rule and its test",
		Long:    `new writes a rule called ROOT.NAME, such as acme.owner_in_payroll, that loads and whose tests pass, as a place to start from.`,
		Example: "  trailguard rules new acme.owner_in_payroll --dir ./rules",
		Args:    cli.ExactArgs("ID"),
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := opa.Scaffold(args[0])
			if err != nil {
				return cli.Usage("%w", err)
			}
			for _, file := range files {
				if err := writeRule(a, filepath.Join(dir, filepath.FromSlash(file.Path)), file.Text); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", dir, "folder for the rule")
	return cmd
}

// writeRule creates a file, which must not exist, and says so.
func writeRule(a *app.App, path, text string) error {
	if err := createNew(path, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	a.Note("wrote %s", path)
	return nil
}
