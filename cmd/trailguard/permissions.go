package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/grants"
	"github.com/trailguard/trailguard/scanner/aws/permissions"
)

// permissionFlags are the flags of permissions.
type permissionFlags struct {
	input  permissions.Input
	config string
	format cli.Choice
}

func newPermissionsCommand(a *app.App) *cobra.Command {
	f := &permissionFlags{}
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print the least privilege that the reader needs",
		Long: `permissions prints what an account has to grant so that a scan can read it: the
IAM policy of the reader role, its trust policy, and the statement for the
policies of customer keys. All of it is derived from the closed list of calls
that trailguard can send. It asks nobody anything. The statement
OptionalWhoChangedIt may be left out: reports then name nobody behind a change.

With --config it prints this for every account that the configuration reads
through a role. With --organization it prints what reading the organization's
control policies needs, and of the rest only what is named. The format stackset is a CloudFormation template that fits every
account of a stack set.`,
		Example: `  trailguard permissions --account 111111111111
  trailguard permissions --account 111111111111 --bucket acme-audit --role immuta-audit --format terraform
  trailguard permissions --account 111111111111 --oidc github:acme/audit:ref:refs/heads/main
  trailguard permissions --config trailguard.yaml --trusted-by 222222222222 --format stackset`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.input.Organization {
				f.nothingElse(cmd.Flags())
			}
			return printPermissions(a, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.input.Account, "account", "", "account `ID` to be read")
	flags.StringVar(&f.config, "config", "", "all accounts of this configuration `FILE`")
	flags.StringVar(&f.input.Partition, "partition", "aws", "partition of the account: aws, aws-cn, aws-us-gov, …")
	flags.StringArrayVar(&f.input.Buckets, "bucket", []string{"*"}, "`NAME` of a bucket (repeatable)")
	flags.StringArrayVar(&f.input.Roles, "role", []string{"*"}, "`NAME` of an export role, with its path (repeatable)")
	flags.StringArrayVar(&f.input.Users, "user", []string{"*"}, "`NAME` of an export user, with its path (repeatable)")
	flags.StringArrayVar(&f.input.Keys, "key", []string{"*"}, "`ID` of a customer key (repeatable)")
	flags.StringArrayVar(&f.input.AssumeRoles, "assume-role", nil, "`ARN` of another account's reader role to start from this one (repeatable)")
	flags.BoolVar(&f.input.Organization, "organization", false, "what reading the organization needs, in its management account or a delegated administrator's")
	flags.StringVar(&f.input.ReaderRole, "reader-role", "", "`NAME` of the role to create, with its path (default trailguard-reader)")
	flags.StringVar(&f.input.TrustedBy, "trusted-by", "", "account ID or `ARN` of who may assume the reader role (default: the account itself)")
	flags.StringVar(&f.input.OIDC, "oidc", "", "workflows that may assume it: `github:ORG/REPO`, narrowed by :ref:refs/heads/BRANCH or :environment:NAME")
	flags.StringVar(&f.input.ExternalID, "external-id", "", "`ID` that whoever assumes the reader role must send")
	f.format.Register(flags, "format", "json", "json, cloudformation, stackset or terraform", "format", "json", "cloudformation", "stackset", "terraform")
	return cmd
}

// nothingElse removes the defaults of the other flags: whoever reads the
// organization need not read buckets.
func (f *permissionFlags) nothingElse(flags *pflag.FlagSet) {
	for name, list := range map[string]*[]string{"bucket": &f.input.Buckets, "role": &f.input.Roles, "user": &f.input.Users, "key": &f.input.Keys} {
		if !flags.Changed(name) {
			*list = nil
		}
	}
}

func printPermissions(a *app.App, f *permissionFlags) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	if f.input.TrustedBy == "" && f.input.OIDC == "" {
		a.Note("each role trusts its own account alone: name with --trusted-by or --oidc who runs trailguard elsewhere")
	}
	_, err = fmt.Fprint(a.Stdout, text)
	return err
}

func (f *permissionFlags) text() (string, error) {
	var c *config.Config
	if f.config != "" {
		var err error
		if c, err = config.Load(f.config); err != nil {
			return "", err
		}
	}
	switch {
	case f.format.Value == "stackset":
		text, err := grants.StackSet(c, f.input)
		return text, wrongUsage(err)
	case c != nil:
		g, err := grants.Of(c, f.input.Account, f.input)
		if err != nil {
			return "", wrongUsage(err)
		}
		if f.format.Value == "json" {
			return g.JSON(), nil
		}
		return g.In(f.language()), nil
	case f.input.Account == "":
		return "", cli.Usage("permissions needs --account ID, the account to be read, or --config FILE")
	}
	p, err := permissions.Of(f.input)
	if err != nil {
		return "", wrongUsage(err)
	}
	return f.language()(p), nil
}

func wrongUsage(err error) error {
	if err != nil {
		return cli.Usage("%w", err)
	}
	return nil
}

func (f *permissionFlags) language() func(permissions.Reader) string {
	switch f.format.Value {
	case "cloudformation":
		return permissions.Reader.CloudFormation
	case "terraform":
		return permissions.Reader.Terraform
	default:
		return permissions.Reader.JSON
	}
}
