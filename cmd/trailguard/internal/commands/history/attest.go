package history

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// attestFlags say of which period.
type attestFlags struct {
	from, to, framework, out string
	format                   cli.Choice
}

// longestPeriod is some three years: more than any audit asks for at once.
const longestPeriod = 1100

func newAttestCommand(a *app.App, f *flags) *cobra.Command {
	var p attestFlags
	cmd := &cobra.Command{
		Use:   "attest",
		Short: "Say how long each control, rule and export was in order in a period",
		Long: `attest adds up what the runs of a period said, day by day and without judging
anything again: of each control, rule and export the days on which it was
assessed, passing or failing, and those without a complete run; each failure with
when it was first and last seen and when it was mended, and by whom it was waived;
the baselines and waivers in force; what was delivered, and when nothing was.

A day on which no run judged every export and rule of a tenant is not assessed,
and never good. The results of runs that were pruned, or recorded before results
were kept, are not known either. Days are by UTC, and both DAYs are in the period.

Exit status: 0 something passed on every day and nothing was open; 1 something
failed on some day; 2 nothing is known to have failed, and some days are not
assessed; 3 could not run.`,
		Example: `  trailguard history attest --from 2026-01-01 --to 2026-03-31
  trailguard history attest --from 2026-01-01 --to 2026-12-31 --framework soc2 --format html -o soc2-2026.html`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return attestPeriod(cmd.Context(), a, f, &p) },
	}
	flags := cmd.Flags()
	flags.StringVar(&p.from, "from", "", "the first `DAY`, such as 2026-01-01")
	flags.StringVar(&p.to, "to", "", "the last `DAY`")
	flags.StringVar(&p.framework, "framework", "", "only the controls of this framework `NAME`, and the rules that bear on them (soc2 is SOC 2)")
	p.format.Register(flags, "format", "table", "table, json, markdown or html", "format", reporters.PeriodFormats()...)
	flags.StringVarP(&p.out, "out", "o", cli.Standard, "write to `FILE`; - is standard output")
	return cmd
}

func attestPeriod(ctx context.Context, a *app.App, f *flags, p *attestFlags) error {
	from, to, err := p.days(a.Now())
	if err != nil {
		return err
	}
	format := p.format.Value
	if f.asJSON {
		if p.format.Given && format != "json" {
			return cli.Usage("--json and --format %s: keep one of them", format)
		}
		format = "json"
	}
	return f.With(ctx, history.Options{ReadOnly: true}, func(s *history.Store) error {
		inputs := []overwrite.Input{{What: "the history", Path: s.Name()}, {What: "the configuration", Path: f.Config}}
		if p.out != cli.Standard {
			if err := overwrite.Refuse(p.out, inputs); err != nil {
				return err
			}
		}
		period, err := pipeline.Attest(ctx, s, from, to, p.framework)
		if err != nil {
			return err
		}
		period.Tool = a.Tool()
		if err := writePeriod(a, p.out, format, period); err != nil {
			return err
		}
		if status := periodStatus(&period.Summary); status != scanner.ExitClean {
			return &cli.ExitError{Status: status}
		}
		return nil
	})
}

// days are the first and the last day.
func (p *attestFlags) days(now time.Time) (from, to time.Time, err error) {
	for _, d := range []struct {
		flag, text string
		into       *time.Time
	}{{"--from", p.from, &from}, {"--to", p.to, &to}} {
		if *d.into, err = time.Parse(time.DateOnly, d.text); err != nil {
			return from, to, cli.Usage("%s %q: write a day such as 2026-01-31", d.flag, d.text)
		}
	}
	switch {
	case to.Before(from):
		return from, to, cli.Usage("--to %s is before --from %s", p.to, p.from)
	case to.After(now):
		return from, to, cli.Usage("--to %s has not come yet", p.to)
	case to.Sub(from) > longestPeriod*24*time.Hour:
		return from, to, cli.Usage("--from %s --to %s: more than %d days at once: ask for it in parts", p.from, p.to, longestPeriod)
	}
	return from, to, nil
}

func writePeriod(a *app.App, out, format string, period *scanner.Period) error {
	options := reporters.Options{Width: reporters.DefaultWidth}
	report := reporters.LookupPeriod(format)
	if out == cli.Standard {
		options.Width = a.Width()
		options.Color = a.Colored()
		return report(a.Stdout, period, options)
	}
	if err := reportfile.Write(out, func(w io.Writer) error { return report(w, period, options) }); err != nil {
		return err
	}
	a.Note("wrote %s", out)
	return nil
}

// periodStatus is what attest exits with.
func periodStatus(c *scanner.DayCounts) int {
	switch {
	case c.Failing > 0:
		return scanner.ExitFail
	case c.NotAssessed > 0 || c.Passing == 0:
		return scanner.ExitIncomplete
	default:
		return scanner.ExitClean
	}
}
