package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/patches"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
)

// fixFlags are those of fix.
type fixFlags struct {
	scan.Flags

	all          bool
	alternatives bool
	format       cli.Choice
	dir          string
}

// manyFixes is how many changes for one finding are worth a look.
const manyFixes = 5

func newFixCommand(a *app.App) *cobra.Command {
	f := &fixFlags{Flags: scan.Flags{History: recorded.None}}
	cmd := &cobra.Command{
		Use:   "fix [FINGERPRINT | RULE EXPORT | --all]",
		Short: "Show the smallest change that mends a finding, proven before it is shown",
		Long: `fix looks for the smallest change of one policy or setting of AWS that makes a
finding pass, or of several together, and shows it only when it holds: judged again
over every export that rests on the documents, the finding is gone, no other result
is worse, and nobody may do what he might not before, but the export itself on its
path. It never sends anything: what it prints is for you to read and to apply.

For other findings it says what to do, and why there is no change to show.

Exit status: 0 there is a change for every finding asked for; 1 for some there is
none; 3 could not run.`,
		Example: `  trailguard fix --all --snapshot monday.jsonl.zst
  trailguard fix put_object_granted e6b93c05 --snapshot monday.jsonl.zst --format aws-cli`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.all != (len(args) == 0) || len(args) > 2 {
				return cli.Usage("%s needs a FINGERPRINT, a RULE and an EXPORT, or --all", cmd.CommandPath())
			}
			if f.alternatives && f.dir != "" {
				return cli.Usage("--output writes one change: leave --alternatives out")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return showFixes(cmd.Context(), a, f, args) },
	}
	f.ConfigFlags.Register(cmd.Flags())
	f.CollectFlags.Register(cmd.Flags())
	f.ParallelFlag.Register(cmd.Flags())
	cmd.Flags().StringVar(&f.AsOf, "as-of", "", "judge as of this `TIME`, RFC 3339 (default: when the snapshot was collected)")
	cmd.Flags().StringVar(&f.Snapshot, "snapshot", "", "mend what the snapshot in `FILE` shows instead of collecting")
	cmd.Flags().BoolVar(&f.all, "all", false, "every finding that fails and is not waived")
	cmd.Flags().BoolVar(&f.alternatives, "alternatives", false, "show other changes, too, the smallest first")
	f.format.Register(cmd.Flags(), "format", "diff", "diff, json, aws-cli or terraform", "format", "diff", "json", "aws-cli", "terraform")
	cmd.Flags().StringVar(&f.dir, "output", "", "write the new documents below `DIR` as well, as --evidence names them")
	return cmd
}

func showFixes(ctx context.Context, a *app.App, f *fixFlags, args []string) error {
	if len(args) == 1 {
		if err := checkFingerprint(args[0]); err != nil {
			return err
		}
	}
	run, err := scan.Prepare(ctx, a, &f.Flags)
	if err != nil {
		return err
	}
	defer run.Close(ctx)
	if len(args) == 1 && slices.Contains(run.Engine.Loaded(), args[0]) {
		return cli.Usage("%s is a rule: name the EXPORT, too, whose finding it is", args[0])
	}
	if len(args) == 2 {
		if err := pick.Known("rule", args[0], run.Engine.Loaded()); err != nil {
			return err
		}
		if run.Options.Selection, err = pipeline.Select(args[1:], run.Source.Tenants()); err != nil {
			return err
		}
	}
	fixer, err := pipeline.ReadFixer(run.Source, run.Options)
	if err != nil {
		return err
	}
	findings, err := fixer.Findings(ctx)
	if err != nil {
		return err
	}
	if findings, err = f.asked(findings, args, fixer, run.Options.Selection); err != nil {
		return err
	}
	report, err := f.mend(ctx, fixer, findings)
	if err != nil {
		return err
	}
	if f.dir != "" {
		if err := report.Save(f.dir); err != nil {
			return err
		}
	}
	if err := writeFixes(a, f.format.Value, report); err != nil {
		return err
	}
	if len(report.Unfixed) > 0 {
		return &cli.ExitError{Status: scanner.ExitFail}
	}
	return nil
}

// asked are the findings that the command is about.
func (f *fixFlags) asked(findings []scanner.Finding, args []string, fixer *pipeline.Fixer, selected scanner.Selection) ([]scanner.Finding, error) {
	var prints []string
	for i := range findings {
		prints = append(prints, findings[i].Fingerprint)
	}
	one := ""
	if len(args) == 1 {
		var err error
		if one, err = pick.One("fingerprint", args[0], prints); err != nil {
			return nil, err
		}
	}
	var asked []scanner.Finding
	for i := range findings {
		finding := &findings[i]
		record := fixer.Record(finding)
		switch len(args) {
		case 0:
			if finding.Status != scanner.StatusFail || record == nil || !selected.Export(&record.Configuration) {
				continue
			}
		case 1:
			if finding.Fingerprint != one {
				continue
			}
		default:
			if finding.RuleID != args[0] || record == nil || !selected.Export(&record.Configuration) {
				continue
			}
		}
		asked = append(asked, *finding)
	}
	if len(asked) == 0 && len(args) > 0 {
		return nil, fmt.Errorf("nothing to mend for %s: the table of scan shows what fails", strings.Join(args, " "))
	}
	return asked, nil
}

// mend finds a change for each finding. Each comes on top of those before it, and a
// finding that one of them mends needs none of its own; alternatives stand each for
// itself.
func (f *fixFlags) mend(ctx context.Context, fixer *pipeline.Fixer, findings []scanner.Finding) (*patches.Report, error) {
	report := &patches.Report{Fixes: []patches.Fix{}, Unfixed: []patches.Unfixed{}, Alternatives: f.alternatives}
	most := 1
	if f.alternatives {
		most = manyFixes
	}
	mended := map[string]bool{}
	for i := range findings {
		finding := &findings[i]
		if mended[finding.Fingerprint] {
			continue
		}
		fixes, err := fixer.Fixes(ctx, finding, most)
		if err != nil {
			return nil, err
		}
		report.Add(finding, fixes, fixer.Record(finding))
		if !f.alternatives && len(fixes) > 0 {
			for _, print := range fixes[0].Resolved {
				mended[print] = true
			}
			if err := fixer.Accept(&fixes[0]); err != nil {
				return nil, err
			}
		}
	}
	report.Mended(mended)
	return report, nil
}

func writeFixes(a *app.App, format string, report *patches.Report) error {
	switch format {
	case "json":
		return cli.WriteJSON(a.Stdout, report)
	case "aws-cli":
		return report.AWSCLI(a.Stdout)
	case "terraform":
		return report.Terraform(a.Stdout)
	default:
		return report.Diff(a.Stdout, a.Colored())
	}
}
