package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws"
)

func newCheckCommand(a *app) *cobra.Command {
	var cf configFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Try configuration, credentials and permissions before the first scan",
		Long: `check reads the configuration, asks each tenant for its exports and AWS who you
are, then tries every read that a scan needs and lists the permissions that are
missing. It judges nothing and writes nothing.

Exit status: 0 a scan will be complete; 2 something could not be read; 3 a scan
could not run.`,
		Example: "  trailguard check\n  trailguard check --config trailguard.yaml --tenant acme",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := cf.load()
			if err != nil {
				return err
			}
			return a.check(cmd.Context(), c, &cf)
		},
	}
	cf.register(cmd.Flags())
	return cmd
}

func (a *app) check(ctx context.Context, c *config.Config, cf *configFlags) error {
	if err := a.print("ok       configuration %s", c.Path); err != nil {
		return err
	}
	if err := a.checkCallers(ctx, c); err != nil {
		return err
	}
	gaps := &gapCollector{}
	memory := &pipeline.Memory{}
	collected, err := a.collect(ctx, c, cf, &collectFlags{}, memory.Create)
	if err != nil {
		return err
	}
	source, err := memory.Open()
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // it is in memory
	if err := gaps.read(source); err != nil {
		return err
	}
	for _, t := range source.Tenants() {
		line := fmt.Sprintf("ok       tenant %s: %d export configurations at %s", t.Name, len(t.ConfigurationIDs), t.URL)
		if !t.Complete {
			line = fmt.Sprintf("missing  tenant %s: not, or not wholly, readable", t.Name)
		}
		if err := a.print("%s", line); err != nil {
			return err
		}
	}
	if err := gaps.write(a.stdout); err != nil {
		return err
	}
	if status := interruption(ctx); status != 0 {
		return &exitError{status: status}
	}
	if collected.Gaps > 0 || !collected.Complete {
		return &exitError{status: scanner.ExitIncomplete}
	}
	_, err = fmt.Fprintf(a.stdout, "ok       everything that a scan of %d exports asks for can be read\n", collected.Exports)
	return err
}

// checkCallers prints the identity that AWS knows the reader by. Tenants that
// reach AWS in the same way share it.
func (a *app) checkCallers(ctx context.Context, c *config.Config) error {
	var seen []string
	for i := range c.Tenants {
		settings := c.TenantAWS(&c.Tenants[i])
		if key := fmt.Sprintf("%+v", settings); !slices.Contains(seen, key) {
			seen = append(seen, key)
			if err := a.checkCaller(ctx, c, settings); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) checkCaller(ctx context.Context, c *config.Config, settings config.AWS) error {
	collector, err := pipeline.NewCollector(ctx, settings, &pipeline.CollectOptions{Config: c, Now: a.now, Logger: a.logger()})
	if err != nil {
		return err
	}
	callers, err := collector.Check(ctx)
	if err != nil {
		return err
	}
	for i := range callers {
		if err := a.print("%s", describeCaller(&callers[i])); err != nil {
			return err
		}
	}
	return nil
}

func describeCaller(r *aws.CallerResult) string {
	what := "aws credentials"
	if r.Account != "" {
		what = fmt.Sprintf("aws account %s through %s", r.Account, r.AssumeRole)
	}
	if r.Gap != nil {
		return fmt.Sprintf("missing  %s: %s", what, r.Gap.Detail)
	}
	return fmt.Sprintf("ok       %s: account %s, %s", what, r.CallerAccount, r.CallerARN)
}

// gapCollector lists gaps by the permission or call that would close them.
type gapCollector struct{ gaps []scanner.Gap }

func (g *gapCollector) read(records scanner.Records) error {
	for _, t := range records.Tenants() {
		g.gaps = append(g.gaps, t.Gaps...)
	}
	return pipeline.Each(records, func(r *scanner.Record) error {
		g.gaps = append(g.gaps, r.Gaps...)
		return nil
	})
}

func (g *gapCollector) write(w io.Writer) error {
	need := func(gap scanner.Gap) string { return cmp.Or(gap.LackedPermission(), gap.Call) }
	slices.SortFunc(g.gaps, func(x, y scanner.Gap) int {
		return cmp.Or(strings.Compare(need(x), need(y)), scanner.CompareGaps(x, y))
	})
	last := ""
	for _, gap := range g.gaps {
		line := fmt.Sprintf("missing  %s on %s: %s", need(gap), gap.Resource, cmp.Or(gap.Detail, gap.Reason.Words()))
		if line == last {
			continue // two exports share what could not be read
		}
		last = line
		if _, err := fmt.Fprintln(w, reporters.Visible(line)); err != nil {
			return err
		}
	}
	return nil
}
