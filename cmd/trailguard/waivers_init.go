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

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/waiver"
)

// initFlags say what waivers init writes.
type initFlags struct {
	expires, out string
	critical     []string
}

func newWaiversInitCommand(a *app.App) *cobra.Command {
	f := &scan.Flags{History: recorded.None}
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
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return initWaivers(cmd.Context(), a, f, &i) },
	}
	f.ConfigFlags.Register(cmd.Flags())
	f.CollectFlags.Register(cmd.Flags())
	f.RuleFlags.Register(cmd.Flags())
	f.ParallelFlag.Register(cmd.Flags())
	f.RegisterBaseline(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&f.Snapshot, "snapshot", "", "look in the snapshot in `FILE` instead of collecting")
	flags.StringVar(&f.Waivers, "waivers", "", "leave out what the waivers in `FILE` cover already")
	flags.StringVar(&i.expires, "expires", "", "the last `DAY` on which the waivers apply, such as 2027-03-31")
	flags.StringSliceVar(&i.critical, "include-critical", nil, "also waive the critical failures of this rule `ID` (repeatable)")
	flags.StringVarP(&i.out, "out", "o", cli.Standard, "write to `FILE`, which must not be there yet; - is standard output")
	return cmd
}

func initWaivers(ctx context.Context, a *app.App, f *scan.Flags, i *initFlags) error {
	last, err := time.Parse(time.DateOnly, i.expires)
	if err != nil {
		return cli.Usage("--expires %q: write the last day on which the waivers apply, such as 2027-03-31", i.expires)
	}
	run, err := scan.Prepare(ctx, a, f)
	if err != nil {
		return err
	}
	defer run.Close(ctx)
	for _, rule := range i.critical {
		if err := pick.Known("rule", rule, run.Engine.Loaded()); err != nil {
			return err
		}
	}
	report, err := run.Report(ctx)
	if err != nil {
		return err
	}
	if judged := report.Scan.EvaluatedAt.UTC().Truncate(24 * time.Hour); last.Before(judged) {
		return cli.Usage("--expires %s is before the day that is judged, %s", i.expires, judged.Format(time.DateOnly))
	}
	text, entries := waiver.Init(report, i.expires, slices.Clone(i.critical))
	if i.out == cli.Standard {
		_, err = fmt.Fprint(a.Stdout, text)
		return err
	}
	if _, err := os.Lstat(i.out); !errors.Is(err, os.ErrNotExist) {
		return cli.Usage("-o %s: it is there already, and may hold what somebody has reviewed", i.out)
	}
	if err := reportfile.Write(i.out, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return err
	}
	a.Note("wrote %s to %s: fill in why and by whom, then run trailguard waivers check %s", scanner.Count(entries, "waiver", "waivers"), i.out, i.out)
	return nil
}
