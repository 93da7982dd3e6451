package app

import (
	"fmt"
	"log/slog"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/scanner"
)

// openJournal starts writing to standard error as the flags say.
func (a *App) openJournal() {
	a.Journal = journal.New(a.screen, journal.Options{JSON: a.LogsJSON(), Quiet: a.quiet, Verbose: a.verbose, Now: a.Now})
}

// Of returns the program for one run among several: its journal counts for itself,
// and each record has the attributes.
func (a *App) Of(attrs ...slog.Attr) *App {
	of := *a
	of.Journal, of.Counts, of.Reported = a.Journal.With(attrs...), journal.Counts{}, false
	return &of
}

// LogsJSON reports whether each line on standard error is JSON.
func (a *App) LogsJSON() bool { return a.logFormat.Value == "json" }

// Note reports something to the person at the terminal, unless --quiet is set.
func (a *App) Note(format string, args ...any) { a.Journal.Note(fmt.Sprintf(format, args...)) }

// Warn reports an error that does not stop the run.
func (a *App) Warn(err error) { a.Journal.Error(err.Error()) }

// Begin reports what is about to run. Its end is the last thing reported.
func (a *App) Begin(s journal.Start) {
	s.Version, s.Command = a.Version, a.command
	a.Journal.Start(s)
}

// Count takes the counts of a run from its report.
func (a *App) Count(r *scanner.Report) {
	a.Counts = journal.Counts{Exports: r.Summary.Exports, Gaps: len(r.Gaps), Findings: map[string]int{
		string(scanner.StatusFail): 0, string(scanner.StatusUnknown): 0, string(scanner.StatusError): 0,
	}}
	for i := range r.Findings {
		if r.Findings[i].State != scanner.StateResolved { // resolved ones belong to an earlier run
			a.Counts.Findings[string(r.Findings[i].Status)]++
		}
	}
}
