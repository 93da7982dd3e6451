package scan

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/planned"
	"github.com/trailguard/trailguard/scanner/history"
)

// PlanFlags say what is put over what is there.
type PlanFlags struct {
	Inputs   []planned.Input // what is put over the snapshot
	History  string          // whose last complete run is what is there
	Source   string          // the folder of Terraform's configuration
	Template planned.Template
	Expected string // the file of an export that is not created yet; empty: there is none
}

// openPlan opens what is there, and puts over it what is planned.
func (r *Run) openPlan(ctx context.Context) error {
	f := r.flags
	under, err := r.present(ctx)
	if err != nil {
		return err
	}
	plan, err := planned.Read(planned.Files{Inputs: f.Plan.Inputs, Stdin: r.app.Stdin, Source: f.Plan.Source, Template: &f.Plan.Template}, under)
	if err != nil {
		return err
	}
	there, err := under()
	if err != nil {
		return err
	}
	selected, err := pipeline.Select(f.Exports, there.Tenants())
	if err != nil {
		return errors.Join(err, there.Close())
	}
	selected.Tenants = f.Tenants
	var made *pipeline.Expected
	if f.Plan.Expected != "" {
		export, err := planned.Export(f.Plan.Expected, there, f.Tenants)
		if err != nil {
			return errors.Join(err, there.Close())
		}
		made = pipeline.Expect(export)
	}
	if r.plan, err = pipeline.NewPlan(there, plan.Changes, selected, made); err != nil {
		return err
	}
	for _, line := range plan.Notes {
		r.app.Note("%s", line)
	}
	if len(r.plan.Applied) == 0 && made == nil {
		r.app.Note("the plan changes nothing that an export in the snapshot rests on")
	}
	for _, line := range r.plan.Applied {
		r.app.Note("planned: %s", line)
	}
	r.Source, err = r.plan.After()
	return err
}

// present opens what is there, as often as it is asked to.
func (r *Run) present(ctx context.Context) (func() (*pipeline.Snapshot, error), error) {
	f, memory, replayed := r.flags, &pipeline.Memory{}, false
	switch {
	case f.Snapshot != "":
		return func() (*pipeline.Snapshot, error) { return pipeline.OpenSnapshot(f.Snapshot) }, nil
	case f.Plan.History != "":
		replayed = true
		if err := fromHistory(ctx, f.Plan.History, f.Tenants, memory); err != nil {
			return nil, err
		}
	default:
		if _, err := f.Collect(ctx, r.app, r.Config, f.Tenants, nil, memory.Create); err != nil {
			return nil, err
		}
	}
	return func() (*pipeline.Snapshot, error) {
		s, err := memory.Open()
		if err == nil {
			s.Replayed = replayed
		}
		return s, err
	}, nil
}

// fromHistory takes the last complete run of a history, or of tenants in it.
func fromHistory(ctx context.Context, place string, tenants []string, memory *pipeline.Memory) error {
	store, err := history.Open(ctx, place, history.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // it was only read
	run, err := lastComplete(ctx, store, tenants)
	if err != nil {
		return err
	}
	return memory.Fill(func(w io.Writer) error { return store.Export(ctx, run, w) })
}

// lastComplete finds the run that is the last complete one of each tenant; of none:
// of all that the history knows.
func lastComplete(ctx context.Context, store *history.Store, tenants []string) (int64, error) {
	if len(tenants) == 0 {
		runs, err := store.Runs(ctx)
		if err != nil {
			return 0, err
		}
		known := map[string]bool{}
		for i := range runs {
			for _, name := range runs[i].Tenants {
				if !known[name] {
					known[name], tenants = true, append(tenants, name)
				}
			}
		}
	}
	var run int64
	var first string
	for _, name := range tenants {
		previous, err := store.Previous(ctx, name)
		switch {
		case err != nil:
			return 0, err
		case previous == nil:
			return 0, fmt.Errorf("the history has no complete run of tenant %s, over which a change could be planned: scan, or name a snapshot", name)
		case run != 0 && previous.Run != run:
			return 0, fmt.Errorf("the last complete runs of tenants %s and %s are two, %d and %d: name one tenant with --tenant", first, name, run, previous.Run)
		}
		run, first = previous.Run, name
	}
	if run == 0 {
		return 0, errors.New("the history holds no run, over which a change could be planned: scan, or name a snapshot")
	}
	return run, nil
}
