package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/planned"
	"github.com/trailguard/trailguard/scanner/history"
)

// planFlags are those that plan alone has.
type planFlags struct {
	inputs   []planned.Input // what is put over the snapshot
	policies []string
	history  string // whose last complete run is what is there
	source   string // the folder of Terraform's configuration
	template planned.Template
}

func newPlanCommand(a *app) *cobra.Command {
	p := &planFlags{}
	f := &scanFlags{plan: p, history: noHistory}
	cmd := &cobra.Command{
		Use:   "plan [--snapshot FILE | --history WHERE] [--policy WHAT=FILE] [PLAN | TEMPLATE | DIR]...",
		Short: "Say what a change would break, open or mend, before it is made",
		Long: `plan judges a snapshot as it would be after a change, and compares it with the
snapshot as it is: findings are new, unchanged or resolved, and drift says who
could do what that he could not. It changes nothing.

What is there is the snapshot of --snapshot, or the last complete run of --history;
then no network is used. Without either it is collected, as scan does.

Only exports that the change touches are judged, before and after; the report says
how many it leaves as they are. Those that --export names are judged either way.

The change is a plan of Terraform, as ` + "`terraform show -json`" + ` prints it (- is standard
input), a template of CloudFormation in JSON or YAML, a folder that --evidence wrote and somebody edited, or one policy or more,
each --policy naming what it belongs to and the file with its new text:

  s3:BUCKET=FILE           the bucket policy
  trust:ROLE=FILE          the trust policy of a role
  identity:ROLE/NAME=FILE  an inline policy of a role or user, old or new
  key:ARN=FILE             the policy of a KMS key

A role may be named by its ARN. A policy that no export in the snapshot depends on
is an error: nothing would be judged. A plan may be about other things, too; what
it does to the snapshot is listed on standard error. What is known only after it is
applied is unknown here, and so is what rests on it.

Exit status: 0 nothing new fails; 1 a new, unwaived failure at or above --fail-on;
2 no such failure, but something could not be assessed; 3 could not run.`,
		Example: `  terraform plan -out=tfplan && terraform show -json tfplan | trailguard plan --snapshot monday.jsonl.zst -
  trailguard plan --snapshot monday.jsonl.zst --policy s3:acme-audit=bucket-policy.json
  trailguard plan --snapshot monday.jsonl.zst --policy trust:immuta-writer=trust.json --format markdown`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, plans []string) error {
			if err := p.read(f, plans); err != nil {
				return err
			}
			return a.scan(cmd.Context(), f)
		},
	}
	f.configFlags.register(cmd.Flags())
	f.collectFlags.register(cmd.Flags())
	f.criteriaFlags.register(cmd.Flags())
	f.registerFailOnNew(cmd.Flags(), true)
	f.output.register(cmd.Flags())
	cmd.Flags().StringVar(&f.snapshot, "snapshot", "", "what is there: the snapshot in `FILE`")
	cmd.Flags().StringVar(&p.history, "history", "", "what is there: the last complete run in this `FILE` or behind this postgres:// URL")
	cmd.Flags().BoolVar(&f.changesOnly, "changes-only", false, "report what is new or incomparable, and drift, and nothing else")
	cmd.Flags().StringVar(&p.source, "source", "", "say in which file and line a resource stands, by the configuration in `DIR`, which terraform plan ran in")
	cmd.Flags().StringArrayVar(&p.template.Parameters, "parameter", nil, "a parameter of a template of CloudFormation, or AWS::Region and the like, as `NAME=VALUE` (repeatable)")
	cmd.Flags().StringArrayVar(&p.template.Resources, "resource", nil, "what a resource is called that a template does not name, as `ID=NAME`; of a key its ARN (repeatable)")
	cmd.Flags().StringArrayVar(&p.policies, "policy", nil, "a policy as it would be, as `WHAT=FILE` (repeatable)")
	return cmd
}

// read takes the flags apart.
func (p *planFlags) read(f *scanFlags, plans []string) error {
	switch {
	case len(p.policies)+len(plans) == 0:
		return usageError("plan needs a plan of Terraform, a template of CloudFormation, a folder or --policy WHAT=FILE: what shall be")
	case f.snapshot == standard:
		return usageError("--snapshot -: plan reads a plan from standard input; name a file with the snapshot")
	case f.snapshot != "" && p.history != "":
		return usageError("--snapshot and --history exclude each other: either is what is there")
	case p.history == noHistory:
		return usageError("--history none: name a history whose last run is what is there, or leave the flag out to collect")
	case p.history != "" && f.exportsFile != "":
		return usageError("--history and --exports exclude each other: a run holds its exports")
	}
	if err := p.template.Check(); err != nil {
		return usageError("%w", err)
	}
	for _, path := range plans {
		p.inputs = append(p.inputs, planned.Change(path))
	}
	for _, text := range p.policies {
		in, err := planned.Policy(text)
		if err != nil {
			return usageError("--policy %q: %w", text, err)
		}
		p.inputs = append(p.inputs, in)
	}
	return nil
}

// openPlan opens what is there, and puts over it what is planned.
func (r *scanRun) openPlan(ctx context.Context) error {
	f := r.flags
	under, err := r.app.present(ctx, r)
	if err != nil {
		return err
	}
	plan, err := planned.Read(planned.Files{Inputs: f.plan.inputs, Stdin: r.app.stdin, Source: f.plan.source, Template: &f.plan.template}, under)
	if err != nil {
		return err
	}
	there, err := under()
	if err != nil {
		return err
	}
	selected, err := pipeline.Select(f.exports, there.Tenants())
	if err != nil {
		return errors.Join(err, there.Close())
	}
	selected.Tenants = f.tenants
	if r.plan, err = pipeline.NewPlan(there, plan.Changes, selected); err != nil {
		return err
	}
	for _, line := range plan.Notes {
		r.app.note("%s", line)
	}
	if len(r.plan.Applied) == 0 {
		r.app.note("the plan changes nothing that an export in the snapshot rests on")
	}
	for _, line := range r.plan.Applied {
		r.app.note("planned: %s", line)
	}
	r.source, err = r.plan.After()
	return err
}

// present opens what is there, as often as it is asked to.
func (a *app) present(ctx context.Context, r *scanRun) (func() (*pipeline.Snapshot, error), error) {
	f, memory, replayed := r.flags, &pipeline.Memory{}, false
	switch {
	case f.snapshot != "":
		return func() (*pipeline.Snapshot, error) { return pipeline.OpenSnapshot(f.snapshot) }, nil
	case f.plan.history != "":
		replayed = true
		if err := fromHistory(ctx, f.plan.history, f.tenants, memory); err != nil {
			return nil, err
		}
	default:
		if _, err := a.collect(ctx, r.config, &f.configFlags, &f.collectFlags, nil, memory.Create); err != nil {
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
