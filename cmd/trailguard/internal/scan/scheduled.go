package scan

import (
	"bytes"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
)

// Scheduled says how a service scans one tenant.
type Scheduled struct {
	Tenant  string
	History string        // FILE or URL; empty: the configuration's
	Timeout time.Duration // of collecting, and again of judging
	// HTML and Metrics are the files that the latest report goes to.
	HTML, Metrics string
	// Tell names whom the run is told to.
	Tell []string
	// Gathered is the snapshot where others have collected it; nil: it is collected.
	Gathered *pipeline.Memory
}

// Flags are the flags of a scan that says nothing on standard output.
func (s *Scheduled) Flags() *Flags {
	f := &Flags{History: s.History, tell: s.Tell, gathered: s.Gathered}
	f.Tenants = []string{s.Tenant}
	f.timeout, f.noProgress = s.Timeout, true
	f.Output.Format.Value = "none"
	f.Output.outputs = []string{"html=" + s.HTML, "openmetrics=" + s.Metrics}
	return f
}

// Notice is what others are told of a report: all of it but what is as it was, in
// the form that publish reads. What was compared with no earlier run, or with one by
// other rules, nobody has been told yet. A run without any change is told, too: it
// ends the alert of one that could not run.
func Notice(r *scanner.Report) ([]byte, error) {
	told := scanner.Report{FormatVersion: r.FormatVersion, Tool: r.Tool, Scan: r.Scan, Tenants: r.Tenants}
	concerned := map[[2]string]bool{}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.State != scanner.StateUnchanged {
			told.Findings = append(told.Findings, *f)
			concerned[[2]string{f.Tenant, f.ExportID}] = true
		}
	}
	for i := range r.Exports {
		if e := &r.Exports[i]; concerned[[2]string{e.Tenant, e.ID}] {
			told.Exports = append(told.Exports, *e)
		}
	}
	var b bytes.Buffer
	if err := cli.WriteJSON(&b, told); err != nil {
		return nil, fmt.Errorf("describe what changed: %w", err)
	}
	return b.Bytes(), nil
}

// CouldNotRun is what others are told of a run that judged nothing.
func CouldNotRun(a *app.App, exit *cli.ExitError) ([]byte, error) {
	return Notice(scanner.CouldNotRun(a.Tool(), a.Now().UTC(), exit.Status, exit.Error()))
}

// tellOthers has the run's end put into the outbox what others are told of it.
func (r *Run) tellOthers(report *scanner.Report) error {
	if len(r.flags.tell) == 0 {
		return nil
	}
	notice, err := Notice(report)
	if err != nil {
		return err
	}
	return r.recorder.Tell(r.flags.Tenants[0], r.flags.tell, notice)
}
