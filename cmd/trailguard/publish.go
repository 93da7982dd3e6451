package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/channels"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
)

// publishFlags are the flags of publish.
type publishFlags struct {
	config      scan.ConfigFlags
	to          []string
	all, dryRun bool
	asJSON      bool
	timeout     time.Duration
}

func newPublishCommand(a *app.App) *cobra.Command {
	f := &publishFlags{}
	cmd := &cobra.Command{
		Use:   "publish [FILE]",
		Short: "Send what changed to other systems",
		Long: `publish reads a JSON report, from FILE or standard input, and tells the
destinations of publish in the configuration what is new, resolved or can no longer
be assessed. What the command of scan --on-change gets is such a report. Nothing is
scanned, and no key of the scan is needed: publish has credentials of its own.

A finding without a state counts as new: nothing is known to have been told before.
An incomplete run is told as such, whatever changed. Telling a report again does no
harm where the receiver drops what it has (webhook, pagerduty, securityhub).

Exit status: 0 everything was accepted, or there was nothing to tell; 1 something was
not delivered; 3 could not run.`,
		Example: `  trailguard publish report.json
  trailguard publish report.json --to on-call --dry-run
  trailguard scan --on-change 'trailguard publish' --on-change-env SIEM_SECRET`,
		Args: cli.AtMostOne("report"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.timeout <= 0 {
				return cli.Usage("--timeout %s: use a positive duration, such as 10m", f.timeout)
			}
			return publishReport(cmd.Context(), a, f, slices.Concat(args, []string{cli.Standard})[0])
		},
	}
	flags := cmd.Flags()
	f.config.RegisterFile(flags)
	flags.StringSliceVar(&f.to, "to", nil, "send to this destination only, by its `NAME` (repeatable)")
	flags.BoolVar(&f.all, "all", false, "send what has not changed, too")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be sent, without secrets, and send nothing")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Minute, "give up after this long")
	cli.JSONFlag(flags, &f.asJSON)
	return cmd
}

// publishReport sends a report to all destinations, also where one of them fails.
func publishReport(ctx context.Context, a *app.App, f *publishFlags, path string) error {
	c, err := f.config.Load()
	if err != nil {
		return err
	}
	destinations, err := channels.Choose(channels.Of(&c.Publish), f.to)
	switch {
	case errors.Is(err, channels.ErrNone):
		return err
	case err != nil:
		return cli.Usage("--to %w", err)
	}
	report, err := readReport(a, path)
	if err != nil {
		return err
	}
	a.Begin(journal.Start{Source: path})
	a.Count(report)
	if !f.all && stateless(report) {
		a.Note("the report is not compared with an earlier run, so every finding is sent: scan with a history or --baseline to send only what changed")
	}
	transport, err := channels.Transport(&c.Publish, a.Now, a.Journal)
	if err != nil {
		return err
	}
	if f.dryRun {
		return printPlanned(a, destinations, transport, report, f)
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	results := make([]channels.Published, 0, len(destinations))
	for i := range destinations {
		results = append(results, destinations[i].Send(ctx, transport, report, publish.Criteria{All: f.all}))
	}
	if err := printPublished(a, results, f.asJSON); err != nil {
		return err
	}
	return undelivered(ctx, a, results)
}

// stateless reports whether no finding of a report was compared with an earlier
// run.
func stateless(r *scanner.Report) bool {
	compared := func(f scanner.Finding) bool { return f.State != "" }
	return len(r.Findings) > 0 && !slices.ContainsFunc(r.Findings, compared)
}

// readReport reads a report from a file, or from standard input.
func readReport(a *app.App, path string) (*scanner.Report, error) {
	if path == cli.Standard {
		report, err := publish.Read(a.Stdin)
		if err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
		return report, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	report, err := publish.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return report, nil
}

// printPublished prints what became of the report at each destination.
func printPublished(a *app.App, results []channels.Published, asJSON bool) error {
	if asJSON {
		return cli.WriteJSON(a.Stdout, map[string]any{"destinations": results})
	}
	for i := range results {
		p := &results[i]
		if err := a.Print("%s %s: %s", p.Channel, p.Name, p.Summary()); err != nil {
			return err
		}
		for _, r := range p.Refused {
			if err := a.Print("  refused %s: %s", r.About, r.Why); err != nil {
				return err
			}
		}
	}
	return nil
}

// undelivered returns the error that ends the command where something was not
// delivered.
func undelivered(ctx context.Context, a *app.App, results []channels.Published) error {
	if status := cli.Interruption(ctx); status != 0 {
		return &cli.ExitError{Status: status, Err: context.Cause(ctx)}
	}
	for i := range results {
		if !results[i].Delivered() {
			return &cli.ExitError{Status: scanner.ExitFail}
		}
	}
	return nil
}

// printPlanned prints what would be sent.
func printPlanned(a *app.App, destinations []channels.Destination, t publish.Transport, r *scanner.Report, f *publishFlags) error {
	for i := range destinations {
		d := &destinations[i]
		messages, err := d.Compose(t, r, publish.Criteria{All: f.all})
		if err != nil {
			return err
		}
		if err := a.Print("%s %s: would send %d", d.Channel, d.Name, len(messages)); err != nil {
			return err
		}
		for _, m := range messages {
			if err := printBody(a, m.Body); err != nil {
				return err
			}
		}
	}
	return nil
}

// printBody prints a body line by line, escaped for terminals.
func printBody(a *app.App, body []byte) error {
	for line := range bytes.Lines(body) {
		if err := a.Print("%s", bytes.TrimRight(line, "\r\n")); err != nil {
			return err
		}
	}
	return nil
}
