package main

import (
	"context"
	"fmt"
	"os"
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
	options scanner.ReportOptions
}

// prepare puts the judge together. The settings are the snapshot's own, unless
// a configuration was named for a replay.
func (j *judgeFlags) prepare(c *config.Config, engine *opa.Engine, source *pipeline.Snapshot, named bool) (*judging, error) {
	header := source.Header()
	asOf, err := j.time(header.CollectedAt)
	if err != nil {
		return nil, err
	}
	settings := header.Settings
	if named && source.Replayed {
		settings = c.Settings()
	}
	if err := knownExports(j.exports, source.Tenants()); err != nil {
		return nil, err
	}
	out := &judging{
		judge: &pipeline.Judge{
			Deriver: facts.New(facts.Options{Settings: settings, AsOf: asOf, Tenants: source.Tenants()}),
			Engine:  engine,
		},
		options: scanner.ReportOptions{
			Tool:   scanner.Tool{Name: toolName, Version: version, RulesDigest: engine.Digest()},
			AsOf:   asOf,
			FailOn: j.threshold(c), AllowIncomplete: j.allowIncomplete,
			Exports: j.exports,
			Seal:    source.Seal,
		},
	}
	waivers, err := j.loadWaivers(c, engine, source)
	if err != nil {
		return nil, err
	}
	if waivers != nil {
		out.options.Waive = func(findings []scanner.Finding, gaps []scanner.Gap) scanner.WaiverReport {
			return waivers.Apply(asOf, findings, gaps)
		}
	}
	return out, nil
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

func (j *judgeFlags) loadWaivers(c *config.Config, engine *opa.Engine, source *pipeline.Snapshot) (*waiver.File, error) {
	path := j.waivers
	if path == "" {
		path = c.Waivers
	}
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read waivers: %w", err)
	}
	known := waiver.Known{Exports: []string{}}
	for _, rule := range engine.Rules() {
		known.Rules = append(known.Rules, rule.ID)
	}
	for _, t := range source.Tenants() {
		known.Exports = append(known.Exports, t.ConfigurationIDs...)
	}
	return waiver.Parse(path, text, known)
}

// keepEvidence writes every document that is judged below a folder.
func (j *judging) keepEvidence(dir string) (closeWriter func(), err error) {
	w, err := reporters.NewEvidenceWriter(dir)
	if err != nil {
		return nil, err
	}
	j.options.Observe = func(record *scanner.Record, _ []scanner.Result) error {
		for i := range record.Evidence {
			e := &record.Evidence[i]
			if e.Absent {
				continue
			}
			if err := w.Add(scanner.EvidencePath(record.Configuration.Tenant, e), scanner.NewDisplay(e.Text).Text); err != nil {
				return err
			}
		}
		return nil
	}
	return func() { _ = w.Close() }, nil // every file was closed when it was written
}
