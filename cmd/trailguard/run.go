package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/terminal"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
)

// app is what every command has: its streams, its clock and the flags that all
// of them share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time

	quiet, verbose bool
	logFormat      cli.Choice
	color          cli.Choice

	screen  *terminal.Screen // over stderr
	journal *journal.Journal // until the flags are read, as they seem to be
	command string
	counts  journal.Counts // of the run, for its last line

	reported bool // a report was written, or was begun
}

// exitError makes the program exit with a status that the command chose. A nil
// error means that the command has already said why.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is wrong usage: exit status 64.
func usageError(format string, args ...any) error {
	return &exitError{scanner.ExitUsage, fmt.Errorf(format, args...)}
}

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string { return "stopped by " + e.signal.String() }

// newApp returns the program for a command line that is not read yet.
func newApp(args []string, stdin io.Reader, stdout, stderr io.Writer) (*app, *cobra.Command) {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now, screen: terminal.NewScreen(stderr)}
	root := newRootCommand(a)
	root.SetArgs(args)
	a.logFormat.Early("log-format", args, os.LookupEnv)
	a.openJournal()
	return a, root
}

// run is the whole program but for exiting: it returns the exit status.
func (a *app) run(ctx context.Context, root *cobra.Command) int {
	ctx, stop := withSignals(ctx)
	defer stop()
	exit := &exitError{status: scanner.ExitClean}
	if err := perform(ctx, root); err != nil {
		exit = ending(ctx, err)
	}
	if exit.err != nil {
		a.journal.Failed(exit.status, exit.err.Error(), stackOf(exit.err))
	}
	a.journal.End(exit.status, a.counts)
	return exit.status
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

// ending is how an error ends the program.
func ending(ctx context.Context, err error) *exitError {
	var exit *exitError
	if errors.As(err, &exit) {
		return exit
	}
	// A signal that arrived is the reason, whatever the error says.
	return &exitError{cmp.Or(interruption(ctx), scanner.ExitCannotRun), err}
}

// withSignals ends the context on the first SIGINT or SIGTERM. A second one
// ends the program the hard way, since the handler is then gone.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(signalError{s})
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// interruption is the exit status of a run that a signal stopped, or 0.
func interruption(ctx context.Context) int {
	var s signalError
	switch {
	case !errors.As(context.Cause(ctx), &s):
		return 0
	case s.signal == syscall.SIGTERM:
		return scanner.ExitTerminated
	default:
		return scanner.ExitInterrupted
	}
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "trailguard",
		Short: "Prove that Immuta's audit trail reaches its S3 buckets and that nobody else can touch it",
		Long: `trailguard reads every audit export configuration of an Immuta tenant and the
AWS policies around it, judges them by rules, and says what is wrong with the
statement that decides as proof. It only reads, and sends nothing anywhere but to
the Immuta and AWS endpoints that you configure. One command writes, publish: it
tells the destinations that you configure what a report says.

Exit status: 0 clean; 1 something fails; 2 incomplete, something could not be
assessed; 3 could not run; 64 wrong usage; 130 or 143 interrupted.`,
		Example:           "  trailguard demo\n  trailguard check --config trailguard.yaml\n  trailguard scan --config trailguard.yaml --output sarif=trailguard.sarif",
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.prepare,
		Args:              subcommand,
	}
	// Not cobra's own: that needs a template, see linked_test.go.
	asked := root.Flags().BoolP("version", "V", false, "print the version")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *asked {
			return printVersion(a.stdout)
		}
		return cmd.Help()
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w", cli.FlagError(cmd, err))
	})
	flags := root.PersistentFlags()
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing on standard error but errors")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log every request (never a secret)")
	a.logFormat.Register(flags, "log-format", "text", "format of the log on standard error: text or json", "log format", "text", "json")
	a.color.Register(flags, "color", "auto", "colour: auto, always or never (NO_COLOR is honoured)", "colour mode", "auto", "always", "never")
	root.AddCommand(commands(a)...)
	cli.Strict(root, func(err error) error { return usageError("%w", err) })
	return root
}

// prepare fills flags from TRAILGUARD_<FLAG> where the command line is silent.
func (a *app) prepare(cmd *cobra.Command, _ []string) error {
	if err := cli.FromEnvironment(cmd, os.LookupEnv); err != nil {
		return usageError("%w", err)
	}
	a.command = strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	a.openJournal()
	for _, warning := range cli.Misspelt(cmd.Root(), os.Environ()) {
		a.journal.Warn(warning)
	}
	return nil
}

// print writes one line of a result.
func (a *app) print(format string, args ...any) error {
	_, err := fmt.Fprintln(a.stdout, reporters.Visible(fmt.Sprintf(format, args...)))
	return err
}

// noArgs refuses arguments where a command takes none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError("%s takes no arguments, got %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// subcommand demands that a command which only holds others has no arguments.
func subcommand(cmd *cobra.Command, args []string) error {
	if err := cli.Subcommand(cmd, args); err != nil {
		return usageError("%w", err)
	}
	return nil
}

// atMostOne demands one argument, called by a noun, or none.
func atMostOne(noun string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError("%s takes one %s, got %d", cmd.CommandPath(), noun, len(args))
		}
		return nil
	}
}

// someArgs demands at least one argument of a kind.
func someArgs(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError("%s needs at least one %s", cmd.CommandPath(), name)
		}
		return nil
	}
}

// exactArgs demands the arguments that names list.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usageError("%s needs %d argument(s), %s, got %d", cmd.CommandPath(), len(names), strings.Join(names, " "), len(args))
		}
		return nil
	}
}
