package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// demoFlags are the flags of demo.
type demoFlags struct {
	scan.ParallelFlag
	output      scan.OutputFlags
	data        string
	keepServing bool
}

func newDemoCommand(a *app.App) *cobra.Command {
	f := &demoFlags{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Scan an embedded sandbox: real HTTP on loopback, no account needed",
		Long: `demo starts a sandbox on loopback that answers as Immuta and AWS do, with the
exports of one company, and runs an ordinary scan against it. Some exports are
healthy, each of the others has one fault from real life.

With --keep-serving the sandbox stays up, so that you can try the other
commands by hand with the configuration that is printed.

Exit status: 0 whatever is found; it says what a real run would exit with.`,
		Example: "  trailguard demo\n  trailguard demo --format json\n  trailguard demo --keep-serving",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), a, f) },
	}
	f.output.Register(cmd.Flags())
	f.Register(cmd.Flags())
	cmd.Flags().StringVar(&f.data, "data", "", "serve the company in `DIR` instead of the embedded one (a copy of fixtures/acme)")
	cmd.Flags().BoolVar(&f.keepServing, "keep-serving", false, "keep the sandbox up until interrupted, and print its configuration")
	return cmd
}

func runDemo(ctx context.Context, a *app.App, f *demoFlags) error {
	if _, err := f.output.Destinations(); err != nil {
		return err
	}
	options := sandbox.Options{Now: a.Now()}
	if f.data != "" {
		if info, err := os.Stat(f.data); err != nil || !info.IsDir() {
			return fmt.Errorf("--data %s: there is no such folder with a company.yaml: name a copy of fixtures/acme", f.data)
		}
		options.Data = os.DirFS(f.data)
	}
	// The sandbox outlives an interrupted scan, since that still has to report.
	server, err := sandbox.Start(context.WithoutCancel(ctx), options)
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	defer server.Close()
	c, err := config.Parse("the sandbox's configuration", []byte(server.Config()))
	if err != nil {
		return err
	}
	if err := enterSandbox(server.Environ()); err != nil {
		return err
	}
	status, err := demoScan(ctx, a, c, f)
	if err != nil {
		return err
	}
	a.Note("the sandbox served Immuta and AWS on %s; a real run would exit with %d, a demo exits with 0", server.URL(), status)
	if interrupted := cli.Interruption(ctx); interrupted != 0 {
		return &cli.ExitError{Status: interrupted}
	}
	if f.keepServing {
		if err := printSandbox(a, server); err != nil {
			return err
		}
		<-ctx.Done()
	}
	return nil
}

// demoScan runs an ordinary scan and returns its exit status.
func demoScan(ctx context.Context, a *app.App, c *config.Config, f *demoFlags) (int, error) {
	err := scan.Configured(ctx, a, c, &scan.Flags{Output: f.output, History: recorded.None, CriteriaFlags: scan.CriteriaFlags{ParallelFlag: f.ParallelFlag}})
	var exit *cli.ExitError
	switch {
	case err == nil:
		return scanner.ExitClean, nil
	case errors.As(err, &exit) && exit.Err == nil:
		return exit.Status, nil
	default:
		return 0, err
	}
}

// enterSandbox makes the sandbox's credentials the only ones of this process: a
// demo must neither use those of the person who runs it nor fail on them.
func enterSandbox(environ []string) error {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	alone := []string{
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}
	for _, variable := range append(alone, environ...) {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// printSandbox says how to reach the sandbox from another terminal.
func printSandbox(a *app.App, server *sandbox.Server) error {
	var b strings.Builder
	b.WriteString("\nThe sandbox stays up until Ctrl-C. In another terminal:\n\n")
	for _, variable := range server.Environ() {
		fmt.Fprintf(&b, "export %s\n", variable)
	}
	fmt.Fprintf(&b, "cat > sandbox.yaml <<'EOF'\n%sEOF\ntrailguard check --config sandbox.yaml\ntrailguard scan --config sandbox.yaml\n", server.Config())
	if a.LogsJSON() {
		a.Journal.Note("the sandbox stays up until Ctrl-C", slog.Any("environment", server.Environ()), slog.String("configuration", server.Config()))
		return nil
	}
	_, err := io.WriteString(a.Stderr, b.String())
	return err
}
