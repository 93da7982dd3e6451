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
		Use:   "plan --snapshot FILE --policy WHAT=FILE",
		Short: "Say what a change would break, open or mend, before it is made",
		Long: `plan judges a snapshot as it would be after a change, and compares it with the
snapshot as it is: findings are new, unchanged or resolved, and drift says who
could do what that he could not. It uses no network and changes nothing.

The change is one policy or more, each --policy naming what it belongs to and the
file with its new text:

  s3:BUCKET=FILE           the bucket policy
  trust:ROLE=FILE          the trust policy of a role
  identity:ROLE/NAME=FILE  an inline policy of a role or user, old or new
  key:ARN=FILE             the policy of a KMS key

A role may be named by its ARN. A policy that no export in the snapshot depends on
is an error: nothing would be judged.

Exit status: 0 nothing new fails; 1 a new, unwaived failure at or above --fail-on;
2 no such failure, but something could not be assessed; 3 could not run.`,
		Example: `  trailguard plan --snapshot monday.jsonl.zst --policy s3:acme-audit=bucket-policy.json
  trailguard plan --snapshot monday.jsonl.zst --policy trust:immuta-writer=trust.json --format markdown`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.snapshot == "" || f.snapshot == standard || len(policies) == 0 {
				return usageError("plan wants --snapshot FILE and --policy WHAT=FILE: what is there, and what shall be")
			}
			f.baseline = f.snapshot
			for _, text := range policies {
				p, err := planned.Parse(text)
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
	cmd.Flags().StringArrayVar(&policies, "policy", nil, "a policy as it would be, as `WHAT=FILE` (repeatable)")
	return cmd
}

// openSnapshot opens the snapshot that was named, with what is planned over it.
func (f *scanFlags) openSnapshot() (*pipeline.Snapshot, error) {
	changes, err := planned.Read(f.planned)
	if err != nil {
		return nil, err
	}
	source, err := pipeline.OpenSnapshot(f.snapshot)
	if err != nil || len(changes) == 0 {
		return source, err
	}
	return pipeline.Overlay(source, changes)
}
