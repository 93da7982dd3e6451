package main

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/planned"
)

func newPlanCommand(a *app) *cobra.Command {
	f := &scanFlags{}
	var policies []string
	cmd := &cobra.Command{
		Use:   "plan --snapshot FILE [--policy WHAT=FILE] [PLAN | DIR]...",
		Short: "Say what a change would break, open or mend, before it is made",
		Long: `plan judges a snapshot as it would be after a change, and compares it with the
snapshot as it is: findings are new, unchanged or resolved, and drift says who
could do what that he could not. It uses no network and changes nothing.

The change is a plan of Terraform, as ` + "`terraform show -json`" + ` prints it (- is standard
input), a folder that --evidence wrote and somebody edited, or one policy or more,
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
			if f.snapshot == "" || f.snapshot == standard || len(policies)+len(plans) == 0 {
				return usageError("plan wants --snapshot FILE and a plan of Terraform or --policy WHAT=FILE: what is there, and what shall be")
			}
			f.baseline = f.snapshot
			for _, path := range plans {
				f.planned = append(f.planned, planned.Change(path))
			}
			for _, text := range policies {
				p, err := planned.Policy(text)
				if err != nil {
					return usageError("--policy %q: %w", text, err)
				}
				f.planned = append(f.planned, p)
			}
			return a.scan(cmd.Context(), f)
		},
	}
	f.configFlags.register(cmd.Flags())
	f.criteriaFlags.register(cmd.Flags())
	f.registerFailOnNew(cmd.Flags(), true)
	f.output.register(cmd.Flags())
	cmd.Flags().StringVar(&f.snapshot, "snapshot", "", "what is there: the snapshot in `FILE`")
	cmd.Flags().BoolVar(&f.changesOnly, "changes-only", false, "report what is new or incomparable, and drift, and nothing else")
	cmd.Flags().StringArrayVar(&policies, "policy", nil, "a policy as it would be, as `WHAT=FILE` (repeatable)")
	return cmd
}

// openSnapshot opens the snapshot that was named, with what is planned over it.
func (a *app) openSnapshot(f *scanFlags) (*pipeline.Snapshot, error) {
	if len(f.planned) == 0 {
		return pipeline.OpenSnapshot(f.snapshot)
	}
	plan, err := planned.Read(f.planned, a.stdin, func() (*pipeline.Snapshot, error) { return pipeline.OpenSnapshot(f.snapshot) })
	if err != nil {
		return nil, err
	}
	under, err := pipeline.OpenSnapshot(f.snapshot)
	if err != nil {
		return nil, err
	}
	over, applied, err := pipeline.Overlay(under, plan.Changes)
	if err != nil {
		return nil, err
	}
	for _, name := range plan.Partial {
		a.note("%s leaves out part of its configuration (-target): what it leaves out is not judged", name)
	}
	if len(applied) == 0 {
		a.note("the plan changes nothing that an export in the snapshot rests on")
	}
	for _, line := range applied {
		a.note("planned: %s", line)
	}
	return over, nil
}
