package show

import (
	"fmt"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// Run returns a run in one line.
func Run(r *history.RunSummary) string {
	var marks []string
	if !r.Complete {
		marks = append(marks, "incomplete")
	}
	if r.Interrupted {
		marks = append(marks, "interrupted")
	}
	if r.Selected {
		marks = append(marks, "partial")
	}
	if r.Pruned {
		marks = append(marks, "pruned")
	}
	mark := ""
	if len(marks) > 0 {
		mark = " (" + strings.Join(marks, ", ") + ")"
	}
	return fmt.Sprintf("%5d  %s  exit %d  %d exports, %d failures, %d not assessed  %s%s",
		r.ID, r.CollectedAt.Format("2006-01-02 15:04"), r.ExitStatus, r.Summary.Exports, r.Summary.ByStatus[scanner.StatusFail],
		r.Summary.NotAssessed(), strings.Join(r.Tenants, ","), mark)
}

// chartWidth is the length of the longest bar, in columns.
const chartWidth = 40

// Chart returns a bar chart of failures in plain characters, one line a run.
func Chart(runs []history.RunSummary) string {
	most := 1
	for i := range runs {
		most = max(most, runs[i].Summary.ByStatus[scanner.StatusFail])
	}
	var b strings.Builder
	for i := range runs {
		failures := runs[i].Summary.ByStatus[scanner.StatusFail]
		// A failure is never drawn as none.
		bar := (failures*chartWidth + most - 1) / most
		fmt.Fprintf(&b, "%s  %4d  %s\n", runs[i].CollectedAt.Format("2006-01-02 15:04"), failures, strings.Repeat("#", bar))
	}
	if len(runs) == 0 {
		b.WriteString("no runs in that time\n")
	}
	return b.String()
}

// Episode returns a finding of the history in one line.
func Episode(e *history.Episode) string {
	span := "since " + e.FirstSeen.Format(time.DateOnly)
	if e.ResolvedRun != 0 {
		span = fmt.Sprintf("%s to %s (%s)", e.FirstSeen.Format(time.DateOnly), e.ResolvedAt.Format(time.DateOnly), e.Ending)
	}
	subject := e.ExportID
	if subject == "" {
		subject = e.Tenant
	}
	return fmt.Sprintf("%.12s  %-8s %-7s %s  %s  %s", e.Fingerprint, e.Severity, e.Status, e.Rule, subject, span)
}

// verification is the form of a verification as JSON.
type verification struct {
	Runs     int       `json:"runs"`
	Entries  int       `json:"entries"`
	Head     string    `json:"head"`
	Problems []altered `json:"problems"`
}

// altered is a row or document that is not as it was recorded.
type altered struct {
	Table string `json:"table"`
	Run   int64  `json:"run,omitzero"`
	Text  string `json:"text"`
}

// Verification returns what a verification prints as JSON.
func Verification(v *history.Verification) any {
	out := verification{v.Runs, v.Entries, v.Head, []altered{}}
	for _, p := range v.Problems {
		out.Problems = append(out.Problems, altered(p))
	}
	return out
}
