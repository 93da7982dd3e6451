// Package app is the program as each command sees it: streams, clock, journal,
// and the flags that all commands share. It knows no command.
package app

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/terminal"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// Name is what reports call the program.
const Name = "trailguard"

// App is what every command has: its streams, its clock and the flags that all
// of them share.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Now            func() time.Time
	Version        string // of this program

	Journal  *journal.Journal // until the flags are read, as they seem to be
	Counts   journal.Counts   // of the run, for its last line
	Reported bool             // a report was written, or was begun

	quiet, verbose bool
	logFormat      cli.Choice
	color          cli.Choice
	screen         *terminal.Screen // over Stderr
	command        string           // which one runs, without the program's name
}

// New returns the program over its streams. Its flags are not read yet.
func New(version string, stdin io.Reader, stdout, stderr io.Writer) *App {
	return &App{Stdin: stdin, Stdout: stdout, Stderr: stderr, Now: time.Now, Version: version, screen: terminal.NewScreen(stderr)}
}

// Register adds the flags that all commands share.
func (a *App) Register(flags *pflag.FlagSet) {
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing on standard error but errors")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log every request (never a secret)")
	a.logFormat.Register(flags, "log-format", "text", "format of the log on standard error: text or json", "log format", "text", "json")
	a.color.Register(flags, "color", "auto", "colour: auto, always or never (NO_COLOR is honoured)", "colour mode", "auto", "always", "never")
}

// Early opens the journal before the command line is read, in the format that it
// seems to ask for: what is wrong with the command line is said in that, too.
func (a *App) Early(args []string) {
	a.logFormat.Early("log-format", args, os.LookupEnv)
	a.openJournal()
}

// Prepare fills flags from TRAILGUARD_<FLAG> where the command line is silent.
func (a *App) Prepare(cmd *cobra.Command, _ []string) error {
	if err := cli.FromEnvironment(cmd, os.LookupEnv); err != nil {
		return cli.Usage("%w", err)
	}
	a.command = strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	a.openJournal()
	for _, warning := range cli.Misspelt(cmd.Root(), os.Environ()) {
		a.Journal.Warn(warning)
	}
	return nil
}

// Print writes one line of a result.
func (a *App) Print(format string, args ...any) error {
	_, err := fmt.Fprintln(a.Stdout, reporters.Visible(fmt.Sprintf(format, args...)))
	return err
}

// PrintLines prints lines.
func (a *App) PrintLines(lines []string) error {
	for _, l := range lines {
		if err := a.Print("%s", l); err != nil {
			return err
		}
	}
	return nil
}

// List prints a line for each item, or all of them as JSON.
func List[T any](a *App, asJSON bool, items []T, line func(*T) string) error {
	if asJSON {
		return cli.WriteJSON(a.Stdout, append([]T{}, items...))
	}
	for i := range items {
		if err := a.Print("%s", line(&items[i])); err != nil {
			return err
		}
	}
	return nil
}

// Tool is what reports say that they were made by.
func (a *App) Tool() scanner.Tool { return scanner.Tool{Name: Name, Version: a.Version} }

// Width is how many columns standard output has.
func (a *App) Width() int { return terminal.Width(a.Stdout) }

// Colored says whether standard output is written in colour.
func (a *App) Colored() bool { return terminal.Color(a.color.Value, a.Stdout) }

// Progress is a bar on standard error, where somebody looks and wants one. The
// caller closes it.
func (a *App) Progress(title string, wanted bool) *terminal.Progress {
	return terminal.NewProgress(a.screen, title, wanted && !a.quiet && !a.verbose && !a.LogsJSON())
}
