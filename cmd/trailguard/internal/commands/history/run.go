package history

import (
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
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
		return 0, cli.Usage("%q is not the number of a run: history runs lists them", text)
	}
	return id, nil
}

func newShowCommand(a *app.App, f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "show RUN", Short: "Show one run with all that it found, as JSON", Example: "  trailguard history show 12", Args: cli.ExactArgs("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runID(args[0])
			if err != nil {
				return err
			}
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				run, err := s.Show(cmd.Context(), id)
				if err != nil {
					return err
				}
				return cli.WriteJSON(a.Stdout, run)
			})
		},
	}
}

func newChangesCommand(a *app.App, f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "changes BEFORE AFTER", Short: "Show what changed between two runs, as JSON", Example: "  trailguard history changes 11 12", Args: cli.ExactArgs("BEFORE", "AFTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			before, err := runID(args[0])
			if err != nil {
				return err
			}
			after, err := runID(args[1])
			if err != nil {
				return err
			}
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				changes, err := s.Changes(cmd.Context(), before, after)
				if err != nil {
					return err
				}
				return cli.WriteJSON(a.Stdout, changes)
			})
		},
	}
}

func newExportCommand(a *app.App, f *flags) *cobra.Command {
	var (
		out   string
		force bool
	)
	cmd := &cobra.Command{
		Use: "export RUN", Short: "Give the snapshot of a run back", Example: "  trailguard history export 12 -o run12.jsonl", Args: cli.ExactArgs("RUN"),
		Long: "export writes the snapshot that a run judged, with the digest that it had. It can be judged again with scan --snapshot.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runID(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				return cli.Usage("history export needs -o FILE, the file to write")
			}
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				if out == cli.Standard {
					return s.Export(cmd.Context(), id, a.Stdout)
				}
				if err := overwrite.Refuse(out, []overwrite.Input{{What: "the history", Path: s.Name()}, {What: "the configuration", Path: f.Config}}); err != nil {
					return err
				}
				if !force {
					if err := overwrite.RefuseApproved(out, overwrite.ByForce); err != nil {
						return err
					}
				}
				if err := reportfile.Write(out, func(w io.Writer) error { return s.Export(cmd.Context(), id, w) }); err != nil {
					return err
				}
				a.Note("wrote %s", out)
				return nil
			})
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the snapshot to `FILE`; - is standard output")
	cmd.Flags().BoolVar(&force, "force", false, "replace a snapshot that is approved")
	return cmd
}

var headPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

func newVerifyCommand(a *app.App, f *flags) *cobra.Command {
	var heads []string
	cmd := &cobra.Command{
		Use: "verify", Short: "Find whatever was altered since it was recorded", Example: "  trailguard history verify\n  trailguard history verify --expect-head HASH", Args: cli.NoArgs,
		Long: `verify recomputes every digest and the chain of the ledger, and names each row
and document that is not as it was recorded. Keep the head that it prints
elsewhere, and name it the next time with --expect-head: later runs may have
come on top, but where nobody knows that head any more, the end was cut off or
an older copy took the place of the history.

Exit status: 0 nothing was altered, 1 something was.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, head := range heads {
				if !headPattern.MatchString(head) {
					return cli.Usage("--expect-head %q is no head: history verify prints it, 64 characters of 0-9 and a-f", head)
				}
			}
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				v, err := s.Verify(cmd.Context(), heads...)
				if err != nil {
					return err
				}
				err = printVerification(a, v, f.asJSON)
				if err == nil && len(v.Problems) > 0 {
					return &cli.ExitError{Status: scanner.ExitFail}
				}
				return err
			})
		},
	}
	cmd.Flags().StringArrayVar(&heads, "expect-head", nil, "the ledger still has this head, which an earlier run or verify printed (`HASH`, repeatable)")
	return cmd
}

func printVerification(a *app.App, v *history.Verification, asJSON bool) error {
	if asJSON {
		return cli.WriteJSON(a.Stdout, show.Verification(v))
	}
	for _, p := range v.Problems {
		if err := a.Print("ALTERED  %s: %s", p.Table, p.Text); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.Stdout, "%d runs and %d ledger entries, %d problems\nhead %s\n", v.Runs, v.Entries, len(v.Problems), v.Head)
	return err
}

var keepPattern = regexp.MustCompile(`^([1-9][0-9]{0,4})d$`)

func newPruneCommand(a *app.App, f *flags) *cobra.Command {
	var keep string
	cmd := &cobra.Command{
		Use: "prune", Short: "Remove the content of old runs, and keep the ledger", Example: "  trailguard history prune --keep 400d", Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m := keepPattern.FindStringSubmatch(keep)
			if m == nil {
				return cli.Usage("--keep %q: write days, such as 400d", keep)
			}
			days, err := strconv.Atoi(m[1])
			if err != nil {
				return cli.Usage("--keep %q: %w", keep, err)
			}
			return f.With(cmd.Context(), history.Options{}, func(s *history.Store) error {
				p, err := s.Prune(cmd.Context(), a.Now().AddDate(0, 0, -days))
				if err != nil {
					return err
				}
				if f.asJSON {
					return cli.WriteJSON(a.Stdout, map[string]int{"runs": p.Runs, "findings": p.Episodes, "documents": p.Documents})
				}
				_, err = fmt.Fprintf(a.Stdout, "removed the content of %s: %s, %s\n",
					scanner.Count(p.Runs, "run", "runs"), scanner.Count(p.Episodes, "finding", "findings"), scanner.Count(p.Documents, "document", "documents"))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep the content of this many days, such as `400d`")
	return cmd
}
