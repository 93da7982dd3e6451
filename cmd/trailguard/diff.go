package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/drift"
)

func newDiffCommand(a *app.App) *cobra.Command {
	var (
		format     cli.Choice
		equivalent bool
	)
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Show what changed between two snapshots, by meaning",
		Long: `diff compares two snapshots: exports that were added, removed, changed or made
anew under another id; policies by what they allow; settings by how much they
protect. A policy that was merely rewritten is no change.

--format text and json list the changes. The others are reports of the state after,
judged by all rules, with what is new or cannot be compared and nothing else: for
those who read such reports already.

Exit status: 0 nothing changed, 1 something did, 2 nothing is known to have
changed but something could not be compared.`,
		Example: "  trailguard diff monday.jsonl.zst tuesday.jsonl.zst\n  trailguard diff a.jsonl b.jsonl --format sarif > changes.sarif",
		Args:    cli.ExactArgs("BEFORE", "AFTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reporter, ok := reporters.Lookup(format.Value); ok && format.Value != "json" {
				return reportDiff(cmd.Context(), a, args[0], args[1], reporter)
			}
			changes, err := compareSnapshots(args[0], args[1], equivalent)
			if err != nil {
				return err
			}
			if format.Value == "json" {
				err = cli.WriteJSON(a.Stdout, changes)
			} else {
				err = writeChanges(a.Stdout, changes)
			}
			if err != nil {
				return err
			}
			if status := diffStatus(changes); status != 0 {
				return &cli.ExitError{Status: status}
			}
			return nil
		},
	}
	formats := []string{"text", "json", "table", "jsonl", "sarif", "junit", "markdown", "gitlab"}
	format.Register(cmd.Flags(), "format", "text", strings.Join(formats, ", "), "format", formats...)
	cmd.Flags().BoolVar(&equivalent, "equivalent", false, "list documents that were rewritten and mean the same, too")
	return cmd
}

// reportDiff reports what is new or incomparable in the second snapshot.
func reportDiff(ctx context.Context, a *app.App, before, after string, reporter reporters.Reporter) error {
	f := &scan.Flags{History: recorded.None, Snapshot: after, ChangesOnly: true}
	f.Baseline = before
	run, err := scan.Prepare(ctx, a, f)
	if err != nil {
		return err
	}
	defer run.Close(ctx)
	report, err := run.Report(ctx)
	if err != nil {
		return err
	}
	o := reporters.Options{Width: a.Width(), Color: a.Colored()}
	if err := reporter(a.Stdout, report, o); err != nil {
		return err
	}
	status := diffStatus(report.Drift)
	for i := range report.Findings {
		if report.Findings[i].State == scanner.StateNew {
			status = scanner.ExitFail
		} else if status == scanner.ExitClean {
			status = scanner.ExitIncomplete
		}
	}
	if status != 0 {
		return &cli.ExitError{Status: status}
	}
	return nil
}

func compareSnapshots(before, after string, equivalent bool) ([]scanner.Change, error) {
	a, err := pipeline.OpenSnapshot(before)
	if err != nil {
		return nil, err
	}
	defer a.Close() //nolint:errcheck // it was only read
	b, err := pipeline.OpenSnapshot(after)
	if err != nil {
		return nil, err
	}
	defer b.Close() //nolint:errcheck // it was only read
	return drift.Between(a, b, drift.Options{Equivalent: equivalent})
}

// diffStatus returns the exit status of diff.
func diffStatus(changes []scanner.Change) int {
	status := scanner.ExitClean
	for i := range changes {
		switch changes[i].Effect {
		case scanner.EffectEquivalent:
		case scanner.EffectIncomparable:
			status = scanner.ExitIncomplete
		default:
			return scanner.ExitFail
		}
	}
	return status
}

// writeChanges writes one block for each change.
func writeChanges(w io.Writer, changes []scanner.Change) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(w, "nothing changed")
		return err
	}
	for i := range changes {
		c := &changes[i]
		var b strings.Builder
		fmt.Fprintf(&b, "%s  %s  %s\n", strings.ToUpper(string(c.Effect)), c.Kind, reporters.Visible(c.Resource))
		if c.ExportID != "" {
			fmt.Fprintf(&b, "  export   %s of %s\n", reporters.Visible(c.ExportID), reporters.Visible(c.Tenant))
		}
		fmt.Fprintf(&b, "  %s\n", reporters.Visible(c.Message))
		if c.Witness != nil {
			fmt.Fprintf(&b, "  for one  %s\n", reporters.Visible(describeWitness(c.Witness)))
		}
		if c.Who != nil {
			fmt.Fprintf(&b, "  %s\n", reporters.Visible(c.Who.String()))
		}
		for _, line := range c.Diff {
			fmt.Fprintf(&b, "    %s\n", reporters.Visible(line))
		}
		if _, err := fmt.Fprintln(w, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// describeWitness returns a request in one line.
func describeWitness(w *scanner.Witness) string {
	text := fmt.Sprintf("%s by %s on %s", w.Action, w.Principal, w.Resource)
	for _, key := range slices.Sorted(maps.Keys(w.Context)) {
		text += fmt.Sprintf(", %s = %s", key, strings.Join(w.Context[key], ", "))
	}
	return text
}
