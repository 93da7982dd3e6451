package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
)

// newApp returns the program for a command line that is not read yet.
func newApp(args []string, stdin io.Reader, stdout, stderr io.Writer) (*app.App, *cobra.Command) {
	a := app.New(version, stdin, stdout, stderr)
	root := newRootCommand(a)
	root.SetArgs(args)
	a.Early(args)
	return a, root
}

// run is the whole program but for exiting: it returns the exit status.
func run(ctx context.Context, a *app.App, root *cobra.Command) int {
	ctx, stop := cli.WithSignals(ctx)
	defer stop()
	exit := &cli.ExitError{Status: scanner.ExitClean}
	if err := perform(ctx, root); err != nil {
		exit = cli.Ending(ctx, err)
	}
	if exit.Err != nil {
		a.Journal.Failed(exit.Status, exit.Err.Error(), stackOf(exit.Err))
	}
	a.Journal.End(exit.Status, a.Counts)
	return exit.Status
}

// stackOf is the stack of a fault of the program, or nil.
func stackOf(err error) []byte {
	var fault *crash.Error
	if errors.As(err, &fault) {
		return fault.Stack
	}
	return nil
}

func perform(ctx context.Context, root *cobra.Command) (err error) {
	defer crash.Catch(&err)
	if err := complete(root); err != nil {
		return err
	}
	return root.ExecuteContext(ctx)
}

func newRootCommand(a *app.App) *cobra.Command {
	root := &cobra.Command{
		Use:   "trailguard",
		Short: "Prove that Immuta's audit trail reaches its S3 buckets and that nobody else can touch it",
		Long: `trailguard reads every audit export configuration of an Immuta tenant and the
AWS policies around it, judges them by rules, and says what is wrong with the
statement that decides as proof. It only reads, and sends nothing anywhere but to
the Immuta and AWS endpoints that you configure. publish, and serve where it is
told to, tell the destinations that you configure what a report says.

Exit status: 0 clean; 1 something fails; 2 incomplete, something could not be
assessed; 3 could not run; 64 wrong usage; 130 or 143 interrupted.`,
		Example:           "  trailguard demo\n  trailguard check --config trailguard.yaml\n  trailguard scan --config trailguard.yaml --output sarif=trailguard.sarif",
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.Prepare,
		Args:              cli.Subcommand,
	}
	// Not cobra's own: that needs a template, see linked_test.go.
	asked := root.Flags().BoolP("version", "V", false, "print the version")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *asked {
			return printVersion(a.Stdout)
		}
		return cmd.Help()
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(cli.FlagError)
	a.Register(root.PersistentFlags())
	root.AddCommand(commands(a)...)
	cli.Strict(root)
	return root
}
