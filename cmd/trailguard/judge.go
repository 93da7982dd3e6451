package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/waiver"
)

// toolName is what reports call the program.
const toolName = "trailguard"

// judgeFlags say by what records are judged.
type judgeFlags struct {
	ruleFlags
	failOn          string
	failOnNew       bool
	allowIncomplete bool
	waivers         string
	baseline        string
	exports         []string
	asOf            string
}

// ruleFlags say which rules apply.
type ruleFlags struct {
	dirs []string
	ids  []string
}

func (r *ruleFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&r.dirs, "rules", nil, "add the Rego rules in `DIR` (repeatable)")
	flags.StringArrayVar(&r.ids, "rule", nil, "only this rule `ID` (repeatable)")
}

// engine loads the shipped rules and the user's.
func (r *ruleFlags) engine(ctx context.Context, c *config.Config) (*opa.Engine, error) {
	dirs := r.dirs
	if len(dirs) == 0 {
		dirs = c.Rules
	}
	engine, err := pipeline.LoadRules(ctx, dirs)
	if err != nil {
		return nil, err
	}
	return engine.Select(ctx, r.ids...)
}

func (j *judgeFlags) register(flags *pflag.FlagSet) {
	j.ruleFlags.register(flags)
	flags.StringVar(&j.failOn, "fail-on", "", "exit 1 for failures of this `SEVERITY` and above (default low)")
	flags.BoolVar(&j.allowIncomplete, "allow-incomplete", false, "exit 0 although something could not be assessed")
	flags.StringVar(&j.baseline, "baseline", "", "compare with the snapshot in `FILE` and judge what changed")
	flags.BoolVar(&j.failOnNew, "fail-on-new", false, "exit 1 for failures only that are not known to be old, by the baseline or the last complete run")
	flags.StringVar(&j.waivers, "waivers", "", "waivers and accepted gaps in `FILE`")
	flags.StringArrayVar(&j.exports, "export", nil, "only the export with this configuration `ID` (repeatable)")
	flags.StringVar(&j.asOf, "as-of", "", "judge as of this `TIME`, RFC 3339 (default: when the snapshot was collected)")
}

func (j *judgeFlags) check() error {
	if _, err := j.time(time.Time{}); err != nil {
		return err
	}
	if j.failOn != "" {
		if _, err := scanner.ParseSeverity(j.failOn); err != nil {
			return usageError("--fail-on: %w", err)
		}
	}
	return nil
}

// time is what everything is judged as of.
func (j *judgeFlags) time(collected time.Time) (time.Time, error) {
	if j.asOf == "" {
		return collected, nil
	}
	t, err := time.Parse(time.RFC3339, j.asOf)
	if err != nil {
		return time.Time{}, usageError("--as-of %q: write a time such as 2026-03-01T00:00:00Z", j.asOf)
	}
	// What the snapshot shows had not happened yet, and what has expired since
	// would still apply.
	if t.Before(collected.Truncate(time.Second)) {
		return time.Time{}, usageError("--as-of %s is before the snapshot was collected, %s", j.asOf, collected.Format(time.RFC3339))
	}
	return t.UTC(), nil
}

// threshold is the severity from which a failure fails the run: the flag, else
// the configuration, else low.
func (j *judgeFlags) threshold(c *config.Config) scanner.Severity {
	switch {
	case j.failOn != "":
		return scanner.Severity(j.failOn)
	case c.FailOn != "":
		return scanner.Severity(c.FailOn)
	default:
		return scanner.SeverityLow
	}
}

// judging is a judge with the options of its report.
type judging struct {
	judge   *pipeline.Judge
	derive  facts.Options
	options scanner.ReportOptions
	close   func()
}

