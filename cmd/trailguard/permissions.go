package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/scanner/aws"
)

// permissionFlags are the flags of permissions.
type permissionFlags struct {
	input  aws.PermissionInput
	format cli.Choice
}

func newPermissionsCommand(a *app) *cobra.Command {
	f := &permissionFlags{}
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print the least privilege that the reader needs",
		Long: `permissions prints what an account has to grant so that a scan can read it: the
IAM policy of the reader role, its trust policy, and the statement for the
policies of customer keys. All of it is derived from the closed list of calls
that trailguard can send. It asks nobody anything.`,
		Example: `  trailguard permissions --account 111111111111
  trailguard permissions --account 111111111111 --bucket acme-audit --role immuta-audit --format terraform`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.permissions(f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.input.Account, "account", "", "account `ID` to be read")
	flags.StringVar(&f.input.Partition, "partition", "aws", "partition of the account: aws, aws-cn, aws-us-gov, …")
	flags.StringArrayVar(&f.input.Buckets, "bucket", []string{"*"}, "`NAME` of a bucket (repeatable)")
	flags.StringArrayVar(&f.input.Roles, "role", []string{"*"}, "`NAME` of an export role, with its path (repeatable)")
	flags.StringArrayVar(&f.input.Users, "user", []string{"*"}, "`NAME` of an export user, with its path (repeatable)")
	flags.StringArrayVar(&f.input.Keys, "key", []string{"*"}, "`ID` of a customer key (repeatable)")
	flags.StringArrayVar(&f.input.AssumeRoles, "assume-role", nil, "`ARN` of another account's reader role to start from this one (repeatable)")
	flags.StringVar(&f.input.ReaderRole, "reader-role", "", "`NAME` of the role to create (default trailguard-reader)")
	flags.StringVar(&f.input.TrustedBy, "trusted-by", "", "`ARN` of who may assume the reader role (default: the account itself)")
	flags.StringVar(&f.input.ExternalID, "external-id", "", "`ID` that whoever assumes the reader role must send")
	f.format.Register(flags, "format", "json", "json, cloudformation or terraform", "format", "json", "cloudformation", "terraform")
	return cmd
}

func (a *app) permissions(f *permissionFlags) error {
	if f.input.Account == "" {
		return usageError("permissions wants --account ID, the account that is to be read")
	}
	permissions, err := aws.ReaderPolicy(f.input)
	if err != nil {
		return usageError("%w", err)
	}
	text := permissions.JSON()
	switch f.format.Value {
	case "cloudformation":
		text = permissions.CloudFormation()
	case "terraform":
		text = permissions.Terraform()
	}
	_, err = fmt.Fprint(a.stdout, text)
	return err
}
