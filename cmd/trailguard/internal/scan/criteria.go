package scan

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

// CriteriaFlags say how records are judged.
type CriteriaFlags struct {
	RuleFlags
	ParallelFlag
	FailOn          cli.Choice
	FailOnNew       bool
	AllowIncomplete bool
	Waivers         string
	Attestations    string
	Baseline        string
	Exports         []string
	AsOf            string
}

// RuleFlags say which rules apply.
type RuleFlags struct {
	Dirs []string
	IDs  []string
	// Shipped are the rules of the version that made an evidence pack; nil: this one's.
	Shipped fs.FS
}

// Register adds the flags.
func (r *RuleFlags) Register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&r.Dirs, "rules", nil, "add the Rego rules in `DIR` (repeatable)")
	flags.StringArrayVar(&r.IDs, "rule", nil, "only this rule `ID` (repeatable)")
}

// Engine loads the shipped rules and the user's own.
func (r *RuleFlags) Engine(ctx context.Context, c *config.Config) (*opa.Engine, error) {
	load := pipeline.LoadRules
	if r.Shipped != nil {
		load = func(ctx context.Context, dirs []string) (*opa.Engine, error) {
			return pipeline.LoadRulesFrom(ctx, r.Shipped, dirs)
		}
	}
	engine, err := load(ctx, r.folders(c))
	if err != nil {
		return nil, err
	}
	return engine.Select(r.IDs...)
}

// folders returns the folders of the user's rules: those of the flag, else
// those of the configuration.
func (r *RuleFlags) folders(c *config.Config) []string {
	if len(r.Dirs) > 0 {
		return r.Dirs
	}
	return c.Rules
}

// ParallelFlag says how many exports are judged at once.
type ParallelFlag struct{ Parallel cli.Count }

// Register adds the flag.
func (p *ParallelFlag) Register(flags *pflag.FlagSet) {
	flags.Var(&p.Parallel, "parallel", "exports judged at once; the report is the same for any number (default: one for each processor)")
}

// Register adds the flags of all commands that judge.
func (c *CriteriaFlags) Register(flags *pflag.FlagSet) {
	c.RuleFlags.Register(flags)
	c.ParallelFlag.Register(flags)
	c.FailOn.Register(flags, "fail-on", "", "exit 1 for failures of this `SEVERITY` and above (default low)", "severity", severities()...)
	flags.BoolVar(&c.AllowIncomplete, "allow-incomplete", false, "exit 0 although something could not be assessed")
	flags.StringVar(&c.Waivers, "waivers", "", "waivers and accepted gaps in `FILE`")
	flags.StringVar(&c.Attestations, "attestations", "", "what was looked at by hand, in `FILE`; it is shown and changes no result")
	flags.StringArrayVar(&c.Exports, "export", nil, "only the export with this configuration `ID`, its first 8 characters, or its bucket (repeatable)")
	flags.StringVar(&c.AsOf, "as-of", "", "judge as of this `TIME`, RFC 3339 (default: when the snapshot was collected)")
}

// RegisterFailOnNew adds the flag of commands that compare runs.
func (c *CriteriaFlags) RegisterFailOnNew(flags *pflag.FlagSet, byDefault bool) {
	flags.BoolVar(&c.FailOnNew, "fail-on-new", byDefault, "exit 1 only for failures that the baseline or the last complete run does not have")
}

// RegisterBaseline adds the flag of commands that compare with a snapshot.
func (c *CriteriaFlags) RegisterBaseline(flags *pflag.FlagSet) {
	flags.StringVar(&c.Baseline, "baseline", "", "compare with the snapshot in `FILE` and judge what changed")
}

func (c *CriteriaFlags) check() error {
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
func (c *CriteriaFlags) time(collected time.Time) (time.Time, error) {
	if c.AsOf == "" {
		return collected, nil
	}
	t, err := time.Parse(time.RFC3339, c.AsOf)
	if err != nil {
		return time.Time{}, cli.Usage("--as-of %q: write a time such as 2026-03-01T00:00:00Z", c.AsOf)
	}
	// Before that time, what the snapshot shows had not happened yet, and what
	// has expired since would still count.
	if t.Before(collected.Truncate(time.Second)) {
		return time.Time{}, cli.Usage("--as-of %s is before the snapshot was collected, %s", c.AsOf, collected.Format(time.RFC3339))
	}
	return t.UTC(), nil
}

// Threshold says which failures fail the run. The severity is the flag's, else
// the configuration's, else low.
func (c *CriteriaFlags) Threshold(configured *config.Config) scanner.Threshold {
	t := scanner.Threshold{FailOn: scanner.SeverityLow, FailOnNew: c.FailOnNew, AllowIncomplete: c.AllowIncomplete}
	switch {
	case c.FailOn.Given:
		t.FailOn = scanner.Severity(c.FailOn.Value)
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
