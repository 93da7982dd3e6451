package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/scanner/waiver"
)

// initFlags say what waivers init writes.
type initFlags struct {
	expires, out string
	critical     []string
}

func newWaiversInitCommand(a *app) *cobra.Command {
	f := &scanFlags{history: noHistory}
	var i initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a waivers file for what fails today, to be reviewed once",
		Long: `init writes an entry for all that fails and is not waived yet, with the day on
which it ends, so that from then on only what is new fails. Why each may stay as
it is and who answers for it is left to be filled in: until then the file is
refused. What is critical is left out unless its rule is named, and so is what is
not assessed.`,
		Example: `  trailguard waivers init --snapshot monday.jsonl.zst --expires 2027-03-31 -o waivers.yaml
  trailguard waivers init --snapshot monday.jsonl.zst --expires 2027-03-31 --include-critical uses_role`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.waiversInit(cmd.Context(), f, &i) },
	}
	f.configFlags.register(cmd.Flags())
	f.collectFlags.register(cmd.Flags())
	f.ruleFlags.register(cmd.Flags())
	f.parallelFlag.register(cmd.Flags())
	f.registerBaseline(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&f.snapshot, "snapshot", "", "look in the snapshot in `FILE` instead of collecting")
	flags.StringVar(&f.waivers, "waivers", "", "leave out what the waivers in `FILE` cover already")
	flags.StringVar(&i.expires, "expires", "", "the last `DAY` on which the waivers apply, such as 2027-03-31")
	flags.StringSliceVar(&i.critical, "include-critical", nil, "also waive the critical failures of this rule `ID` (repeatable)")
	flags.StringVarP(&i.out, "out", "o", standard, "write to `FILE`, which must not be there yet; - is standard output")
	return cmd
}

func (a *app) waiversInit(ctx context.Context, f *scanFlags, i *initFlags) error {
	last, err := time.Parse(time.DateOnly, i.expires)
	if err != nil {
		return usageError("--expires %q: write the last day on which the waivers apply, such as 2027-03-31", i.expires)
	}
	run, err := a.prepareRun(ctx, f)
	if err != nil {
		return err
	}
	defer run.close(ctx)
	for _, rule := range i.critical {
		if err := pick.Known("rule", rule, run.engine.Loaded()); err != nil {
			return err
		}
	}
	report, err := run.report(ctx)
	if err != nil {
		return err
	}
	if judged := report.Scan.EvaluatedAt.UTC().Truncate(24 * time.Hour); last.Before(judged) {
		return usageError("--expires %s is before the day that is judged, %s", i.expires, judged.Format(time.DateOnly))
	}
	text, entries := waiver.Init(report, i.expires, slices.Clone(i.critical))
	if i.out == standard {
		_, err = fmt.Fprint(a.stdout, text)
		return err
	}
	if _, err := os.Lstat(i.out); !errors.Is(err, os.ErrNotExist) {
		return usageError("-o %s: it is there already, and may hold what somebody has reviewed", i.out)
	}
	if err := reportfile.Write(i.out, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return err
	}
	a.note("wrote %d waivers to %s: fill in why and by whom, then run trailguard waivers check %s", entries, i.out, i.out)
	return nil
}
