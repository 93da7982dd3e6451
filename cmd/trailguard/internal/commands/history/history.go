// Package history has the commands that look at what scans have recorded.
package history

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/show"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// flags are those of all commands about a history.
type flags struct {
	recorded.Place

	asJSON bool
}

// New returns the command history.
func New(a *app.App) *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Look at earlier runs: what was true on any day, and since when",
		Long: `history reads what scans have recorded: runs, findings from their first run to
their last, the snapshot of each run, and a ledger that shows whether any of it
was altered since.`,
		Example: "  trailguard history runs\n  trailguard history findings --all\n  trailguard history export 12 -o run12.jsonl\n  trailguard history verify",
		Args:    cli.Subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.History, "history", "", "the history in this `FILE` or behind this postgres:// URL (default: in your state folder)")
	cmd.PersistentFlags().StringVar(&f.Config, "config", "", "configuration `FILE` that names the history")
	cli.JSONFlag(cmd.PersistentFlags(), &f.asJSON)
	cmd.AddCommand(
		newRunsCommand(a, f), newFindingsCommand(a, f), newTrendCommand(a, f), newShowCommand(a, f),
		newChangesCommand(a, f), newExportCommand(a, f), newVerifyCommand(a, f), newPruneCommand(a, f),
		newApprovalsCommand(a, f), newAttestCommand(a, f),
	)
	return cmd
}

func newRunsCommand(a *app.App, f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "runs", Short: "List all runs, oldest first", Example: "  trailguard history runs", Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				runs, err := s.Runs(cmd.Context())
				if err != nil {
					return err
				}
				a.Note("%s in %s", scanner.Count(len(runs), "run", "runs"), s.Name())
				return app.List(a, f.asJSON, runs, show.Run)
			})
		},
	}
}

func newTrendCommand(a *app.App, f *flags) *cobra.Command {
	days := 90
	cmd := &cobra.Command{
		Use: "trend", Short: "Draw failures over time", Example: "  trailguard history trend --days 30", Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 {
				return cli.Usage("--days %d: use a positive number", days)
			}
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				runs, err := s.Trend(cmd.Context(), a.Now().AddDate(0, 0, -days))
				if err != nil {
					return err
				}
				if f.asJSON {
					return app.List(a, true, runs, show.Run)
				}
				_, err = fmt.Fprint(a.Stdout, show.Chart(runs))
				return err
			})
		},
	}
	cmd.Flags().IntVar(&days, "days", days, "how far back, in `DAYS`")
	return cmd
}

func newApprovalsCommand(a *app.App, f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "approvals", Short: "List who approved which snapshot, when and why", Example: "  trailguard history approvals", Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				approvals, err := s.Approvals(cmd.Context())
				if err != nil {
					return err
				}
				return app.List(a, f.asJSON, approvals, func(approval *scanner.Approval) string {
					return fmt.Sprintf("%.12s  %s  %s: %s", approval.Digest, approval.At.Format(time.RFC3339), approval.By, approval.Reason)
				})
			})
		},
	}
}
