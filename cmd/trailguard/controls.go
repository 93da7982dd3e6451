package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/show"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

func newControlsCommand(a *app.App) *cobra.Command {
	f := &scan.Flags{History: recorded.None}
	var format cli.Choice
	cmd := &cobra.Command{
		Use:   "controls [FRAMEWORK [CONTROL]]",
		Short: "Say of each control whether it is met, not met, not assessed or not covered",
		Long: `controls judges as scan does and shows the results by control: of every
framework, of the one that is named (soc2 is SOC 2), or of one control with the
rules and exports behind it.

A control is met where every rule that bears on it passed wherever it applies. A
failure that is waived leaves it not met. It is not assessed where no rule is
known to fail, and something is unknown, was left out, or could be missing from
the list of exports. It is not covered where no rule had anything to judge.

Exit status: 0 every control that is shown is met; 1 some are not met; 2 none is
known not to be met, and some are not assessed or not covered; 3 could not run.`,
		Example: `  trailguard controls --snapshot monday.jsonl.zst
  trailguard controls soc2 --snapshot monday.jsonl.zst --format json
  trailguard controls soc2 CC7.2 --snapshot monday.jsonl.zst --waivers waivers.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 2 {
				return cli.Usage("%s takes a FRAMEWORK and a CONTROL at most", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return judgeControls(cmd.Context(), a, f, args, format.Value)
		},
	}
	f.ConfigFlags.Register(cmd.Flags())
	f.CollectFlags.Register(cmd.Flags())
	f.CriteriaFlags.Register(cmd.Flags())
	f.RegisterBaseline(cmd.Flags())
	cmd.Flags().StringVar(&f.Snapshot, "snapshot", "", "judge the snapshot in `FILE` instead of collecting")
	format.Register(cmd.Flags(), "format", "table", "table or json", "format", "table", "json")
	return cmd
}

func judgeControls(ctx context.Context, a *app.App, f *scan.Flags, args []string, format string) error {
	run, err := scan.Prepare(ctx, a, f)
	if err != nil {
		return err
	}
	defer run.Close(ctx)
	report, err := run.Report(ctx)
	if err != nil {
		return err
	}
	list, err := pickControls(report.Controls, args)
	if err != nil {
		return err
	}
	switch {
	case format == "json":
		err = cli.WriteJSON(a.Stdout, list)
	case len(args) == 2:
		err = showControl(a.Stdout, &list[0])
	default:
		err = listControls(a.Stdout, a.Width(), list)
	}
	if err != nil {
		return err
	}
	if status := controlsStatus(list); status != scanner.ExitClean {
		return &cli.ExitError{Status: status}
	}
	return nil
}

// pickControls takes those of a framework, or one control. One that no rule bears
// on is not covered.
func pickControls(all []scanner.ControlResult, args []string) ([]scanner.ControlResult, error) {
	if len(args) == 0 {
		return all, nil
	}
	var known []string
	for i := range all {
		if name := all[i].Framework; !slices.Contains(known, name) {
			known = append(known, name)
		}
	}
	framework := pipeline.Framework(args[0], known)
	if framework == "" {
		return nil, cli.Usage("no framework %q: there are %s", args[0], strings.Join(known, ", "))
	}
	list := slices.DeleteFunc(slices.Clone(all), func(c scanner.ControlResult) bool {
		return c.Framework != framework || (len(args) == 2 && !strings.EqualFold(c.ID, args[1]))
	})
	if len(list) == 0 {
		list = []scanner.ControlResult{{
			Framework: framework, ID: args[1], State: scanner.ControlNotCovered,
			Reason: "no rule bears on it", Rules: []scanner.ControlRule{},
		}}
	}
	return list, nil
}

// controlsStatus is what controls exits with.
func controlsStatus(list []scanner.ControlResult) int {
	status := scanner.ExitClean
	for i := range list {
		switch list[i].State {
		case scanner.ControlNotMet:
			return scanner.ExitFail
		case scanner.ControlMet:
		default:
			status = scanner.ExitIncomplete
		}
	}
	return status
}

// listControls writes a table for each framework, and one line that counts.
func listControls(w io.Writer, width int, list []scanner.ControlResult) error {
	counts := map[scanner.ControlState]int{}
	for len(list) > 0 {
		framework := list[0].Framework
		n := slices.IndexFunc(list, func(c scanner.ControlResult) bool { return c.Framework != framework })
		if n < 0 {
			n = len(list)
		}
		if _, err := fmt.Fprintf(w, "%s\n", reporters.Visible(framework)); err != nil {
			return err
		}
		table := show.Table(w, width)
		table.Header("control", "state", "because")
		for i := range list[:n] {
			c := &list[i]
			counts[c.State]++
			if err := table.Append(reporters.Visible(c.ID), stateOf(c), becauseOf(c)); err != nil {
				return fmt.Errorf("list controls: %w", err)
			}
		}
		if err := table.Render(); err != nil {
			return fmt.Errorf("list controls: %w", err)
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		list = list[n:]
	}
	var parts []string
	for _, s := range scanner.ControlStates() {
		parts = append(parts, fmt.Sprintf("%d %s", counts[s], s.Words()))
	}
	_, err := fmt.Fprintln(w, strings.Join(parts, ", ")+"; which rules bear on a control is this project's judgement")
	return err
}

func stateOf(c *scanner.ControlResult) string {
	if c.Waived {
		return c.State.Words() + " (waived)"
	}
	return c.State.Words()
}

// becauseOf is why a control is in its state, and what somebody attested beside it.
func becauseOf(c *scanner.ControlResult) string {
	because := reporters.Visible(c.Reason)
	for i := range c.Attestations {
		because += "; attested: " + reporters.AttestedLine(&c.Attestations[i])
	}
	return because
}

// showControl writes one control with all that is behind it.
func showControl(w io.Writer, c *scanner.ControlResult) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n%s\n", c.Framework, c.ID, strings.ToUpper(stateOf(c)), c.Reason)
	for i := range c.Attestations {
		t := &c.Attestations[i]
		fmt.Fprintf(&b, "attested: %s: %s\n  evidence %s\n", reporters.AttestedLine(t), reporters.Visible(t.Note), reporters.Visible(t.Evidence))
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		fmt.Fprintf(&b, "\n%s: %d passed, %d failed, %d waived, %d unknown, %d errors, %d not applicable\n",
			r.RuleID, r.Passed, r.Failed, r.Waived, r.Unknown, r.Errors, r.NotApplicable)
		if r.LeftOut != "" {
			fmt.Fprintf(&b, "  %s\n", r.LeftOut)
		}
		for _, s := range r.Open {
			what := string(s.Status)
			if s.Waived {
				what += ", waived"
			}
			if s.ExportID == "" {
				fmt.Fprintf(&b, "  %s  tenant %s\n", what, reporters.Visible(s.Tenant))
			} else {
				fmt.Fprintf(&b, "  %s  %s of %s\n", what, reporters.Visible(s.ExportID), reporters.Visible(s.Tenant))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
