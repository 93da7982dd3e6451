package main

import (
	"fmt"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/scanner"
)

// openJournal starts writing to standard error as the flags say.
func (a *app) openJournal() {
	a.journal = journal.New(a.screen, journal.Options{JSON: a.logsJSON(), Quiet: a.quiet, Verbose: a.verbose, Now: a.now})
}

// logsJSON reports whether each line on standard error is JSON.
func (a *app) logsJSON() bool { return a.logFormat.Value == "json" }

// note reports something to the person at the terminal, unless --quiet is set.
func (a *app) note(format string, args ...any) { a.journal.Note(fmt.Sprintf(format, args...)) }

// warn reports an error that does not stop the run.
func (a *app) warn(err error) { a.journal.Error(err.Error()) }

// begin reports what is about to run. Its end is the last thing reported.
func (a *app) begin(s journal.Start) {
	s.Version, s.Command = version, a.command
	a.journal.Start(s)
}

// count takes the counts of a run from its report.
func (a *app) count(r *scanner.Report) {
	a.counts = journal.Counts{Exports: r.Summary.Exports, Gaps: len(r.Gaps), Findings: map[string]int{
		string(scanner.StatusFail): 0, string(scanner.StatusUnknown): 0, string(scanner.StatusError): 0,
	}}
	for i := range r.Findings {
		if r.Findings[i].State != scanner.StateResolved { // resolved ones belong to an earlier run
			a.counts.Findings[string(r.Findings[i].Status)]++
		}
	}
}