// prepare puts the judge together. The settings are the snapshot's own, unless
// a configuration was named for a replay. The caller closes what is returned.
func (j *judgeFlags) prepare(ctx context.Context, c *config.Config, cf *configFlags, engine *opa.Engine, source *pipeline.Snapshot) (*judging, error) {
	header := source.Header()
	asOf, err := j.time(header.CollectedAt)
	if err != nil {
		return nil, err
	}
	if err := knownTenants(cf.tenants, source.Tenants()); err != nil {
		return nil, err
	}
	if err := knownExports(j.exports, source.Tenants()); err != nil {
		return nil, err
	}
	derive := facts.Options{Settings: header.Settings, AsOf: asOf, Tenants: source.Tenants()}
	if cf.config != "" && source.Replayed {
		derive.Settings = c.Settings()
	}
	out := &judging{
		close: func() {},
		options: scanner.ReportOptions{
			Tool:   scanner.Tool{Name: toolName, Version: version, RulesDigest: engine.Digest()},
			AsOf:   asOf,
			FailOn: j.threshold(c), FailOnNew: j.failOnNew, AllowIncomplete: j.allowIncomplete,
			Tenants: cf.tenants, Exports: j.exports,
			Seal: source.Seal,
		},
	}
	if err := out.waive(j, c, engine, source); err != nil {
		return nil, err
	}
	if j.baseline != "" {
		b, err := pipeline.OpenBaseline(ctx, j.baseline, pipeline.BaselineOptions{
			Settings: derive.Settings, Engine: engine, Tenants: source.Tenants(),
		})
		if err != nil {
			return nil, err
		}
		derive.Changes, derive.Removed = b.Changes, b.Removed
		out.options.Baseline, out.options.Drift = &b.Info, b.Drift
		out.options.Compare = func(r *scanner.Report) ([]scanner.Finding, error) { return b.Earlier.Compare(ctx, r) }
		out.close = b.Close
	}
	out.derive = derive
	out.judge = &pipeline.Judge{Deriver: facts.New(derive), Engine: engine}
	return out, nil
}

// waive has the operator's waivers applied, where there are some.
func (out *judging) waive(j *judgeFlags, c *config.Config, engine *opa.Engine, source *pipeline.Snapshot) error {
	path := cmp.Or(j.waivers, c.Waivers)
	if path == "" {
		return nil
	}
	// A waiver of a rule that is left out today is no mistake.
	known := waiver.Known{Rules: engine.Loaded(), Exports: []string{}}
	for _, t := range source.Tenants() {
		known.Exports = append(known.Exports, t.ConfigurationIDs...)
	}
	file, err := readWaivers(path, known)
	if err != nil {
		return err
	}
	asOf := out.options.AsOf
	out.options.Waive = func(findings []scanner.Finding, gaps []scanner.Gap) scanner.WaiverReport {
		return file.Apply(asOf, findings, gaps)
	}
	return nil
}

// knownTenants refuses a name that the run does not have.
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

// knownExports refuses an id that no tenant has, so that a misspelt one does
// not look like an export without findings.
func knownExports(ids []string, tenants []scanner.Tenant) error {
	known := map[string]bool{}
	for i := range tenants {
		for _, id := range tenants[i].ConfigurationIDs {
			known[id] = true
		}
	}
	for _, id := range ids {
		if !known[id] {
			return fmt.Errorf("no export %q: the run knows %d export configurations and this is none of them", id, len(known))
		}
	}
	return nil
}

// keepEvidence writes every document that is judged below a folder, those of
// the tenants included.
func (out *judging) keepEvidence(dir string, source *pipeline.Snapshot) (closeWriter func(), err error) {
	w, err := reporters.NewEvidenceWriter(dir)
	if err != nil {
		return nil, err
	}
	keep := func(tenant string, e *scanner.Evidence) error {
		if e.Absent {
			return nil
		}
		return w.Add(scanner.EvidencePath(tenant, e), scanner.NewDisplay(e.Text).Text)
	}
	tenants := source.Tenants()
	for i := range tenants {
		e, err := scanner.TenantEvidence(&tenants[i], source.Header().CollectedAt)
		if err == nil {
			err = keep(tenants[i].Name, &e)
		}
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	out.options.Observe = func(record *scanner.Record, _ []scanner.Result) error {
		for i := range record.Evidence {
			if err := keep(record.Configuration.Tenant, &record.Evidence[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return func() { _ = w.Close() }, nil // every file was closed when it was written
}
