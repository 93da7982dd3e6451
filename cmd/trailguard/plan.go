package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/planned"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
)

// changeFlags are the flags that plan alone has.
type changeFlags struct {
	scan.PlanFlags

	policies []string
}

func newPlanCommand(a *app.App) *cobra.Command {
	p := &changeFlags{}
	f := &scan.Flags{Plan: &p.PlanFlags, History: recorded.None}
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

An export that is not created yet has no id; --expect-export names a file with the one
configuration that Immuta is to make, as it lists them, in JSON or YAML. It is judged over what the
snapshot has of its bucket and role, and what it lacks is unknown. So is, until there
is an id, whether Immuta can assume the role.

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
			return scan.Do(cmd.Context(), a, f)
		},
	}
	p.register(cmd.Flags(), f)
	return cmd
}

// register adds the flags, those of the scan included.
func (p *changeFlags) register(flags *pflag.FlagSet, f *scan.Flags) {
	f.ConfigFlags.Register(flags)
	f.CollectFlags.Register(flags)
	f.CriteriaFlags.Register(flags)
	f.RegisterFailOnNew(flags, true)
	f.Output.Register(flags)
	flags.StringVar(&f.Snapshot, "snapshot", "", "what is there: the snapshot in `FILE`")
	flags.StringVar(&p.History, "history", "", "what is there: the last complete run in this `FILE` or behind this postgres:// URL")
	flags.BoolVar(&f.ChangesOnly, "changes-only", false, "report what is new or incomparable, and drift, and nothing else")
	flags.StringVar(&p.Expected, "expect-export", "", "judge the export in `FILE`, too, which Immuta is yet to make")
	flags.StringVar(&p.Source, "source", "", "say in which file and line a resource stands, by the configuration in `DIR`, which terraform plan ran in")
	flags.StringArrayVar(&p.Template.Parameters, "parameter", nil, "a parameter of a template of CloudFormation, or AWS::Region and the like, as `NAME=VALUE` (repeatable)")
	flags.StringArrayVar(&p.Template.Resources, "resource", nil, "what a resource is called that a template does not name, as `ID=NAME`; of a key its ARN (repeatable)")
	flags.StringArrayVar(&p.policies, "policy", nil, "a policy as it would be, as `WHAT=FILE` (repeatable)")
}

// read takes the flags apart.
func (p *changeFlags) read(f *scan.Flags, plans []string) error {
	switch {
	case len(p.policies)+len(plans) == 0 && p.Expected == "":
		return cli.Usage("plan needs a plan of Terraform, a template of CloudFormation, a folder, --policy WHAT=FILE or --expect-export FILE: what shall be")
	case p.Expected == cli.Standard:
		return cli.Usage("--expect-export -: standard input is for plans; name a file")
	case f.Snapshot == cli.Standard:
		return cli.Usage("--snapshot -: plan reads a plan from standard input; name a file with the snapshot")
	case f.Snapshot != "" && p.History != "":
		return cli.Usage("--snapshot and --history exclude each other: either is what is there")
	case p.History == recorded.None:
		return cli.Usage("--history none: name a history whose last run is what is there, or leave the flag out to collect")
	case p.History != "" && f.ExportsFile != "":
		return cli.Usage("--history and --exports exclude each other: a run holds its exports")
	}
	if err := p.Template.Check(); err != nil {
		return cli.Usage("%w", err)
	}
	for _, path := range plans {
		p.Inputs = append(p.Inputs, planned.Change(path))
	}
	for _, text := range p.policies {
		in, err := planned.Policy(text)
		if err != nil {
			return cli.Usage("--policy %q: %w", text, err)
		}
		p.Inputs = append(p.Inputs, in)
	}
	return nil
}
