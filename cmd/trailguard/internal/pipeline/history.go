package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/history"
)

// Recording is a run that is written into the history while it is judged.
type Recording struct {
	// Earlier are the last complete runs of the tenants.
	Earlier Earlier

	run     *history.Run
	pending []history.Entry
	o       RecordOptions
}

// RecordOptions say what a run is.
type RecordOptions struct {
	Store    *history.Store
	Source   *Snapshot
	Judge    *Judge
	Derive   facts.Options // that the judge was made with
	Selected bool          // only some exports, tenants or rules are judged
}

// Record begins a run and reads what it is to be compared with. The caller
// ends it with Finish or Abandon.
func Record(ctx context.Context, o RecordOptions) (*Recording, error) {
	r := &Recording{o: o}
	for _, t := range o.Source.Tenants() {
		previous, err := o.Store.Previous(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		if previous == nil {
			continue
		}
		if err := r.addEarlier(ctx, previous); err != nil {
			return nil, err
		}
	}
	var err error
	r.run, err = o.Store.BeginRun(ctx, history.RunInfo{
		Header: o.Source.Header(), Tenants: o.Source.Tenants(), AsOf: o.Derive.AsOf,
		RulesDigest: o.Judge.Engine.Digest(), Selected: o.Selected,
	})
	return r, err
}

// addEarlier has the run compared with a tenant's previous one. That one is
// judged by today's rules where they have changed, so that a change of rules
// never looks like a change of the world. A run whose snapshot does not come
// back stays as it was judged: its states are then incomparable.
func (r *Recording) addEarlier(ctx context.Context, previous *history.Previous) error {
	rules := r.o.Judge.Engine.Digest()
	if previous.Earlier.RulesDigest == rules {
		r.Earlier.addRun(previous)
		return nil
	}
	records, err := r.o.Store.Records(ctx, previous.Run)
	if errors.Is(err, history.ErrNoRun) {
		r.Earlier.addRun(previous)
		return nil
	}
	if err != nil {
		return err
	}
	judge := &Judge{
		Deriver: facts.New(facts.Options{Settings: r.o.Derive.Settings, AsOf: previous.AsOf, Tenants: records.Tenants()}),
		Engine:  r.o.Judge.Engine,
	}
	report, err := scanner.Scan(ctx, records, judge, scanner.ReportOptions{Tool: scanner.Tool{RulesDigest: rules}, AsOf: previous.AsOf})
	if err != nil {
		return fmt.Errorf("judge run %d by today's rules: %w", previous.Run, err)
	}
	r.Earlier.addReport(report, previous.Earlier.Tenant)
	return nil
}

// Observe takes one export, as scanner.ReportOptions wants it.
func (r *Recording) Observe(ctx context.Context) func(*scanner.Record, []scanner.Result) error {
	return func(record *scanner.Record, results []scanner.Result) error {
		r.pending = append(r.pending, history.Entry{Record: record, Results: results})
		if len(r.pending) < history.ShardSize {
			return nil
		}
		return r.flush(ctx)
	}
}

// ObserveTenant takes one tenant, alike.
func (r *Recording) ObserveTenant(t *scanner.Tenant, results []scanner.Result) error {
	return r.run.Tenant(t, results)
}

func (r *Recording) flush(ctx context.Context) error {
	if len(r.pending) == 0 {
		return nil
	}
	err := r.run.Shard(ctx, r.pending)
	r.pending = nil // the store may still hold the old ones
	return err
}

// Finish ends the run with its report.
func (r *Recording) Finish(ctx context.Context, report *scanner.Report) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	return r.run.Finish(ctx, report)
}

// Abandon gives the run up. It does nothing after Finish.
func (r *Recording) Abandon(ctx context.Context) error { return r.run.Abandon(ctx) }
