package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// app is what every command has: its streams, its clock and the flags that all
// of them share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time

	quiet, verbose bool
	logFormat      string
	color          string

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

// run is the whole program but for exiting: it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := withSignals(ctx)
	defer stop()
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	root := newRootCommand(a) //nolint:contextcheck // commands get theirs when they run, from ExecuteContext
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return scanner.ExitClean
	}
	exit := ending(ctx, err)
	if exit.err != nil {
		for line := range strings.SplitSeq(exit.err.Error(), "\n") {
			_, _ = fmt.Fprintf(stderr, "trailguard: %s\n", reporters.Visible(line)) // there is nowhere else to say it
		}
	}
	return exit.status
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
statement that decides as proof. It only ever reads. It sends nothing anywhere
but to the Immuta and AWS endpoints that you configure.

Exit status: 0 clean; 1 something fails; 2 incomplete, something could not be
assessed; 3 could not run; 64 wrong usage; 130 or 143 interrupted.`,
		Example:           "  trailguard demo\n  trailguard check --config trailguard.yaml\n  trailguard scan --config trailguard.yaml --output sarif=trailguard.sarif",
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.prepare,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			msg := fmt.Sprintf("unknown command %q", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				msg += fmt.Sprintf("; did you mean %q?", near[0])
			}
			return usageError("%s (trailguard --help lists the commands)", msg)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w (%s --help shows the flags)", err, cmd.CommandPath())
	})
	flags := root.PersistentFlags()
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing on standard error but errors")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log every request (never a secret)")
	flags.StringVar(&a.logFormat, "log-format", "text", "format of the log on standard error: text or json")
	flags.StringVar(&a.color, "color", "auto", "colour: auto, always or never (NO_COLOR is honoured)")
	root.AddCommand(commands(a)...)
	root.InitDefaultCompletionCmd()
	return root
}

// prepare fills flags from TRAILGUARD_<FLAG> where the command line is silent,
// and checks those that all commands share.
func (a *app) prepare(cmd *cobra.Command, _ []string) error {
	var err error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "TRAILGUARD_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if !ok || f.Changed || err != nil || f.Name == "help" {
			return
		}
		if e := cmd.Flags().Set(f.Name, value); e != nil {
			err = usageError("%s=%q: %w", name, value, e)
		}
	})
	if err != nil {
		return err
	}
	if a.logFormat != "text" && a.logFormat != "json" {
		return usageError("unknown log format %q: use text or json", a.logFormat)
	}
	if a.color != "auto" && a.color != "always" && a.color != "never" {
		return usageError("unknown colour mode %q: use auto, always or never", a.color)
	}
	return nil
}

// logger writes to standard error; without --verbose only warnings.
func (a *app) logger() *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelWarn}
	switch {
	case a.quiet:
		options.Level = slog.LevelError
	case a.verbose:
		options.Level = slog.LevelDebug
	}
	if a.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.stderr, options))
}

// note says something to the person at the terminal, unless they want quiet.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		_, _ = fmt.Fprintln(a.stderr, reporters.Visible(fmt.Sprintf(format, args...))) // there is nowhere else to say it
	}
}

// warn reports an error that does not stop the run.
func (a *app) warn(err error) {
	_, _ = fmt.Fprintf(a.stderr, "trailguard: %s\n", reporters.Visible(err.Error())) // as above
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

// exactArgs demands the arguments that names list.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usageError("%s wants %d argument(s), %s, got %d", cmd.CommandPath(), len(names), strings.Join(names, " "), len(args))
		}
		return nil
	}
}
