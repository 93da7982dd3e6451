package main

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam/simulate"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

func newSimulateCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "simulate",
		Short: "Answer IAM questions: JSON Lines in, JSON Lines out",
		Long: `simulate reads one question a line from standard input and writes one answer a
line, in order. A question names principal, action, resource and the policies;
the answer is yes, no or depends, with the statements that decided. A line that
is malformed, or holds a document that AWS would refuse, is answered by an error
line, and the run goes on.

Exit status: 0 when every line was answered, 3 otherwise.`,
		Example: `  trailguard simulate < questions.jsonl > answers.jsonl
  echo '{"id":"1","principal":"arn:aws:iam::111111111111:role/app","action":"s3:PutObject","resource":"arn:aws:s3:::b/k","resourceAccount":"111111111111","identityPolicies":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}}]}' | trailguard simulate`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stats, err := simulate.Run(cmd.Context(), plaintext.NewReader(a.Stdin), a.Stdout)
			if err != nil {
				return err
			}
			if stats.Errors > 0 {
				a.Note("%d of %d lines could not be answered", stats.Errors, stats.Lines)
				return &cli.ExitError{Status: scanner.ExitCannotRun}
			}
			return nil
		},
	}
}
