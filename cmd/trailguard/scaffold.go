package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scaffold"
)

func newScaffoldCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scaffold",
		Short: "Print what makes the bucket, role and key of a new export",
		Args:  cli.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newScaffoldAWSCommand(a))
	return cmd
}

func newScaffoldAWSCommand(a *app.App) *cobra.Command {
	var (
		format cli.Choice
		dir    string
	)
	cmd := &cobra.Command{
		Use:   "aws",
		Short: "Print a module or template that passes every rule that AWS decides",
		Long: `scaffold aws prints a module of Terraform, or a template of CloudFormation, for the
bucket, role and key of one new export. Its variables say what is yours; every
rule that AWS decides passes.

Immuta wants the role before it makes the export, and the role wants the export's
id. So it is applied twice: first without the id, when nobody can assume the
role, and again with it. The text says how, and asks nobody anything.`,
		Example: "  trailguard scaffold aws --output immuta-audit\n  trailguard scaffold aws --format cloudformation > immuta-audit.yaml",
		Args:    cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			name, text := scaffold.Terraform()
			if format.Value == "cloudformation" {
				name, text = scaffold.CloudFormation()
			}
			if dir == "" {
				_, err := io.WriteString(a.Stdout, text)
				return err
			}
			return writeNew(filepath.Join(dir, name), text)
		},
	}
	format.Register(cmd.Flags(), "format", "terraform", "terraform or cloudformation", "format", "terraform", "cloudformation")
	cmd.Flags().StringVar(&dir, "output", "", "write it to a new file in the folder `DIR` instead")
	return cmd
}

// writeNew writes a file that is not there yet, and the folder around it.
func writeNew(path, text string) error {
	err := createNew(path, text, 0o644) // others read it
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already: name another folder with --output", path)
	case err != nil:
		return fmt.Errorf("write --output: %w", err)
	}
	return nil
}
