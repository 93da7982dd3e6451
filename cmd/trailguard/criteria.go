package main

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa"
)

// criteriaFlags say how records are judged.
type criteriaFlags struct {
	ruleFlags
	parallelFlag
	failOn          cli.Choice
	failOnNew       bool
	allowIncomplete bool
	waivers         string
	attestations    string
	baseline        string
	exports         []string
	asOf            string
}

// ruleFlags say which rules apply.
type ruleFlags struct {
	dirs []string
	ids  []string
	// shipped are the rules of the version that made an evidence pack; nil: this one's.
	shipped fs.FS
}

func (r *ruleFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&r.dirs, "rules", nil, "add the Rego rules in `DIR` (repeatable)")
	flags.StringArrayVar(&r.ids, "rule", nil, "only this rule `ID` (repeatable)")
}

// engine loads the shipped rules and the user's own.
func (r *ruleFlags) engine(ctx context.Context, c *config.Config) (*opa.Engine, error) {
	load := pipeline.LoadRules
	if r.shipped != nil {
		load = func(ctx context.Context, dirs []string) (*opa.Engine, error) {
			return pipeline.LoadRulesFrom(ctx, r.shipped, dirs)
		}
	}
	engine, err := load(ctx, r.folders(c))
	if err != nil {
		return nil, err
	}
	return engine.Select(r.ids...)
}

// folders returns the folders of the user's rules: those of the flag, else
// those of the configuration.
func (r *ruleFlags) folders(c *config.Config) []string {
	if len(r.dirs) > 0 {
		return r.dirs
	}
	return c.Rules
}

// parallelFlag says how many exports are judged at once.
type parallelFlag struct{ parallel cli.Count }

func (p *parallelFlag) register(flags *pflag.FlagSet) {
	flags.Var(&p.parallel, "parallel", "exports judged at once; the report is the same for any number (default: one for each processor)")
}

func (c *criteriaFlags) register(flags *pflag.FlagSet) {
	c.ruleFlags.register(flags)
	c.parallelFlag.register(flags)
	c.failOn.Register(flags, "fail-on", "", "exit 1 for failures of this `SEVERITY` and above (default low)", "severity", severities()...)
	flags.BoolVar(&c.allowIncomplete, "allow-incomplete", false, "exit 0 although something could not be assessed")
	flags.StringVar(&c.waivers, "waivers", "", "waivers and accepted gaps in `FILE`")
	flags.StringVar(&c.attestations, "attestations", "", "what was looked at by hand, in `FILE`; it is shown and changes no result")
	flags.StringArrayVar(&c.exports, "export", nil, "only the export with this configuration `ID`, its first 8 characters, or its bucket (repeatable)")
	flags.StringVar(&c.asOf, "as-of", "", "judge as of this `TIME`, RFC 3339 (default: when the snapshot was collected)")
}

// registerFailOnNew adds the flag of commands that compare runs.
func (c *criteriaFlags) registerFailOnNew(flags *pflag.FlagSet, byDefault bool) {
	flags.BoolVar(&c.failOnNew, "fail-on-new", byDefault, "exit 1 only for failures that the baseline or the last complete run does not have")
}

func (c *criteriaFlags) registerBaseline(flags *pflag.FlagSet) {
	flags.StringVar(&c.baseline, "baseline", "", "compare with the snapshot in `FILE` and judge what changed")
}

func (c *criteriaFlags) check() error {
	if _, err := c.time(time.Time{}); err != nil {
		return err
	}
	return nil
}

func severities() []string {
	var list []string
	for _, s := range scanner.Severities() {
		list = append(list, string(s))
	}
	return list
}

// time returns the time as of which everything is judged.
func (c *criteriaFlags) time(collected time.Time) (time.Time, error) {
	if c.asOf == "" {
		return collected, nil
	}
	t, err := time.Parse(time.RFC3339, c.asOf)
	if err != nil {
		return time.Time{}, usageError("--as-of %q: write a time such as 2026-03-01T00:00:00Z", c.asOf)
	}
	// Before that time, what the snapshot shows had not happened yet, and what
	// has expired since would still count.
	if t.Before(collected.Truncate(time.Second)) {
		return time.Time{}, usageError("--as-of %s is before the snapshot was collected, %s", c.asOf, collected.Format(time.RFC3339))
	}
	return t.UTC(), nil
}

// threshold says which failures fail the run. The severity is the flag's, else
// the configuration's, else low.
func (c *criteriaFlags) threshold(configured *config.Config) scanner.Threshold {
	t := scanner.Threshold{FailOn: scanner.SeverityLow, FailOnNew: c.failOnNew, AllowIncomplete: c.allowIncomplete}
	switch {
	case c.failOn.Given:
		t.FailOn = scanner.Severity(c.failOn.Value)
	case configured.FailOn != "":
		t.FailOn = scanner.Severity(configured.FailOn)
	}
	return t
}

// knownTenants refuses names that no tenant of the run has.
func knownTenants(names []string, tenants []scanner.Tenant) error {
	var known []string
	for i := range tenants {
		known = append(known, tenants[i].Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("no tenant %q in the snapshot: it has %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}
