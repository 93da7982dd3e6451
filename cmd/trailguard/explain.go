package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/proof"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
)

func newExplainCommand(a *app.App) *cobra.Command {
	f := &scan.Flags{History: recorded.None}
	asJSON := false
	cmd := &cobra.Command{
		Use:   "explain FINGERPRINT | RULE EXPORT",
		Short: "Show the proof behind one result",
		Long: `explain shows why a rule says what it says about an export: the facts it
rests on, each statement that decided or was considered, quoted from its
document with line numbers, what is missing, and what is taken for granted. It
explains passes as well as failures. The first 8 characters of a fingerprint
are enough, as are those of an export's id; the bucket names an export too.

Exit status: 0 explained, 3 there is no such result.`,
		Example: "  trailguard explain put_object_granted e6b93c05 --snapshot monday.jsonl.zst\n  trailguard explain 1f0c52aa --snapshot monday.jsonl.zst",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return cli.Usage("%s needs a FINGERPRINT, or a RULE and an EXPORT", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return explainResult(cmd.Context(), a, f, args, asJSON) },
	}
	f.ConfigFlags.Register(cmd.Flags())
	f.CollectFlags.Register(cmd.Flags())
	f.RuleFlags.Register(cmd.Flags())
	f.ParallelFlag.Register(cmd.Flags())
	f.RegisterBaseline(cmd.Flags())
	cmd.Flags().StringVar(&f.AsOf, "as-of", "", "judge as of this `TIME`, RFC 3339 (default: when the snapshot was collected)")
	cmd.Flags().StringVar(&f.Snapshot, "snapshot", "", "explain by the snapshot in `FILE` instead of collecting")
	cli.JSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

func explainResult(ctx context.Context, a *app.App, f *scan.Flags, args []string, asJSON bool) error {
	if len(args) == 1 {
		if err := checkFingerprint(args[0]); err != nil {
			return err
		}
	}
	run, err := scan.Prepare(ctx, a, f)
	if err != nil {
		return err
	}
	defer run.Close(ctx)
	found := &proof.Finder{Args: args, Rules: run.Engine.Rules()}
	if len(args) == 2 {
		if err := pick.Known("rule", args[0], run.Engine.Loaded()); err != nil {
			return err
		}
		if found.Subject, err = pipeline.Select(args[1:], run.Source.Tenants()); err != nil {
			return err
		}
	}
	for judged, err := range run.All(ctx, pipeline.NewJudge(run.Source, run.Options)) {
		if err == nil {
			err = found.Add(judged)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case found.Found == nil:
		return fmt.Errorf("nothing to explain for %s: the table of scan shows fingerprints, rules and exports", strings.Join(args, " "))
	case len(args) == 1:
		if _, err := pick.One("fingerprint", args[0], found.Found); err != nil {
			return err
		}
	}
	if asJSON {
		return cli.WriteJSON(a.Stdout, found.Proofs)
	}
	for _, p := range found.Proofs {
		if _, err := io.WriteString(a.Stdout, p.Text()); err != nil {
			return err
		}
	}
	return nil
}
