package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/proof"
)

func newExplainCommand(a *app) *cobra.Command {
	f := &scanFlags{history: noHistory}
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
				return usageError("%s needs a FINGERPRINT, or a RULE and an EXPORT", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), f, args, asJSON) },
	}
	f.configFlags.register(cmd.Flags())
	f.collectFlags.register(cmd.Flags())
	f.ruleFlags.register(cmd.Flags())
	f.parallelFlag.register(cmd.Flags())
	f.registerBaseline(cmd.Flags())
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "judge as of this `TIME`, RFC 3339 (default: when the snapshot was collected)")
	cmd.Flags().StringVar(&f.snapshot, "snapshot", "", "explain by the snapshot in `FILE` instead of collecting")
	jsonFlag(cmd.Flags(), &asJSON)
	return cmd
}

func (a *app) explain(ctx context.Context, f *scanFlags, args []string, asJSON bool) error {
	if len(args) == 1 {
		if err := checkFingerprint(args[0]); err != nil {
			return err
		}
	}
	run, err := a.prepareRun(ctx, f)
	if err != nil {
		return err
	}
	defer run.close(ctx)
	found := &proof.Finder{Args: args, Rules: run.engine.Rules()}
	if len(args) == 2 {
		if err := pick.Known("rule", args[0], run.engine.Loaded()); err != nil {
			return err
		}
		if found.Subject, err = pipeline.Select(args[1:], run.source.Tenants()); err != nil {
			return err
		}
	}
	for judged, err := range run.all(ctx, pipeline.NewJudge(run.source, run.options)) {
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
		return writeJSON(a.stdout, found.Proofs)
	}
	for _, p := range found.Proofs {
		if _, err := io.WriteString(a.stdout, p.Text()); err != nil {
			return err
		}
	}
	return nil
}

// checkFingerprint refuses a fingerprint that is too short to identify
// anything.
func checkFingerprint(text string) error {
	if len(text) < pick.Enough {
		return usageError("fingerprint %q: give at least %d characters", text, pick.Enough)
	}
	return nil
}
