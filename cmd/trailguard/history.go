package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// historyFlags say which history is read.
type historyFlags struct {
	config  string
	history string
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
		Example: "  trailguard history runs\n  trailguard history findings --all\n  trailguard history export 12 -o run12.jsonl.zst\n  trailguard history verify",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.history, "history", "", "the history in this `FILE` or behind this postgres:// URL (default: in your state folder)")
	cmd.PersistentFlags().StringVar(&f.config, "config", "", "configuration `FILE` that names the history")
	cmd.AddCommand(
		newHistoryRunsCommand(a, f), newHistoryFindingsCommand(a, f), newHistoryTrendCommand(a, f), newHistoryShowCommand(a, f),
		newHistoryChangesCommand(a, f), newHistoryExportCommand(a, f), newHistoryVerifyCommand(a, f), newHistoryPruneCommand(a, f),
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

func newHistoryRunsCommand(a *app, f *historyFlags) *cobra.Command {
	return &cobra.Command{
		Use: "runs", Short: "List all runs, oldest first", Example: "  trailguard history runs", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				runs, err := s.Runs(cmd.Context())
				if err != nil {
					return err
				}
				for i := range runs {
					if err := a.print("%s", describeRun(&runs[i])); err != nil {
						return err
					}
				}
				a.note("%d runs in %s", len(runs), s.Name())
				return nil
			})
		},
	}
}

// describeRun is one run in one line.
func describeRun(r *history.RunSummary) string {
	var marks []string
	if !r.Complete {
		marks = append(marks, "incomplete")
	}
	if r.Interrupted {
		marks = append(marks, "interrupted")
	}
	if r.Selected {
		marks = append(marks, "partial")
	}
	if r.Pruned {
		marks = append(marks, "pruned")
	}
	mark := ""
	if len(marks) > 0 {
		mark = " (" + strings.Join(marks, ", ") + ")"
	}
	return fmt.Sprintf("%5d  %s  exit %d  %d exports, %d failures, %d not assessed  %s%s",
		r.ID, r.CollectedAt.Format("2006-01-02 15:04"), r.ExitStatus, r.Summary.Exports, r.Summary.ByStatus[scanner.StatusFail],
		r.Summary.ByStatus[scanner.StatusUnknown]+r.Summary.ByStatus[scanner.StatusError], strings.Join(r.Tenants, ","), mark)
}

func newHistoryFindingsCommand(a *app, f *historyFlags) *cobra.Command {
	var filter history.Filter
	cmd := &cobra.Command{
		Use: "findings", Short: "List findings, each from its first run to its last", Example: "  trailguard history findings\n  trailguard history findings --all --rule put_object_granted", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				episodes, err := s.Findings(cmd.Context(), filter)
				if err != nil {
					return err
				}
				for i := range episodes {
					if err := a.print("%s", describeEpisode(&episodes[i])); err != nil {
						return err
					}
				}
				a.note("%d findings", len(episodes))
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&filter.Ended, "all", false, "those that are over, too")
	flags.Int64Var(&filter.Run, "run", 0, "as of this `RUN` (default: the last)")
	flags.StringVar(&filter.Tenant, "tenant", "", "of this tenant `NAME`")
	flags.StringVar(&filter.ExportID, "export", "", "of this configuration `ID`")
	flags.StringVar(&filter.Rule, "rule", "", "of this rule `ID`")
	return cmd
}

func describeEpisode(e *history.Episode) string {
	span := "since " + e.FirstSeen.Format(time.DateOnly)
	if e.ResolvedRun != 0 {
		span = fmt.Sprintf("%s to %s (%s)", e.FirstSeen.Format(time.DateOnly), e.ResolvedAt.Format(time.DateOnly), e.Ending)
	}
	subject := e.ExportID
	if subject == "" {
		subject = e.Tenant
	}
	return fmt.Sprintf("%.12s  %-8s %-7s %s  %s  %s", e.Fingerprint, e.Severity, e.Status, e.Rule, subject, span)
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
				_, err = fmt.Fprint(a.stdout, chart(runs))
				return err
			})
		},
	}
	cmd.Flags().IntVar(&days, "days", days, "how far back, in `DAYS`")
	return cmd
}

// chartWidth is the length of the longest bar, in columns.
const chartWidth = 40

