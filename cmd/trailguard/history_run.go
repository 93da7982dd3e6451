package main

import (
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/show"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

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
	var (
		out   string
		force bool
	)
	cmd := &cobra.Command{
		Use: "export RUN", Short: "Give the snapshot of a run back", Example: "  trailguard history export 12 -o run12.jsonl", Args: exactArgs("RUN"),
		Long: "export writes the snapshot that a run judged, with the digest that it had. It can be judged again with scan --snapshot.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runID(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				return usageError("history export needs -o FILE, the file to write")
			}
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				if out == standard {
					return s.Export(cmd.Context(), id, a.stdout)
				}
				if err := refuseOverwrite(out, []overwrite.Input{{What: "the history", Path: s.Name()}, {What: "the configuration", Path: f.config}}); err != nil {
					return err
				}
				if !force {
					if err := refuseApproved(out, byForce); err != nil {
						return err
					}
				}
				if err := reportfile.Write(out, func(w io.Writer) error { return s.Export(cmd.Context(), id, w) }); err != nil {
					return err
				}
				a.note("wrote %s", out)
				return nil
			})
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the snapshot to `FILE`; - is standard output")
	cmd.Flags().BoolVar(&force, "force", false, "replace a snapshot that is approved")
	return cmd
}

var headPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

func newHistoryVerifyCommand(a *app, f *historyFlags) *cobra.Command {
	var heads []string
	cmd := &cobra.Command{
		Use: "verify", Short: "Find whatever was altered since it was recorded", Example: "  trailguard history verify\n  trailguard history verify --expect-head HASH", Args: noArgs,
		Long: `verify recomputes every digest and the chain of the ledger, and names each row
and document that is not as it was recorded. Keep the head that it prints
elsewhere, and name it the next time with --expect-head: later runs may have
come on top, but where nobody knows that head any more, the end was cut off or
an older copy took the place of the history.

Exit status: 0 nothing was altered, 1 something was.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, head := range heads {
				if !headPattern.MatchString(head) {
					return usageError("--expect-head %q is no head: history verify prints it, 64 characters of 0-9 and a-f", head)
				}
			}
			return f.with(cmd.Context(), a, history.Options{ReadOnly: true}, func(s *history.Store) error {
				v, err := s.Verify(cmd.Context(), heads...)
				if err != nil {
					return err
				}
				err = a.printVerification(v, f.asJSON)
				if err == nil && len(v.Problems) > 0 {
					return &exitError{status: scanner.ExitFail}
				}
				return err
			})
		},
	}
	cmd.Flags().StringArrayVar(&heads, "expect-head", nil, "the ledger still has this head, which an earlier run or verify printed (`HASH`, repeatable)")
	return cmd
}

func (a *app) printVerification(v *history.Verification, asJSON bool) error {
	if asJSON {
		return writeJSON(a.stdout, show.Verification(v))
	}
	for _, p := range v.Problems {
		if err := a.print("ALTERED  %s: %s", p.Table, p.Text); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.stdout, "%d runs and %d ledger entries, %d problems\nhead %s\n", v.Runs, v.Entries, len(v.Problems), v.Head)
	return err
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
				if f.asJSON {
					return writeJSON(a.stdout, map[string]int{"runs": p.Runs, "findings": p.Episodes, "documents": p.Documents})
				}
				_, err = fmt.Fprintf(a.stdout, "removed the content of %d runs: %d findings, %d documents\n", p.Runs, p.Episodes, p.Documents)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep the content of this many days, such as `400d`")
	return cmd
}
