package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/show"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// historyFlags say which history is read.
type historyFlags struct {
	config  string
	history string
	asJSON  bool
}

// defaultHistory is where a history is kept unless somebody says otherwise;
// empty: nowhere.
func (a *app) defaultHistory() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return history.DefaultPath(os.Getenv, home)
}

func newHistoryCommand(a *app) *cobra.Command {
	f := &historyFlags{}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Look at earlier runs: what was true on any day, and since when",
		Long: `history reads what scans have recorded: runs, findings from their first run to
their last, the snapshot of each run, and a ledger that shows whether any of it
was altered since.`,
		Example: "  trailguard history runs\n  trailguard history findings --all\n  trailguard history export 12 -o run12.jsonl\n  trailguard history verify",
		Args:    subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.history, "history", "", "the history in this `FILE` or behind this postgres:// URL (default: in your state folder)")
	cmd.PersistentFlags().StringVar(&f.config, "config", "", "configuration `FILE` that names the history")
	jsonFlag(cmd.PersistentFlags(), &f.asJSON)
	cmd.AddCommand(
		newHistoryRunsCommand(a, f), newHistoryFindingsCommand(a, f), newHistoryTrendCommand(a, f), newHistoryShowCommand(a, f),
		newHistoryChangesCommand(a, f), newHistoryExportCommand(a, f), newHistoryVerifyCommand(a, f), newHistoryPruneCommand(a, f),
		newHistoryApprovalsCommand(a, f), newHistoryAttestCommand(a, f),
	)
	return cmd
}

// with opens the history, for reading only or not, and closes it again.
func (f *historyFlags) with(ctx context.Context, a *app, o history.Options, do func(*history.Store) error) error {
	place := f.history
	if place == "" && f.config != "" {
		c, err := config.Load(f.config)
		if err != nil {
			return err
		}
		place = c.History
	}
	if place == "" {
		place = a.defaultHistory()
	}
	if place == "" || place == noHistory {
		return usageError("history: name one with --history FILE")
	}
	store, err := history.Open(ctx, place, o)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // what was changed is committed
	return do(store)
}

// list prints a line for each item, or all of them as JSON.
func list[T any](a *app, asJSON bool, items []T, line func(*T) string) error {
	if asJSON {
		return writeJSON(a.stdout, append([]T{}, items...))
	}
	for i := range items {
		if err := a.print("%s", line(&items[i])); err != nil {
			return err
		}
	}
	return nil
}

func newHistoryRunsCommand(a *app, f *historyFlags) *cobra.Command {
	return &cobra.Command{
		Use: "runs", Short: "List all runs, oldest first", Example: "  trailguard history runs", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				runs, err := s.Runs(cmd.Context())
				if err != nil {
					return err
				}
				a.note("%d runs in %s", len(runs), s.Name())
				return list(a, f.asJSON, runs, show.Run)
			})
		},
	}
}

func newHistoryTrendCommand(a *app, f *historyFlags) *cobra.Command {
	days := 90
	cmd := &cobra.Command{
		Use: "trend", Short: "Draw failures over time", Example: "  trailguard history trend --days 30", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 {
				return usageError("--days %d: use a positive number", days)
			}
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				runs, err := s.Trend(cmd.Context(), a.now().AddDate(0, 0, -days))
				if err != nil {
					return err
				}
				if f.asJSON {
					return list(a, true, runs, show.Run)
				}
				_, err = fmt.Fprint(a.stdout, show.Chart(runs))
				return err
			})
		},
	}
	cmd.Flags().IntVar(&days, "days", days, "how far back, in `DAYS`")
	return cmd
}

func newHistoryApprovalsCommand(a *app, f *historyFlags) *cobra.Command {
	return &cobra.Command{
		Use: "approvals", Short: "List who approved which snapshot, when and why", Example: "  trailguard history approvals", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				approvals, err := s.Approvals(cmd.Context())
				if err != nil {
					return err
				}
				return list(a, f.asJSON, approvals, func(approval *scanner.Approval) string {
					return fmt.Sprintf("%.12s  %s  %s: %s", approval.Digest, approval.At.Format(time.RFC3339), approval.By, approval.Reason)
				})
			})
		},
	}
}