// chart is one bar of failures a run, in plain characters.
func chart(runs []history.RunSummary) string {
	most := 1
	for i := range runs {
		most = max(most, runs[i].Summary.ByStatus[scanner.StatusFail])
	}
	var b strings.Builder
	for i := range runs {
		failures := runs[i].Summary.ByStatus[scanner.StatusFail]
		// A failure is never drawn as none.
		bar := (failures*chartWidth + most - 1) / most
		fmt.Fprintf(&b, "%s  %4d  %s\n", runs[i].CollectedAt.Format("2006-01-02 15:04"), failures, strings.Repeat("#", bar))
	}
	if len(runs) == 0 {
		b.WriteString("no runs in that time\n")
	}
	return b.String()
}

// runID reads a run's number.
func runID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, usageError("%q is not the number of a run: history runs lists them", text)
	}
	return id, nil
}

func newHistoryShowCommand(a *app, f *historyFlags) *cobra.Command {
	return &cobra.Command{
		Use: "show RUN", Short: "Show one run with all that it found, as JSON", Example: "  trailguard history show 12", Args: exactArgs("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runID(args[0])
			if err != nil {
				return err
			}
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				run, err := s.Show(cmd.Context(), id)
				if err != nil {
					return err
				}
				return writeJSON(a.stdout, run)
			})
		},
	}
}

func newHistoryChangesCommand(a *app, f *historyFlags) *cobra.Command {
	return &cobra.Command{
		Use: "changes BEFORE AFTER", Short: "Show what changed between two runs, as JSON", Example: "  trailguard history changes 11 12", Args: exactArgs("BEFORE", "AFTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			before, err := runID(args[0])
			if err != nil {
				return err
			}
			after, err := runID(args[1])
			if err != nil {
				return err
			}
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				changes, err := s.Changes(cmd.Context(), before, after)
				if err != nil {
					return err
				}
				return writeJSON(a.stdout, changes)
			})
		},
	}
}

func newHistoryExportCommand(a *app, f *historyFlags) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export RUN", Short: "Give the snapshot of a run back", Example: "  trailguard history export 12 -o run12.jsonl", Args: exactArgs("RUN"),
		Long: "export writes the snapshot that a run judged, with the digest that it had. It can be judged again with scan --snapshot.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runID(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				return usageError("history export wants -o FILE")
			}
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				file, err := snapshot.CreateFile(out)
				if err != nil {
					return err
				}
				defer file.Discard()
				if err := s.Export(cmd.Context(), id, file); err != nil {
					return err
				}
				if err := file.Commit(); err != nil {
					return err
				}
				a.note("wrote %s", out)
				return nil
			})
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the snapshot to `FILE`")
	return cmd
}

func newHistoryVerifyCommand(a *app, f *historyFlags) *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Find whatever was altered since it was recorded", Example: "  trailguard history verify", Args: noArgs,
		Long: `verify recomputes every digest and the chain of the ledger, and names each row
and document that is not as it was recorded. Keep the head that it prints
elsewhere: it also proves later that nobody cut the end off.

Exit status: 0 nothing was altered, 1 something was.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				v, err := s.Verify(cmd.Context())
				if err != nil {
					return err
				}
				for _, p := range v.Problems {
					if err := a.print("ALTERED  %s: %s", p.Table, p.Text); err != nil {
						return err
					}
				}
				_, err = fmt.Fprintf(a.stdout, "%d runs and %d ledger entries, %d problems\nhead %s\n", v.Runs, v.Entries, len(v.Problems), v.Head)
				if err == nil && len(v.Problems) > 0 {
					return &exitError{status: scanner.ExitFail}
				}
				return err
			})
		},
	}
}

var keepPattern = regexp.MustCompile(`^([1-9][0-9]{0,4})d$`)

func newHistoryPruneCommand(a *app, f *historyFlags) *cobra.Command {
	var keep string
	cmd := &cobra.Command{
		Use: "prune", Short: "Remove the content of old runs, and keep the ledger", Example: "  trailguard history prune --keep 400d", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m := keepPattern.FindStringSubmatch(keep)
			if m == nil {
				return usageError("--keep %q: write days, such as 400d", keep)
			}
			days, err := strconv.Atoi(m[1])
			if err != nil {
				return usageError("--keep %q: %w", keep, err)
			}
			return f.with(cmd.Context(), a, history.Options{}, func(s *history.Store) error {
				p, err := s.Prune(cmd.Context(), a.now().AddDate(0, 0, -days))
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.stdout, "removed the content of %d runs: %d findings, %d versions, %d documents\n", p.Runs, p.Episodes, p.Versions, p.Blobs)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep the content of this many days, such as `400d`")
	return cmd
}
