// Package pipeline wires the stages of a scan: which sources, collectors,
// rules and settings a configuration means. It holds no judgement of its own.
package pipeline

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/opa"
)

// Judge derives the facts of a run's records and has rules judge them.
type Judge struct {
	o       JudgeOptions
	records scanner.Records
	deriver *facts.Deriver
	buckets map[string]bool // of the exports that were read
}

// JudgeOptions say by what records are judged.
type JudgeOptions struct {
	Engine   *opa.Engine
	Settings scanner.Settings
	// AsOf is the time as of which everything is judged.
	AsOf      time.Time
	Selection scanner.Selection
	Baseline  *Baseline // nil: there is none
	Earlier   *Earlier  // what the report is compared with; nil: nothing
	// Plan says that the records are those of a plan; nil: nothing is planned. Tenants
	// are not judged then, since no change of AWS is about what is judged of them.
	Plan *scanner.PlanInfo
	// Annex asks for the report's Annex.
	Annex bool
	// Parallel is how many exports are judged at once; 0: as many as there are
	// processors.
	Parallel int
}

// NewJudge returns the judge of a stream of records, which it reads once.
func NewJudge(records scanner.Records, o JudgeOptions) *Judge {
	return &Judge{
		o: o, records: records, buckets: map[string]bool{},
		deriver: facts.New(facts.Options{Settings: o.Settings, AsOf: o.AsOf, Tenants: records.Tenants(), Requires: o.Engine.Requires()}),
	}
}

// All judges every export in the order of the records, and every tenant after
// all of them. The first error ends it.
func (j *Judge) All(ctx context.Context) iter.Seq2[*scanner.Judged, error] {
	return func(yield func(*scanner.Judged, error) bool) {
		for judged, err := range j.exports(ctx) {
			if !yield(judged, err) || err != nil {
				return
			}
		}
		for _, name := range j.o.Selection.Buckets {
			if !j.buckets[name] {
				yield(nil, noExport(name, j.records.Tenants()))
				return
			}
		}
		tenants := j.records.Tenants()
		for i := range tenants {
			if !j.o.Selection.Tenant(tenants[i].Name) {
				continue
			}
			judged := &scanner.Judged{Tenant: &tenants[i]}
			var err error
			if j.o.Plan == nil {
				err = j.tenant(ctx, judged)
			}
			if !yield(judged, err) || err != nil {
				return
			}
		}
	}
}

// Report judges everything and returns the report, which is not concluded.
func (j *Judge) Report(ctx context.Context) (*scanner.Report, error) {
	b := j.Builder(scanner.Tool{})
	for judged, err := range j.All(ctx) {
		if err != nil {
			return nil, err
		}
		b.Add(judged)
	}
	return b.Report()
}

// Builder begins the report of what All judges.
func (j *Judge) Builder(tool scanner.Tool) *scanner.Builder {
	tool.RulesDigest = j.o.Engine.Digest()
	o := scanner.ReportOptions{Tool: tool, AsOf: j.o.AsOf, LeftOut: j.o.Engine.LeftOut(), Selected: j.o.Selection.Some(), Plan: j.o.Plan, Annex: j.o.Annex}
	if j.o.Baseline != nil {
		o.Baseline = &j.o.Baseline.Info
	}
	if !o.Selected {
		tenants := j.records.Tenants()
		for i := range tenants {
			o.Exports += len(tenants[i].ConfigurationIDs)
		}
	}
	if j.o.Earlier != nil {
		o.Since = j.o.Earlier.Since
	}
	header := j.records.Header()
	header.Settings = j.o.Settings
	return scanner.NewBuilder(header, j.o.Engine.Rules(), o)
}

// read returns the next export that is to be judged, with its changes.
func (j *Judge) read() (*scanner.Judged, error) {
	for {
		record, err := j.records.Next()
		if err != nil {
			return nil, err
		}
		c := &record.Configuration
		if !j.o.Selection.Export(c) {
			continue
		}
		j.buckets[c.Endpoint.Destination()] = true
		judged := &scanner.Judged{Record: record.WithinLimits(), Collected: record}
		if j.o.Baseline != nil {
			judged.Changes, err = j.o.Baseline.Changes(record)
		}
		return judged, err
	}
}

// export judges an export. It is safe for concurrent use.
func (j *Judge) export(ctx context.Context, judged *scanner.Judged) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	judged.Subject = j.deriver.Record(judged.Record, j.since(judged.Changes))
	var err error
	if judged.Results, err = j.o.Engine.Evaluate(ctx, judged.Subject); err != nil {
		return fmt.Errorf("judge export %s: %w", judged.Record.Configuration.ID, err)
	}
	return nil
}

// tenant judges a tenant, after all of its exports.
func (j *Judge) tenant(ctx context.Context, judged *scanner.Judged) error {
	var removed []scanner.Change
	var err error
	if j.o.Baseline != nil {
		if removed, err = j.o.Baseline.Removed(judged.Tenant.Name); err != nil {
			return err
		}
	}
	judged.Subject, err = j.deriver.Tenant(judged.Tenant, j.since(removed))
	if err == nil {
		judged.Results, err = j.o.Engine.Evaluate(ctx, judged.Subject)
	}
	if err != nil {
		return fmt.Errorf("judge tenant %s: %w", judged.Tenant.Name, err)
	}
	return nil
}

// since is what facts need to know of changes; nil where there is no baseline.
func (j *Judge) since(changes []scanner.Change) *facts.Since {
	if j.o.Baseline == nil {
		return nil
	}
	return &facts.Since{Baseline: j.o.Baseline.Info.Digest, Changes: changes}
}
