package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// changed is the input of the command of --on-change.
type changed struct {
	FormatVersion int               `json:"formatVersion"` // that of the report
	Tool          scanner.Tool      `json:"tool"`
	Scan          scanner.ScanInfo  `json:"scan"`
	Drift         []scanner.Change  `json:"drift"`
	New           []scanner.Finding `json:"new"`
	Resolved      []scanner.Finding `json:"resolved"`
	// Tenants holds all tenants, Exports only those with findings.
	Tenants []scanner.TenantResult `json:"tenants"`
	Exports []scanner.ExportResult `json:"exports"`
}

// whatChanged selects from a report what is not as it was. Evidence that could
// be read neither then nor now has not changed.
func whatChanged(r *scanner.Report) (c changed, any bool) {
	c = changed{
		FormatVersion: r.FormatVersion, Tool: r.Tool, Scan: r.Scan,
		Drift: []scanner.Change{}, New: []scanner.Finding{}, Resolved: []scanner.Finding{},
		Tenants: r.Tenants, Exports: []scanner.ExportResult{},
	}
	for _, d := range r.Drift {
		if d.Effect != scanner.EffectIncomparable && d.Effect != scanner.EffectEquivalent {
			c.Drift = append(c.Drift, d)
		}
	}
	for _, f := range r.Findings {
		switch f.State {
		case scanner.StateNew:
			c.New = append(c.New, f)
		case scanner.StateResolved:
			c.Resolved = append(c.Resolved, f)
		case scanner.StateUnchanged, scanner.StateIncomparable:
		}
	}
	concerned := map[[2]string]bool{}
	for _, f := range slices.Concat(c.New, c.Resolved) {
		concerned[[2]string{f.Tenant, f.ExportID}] = true
	}
	for i := range r.Exports {
		if e := &r.Exports[i]; concerned[[2]string{e.Tenant, e.ID}] {
			c.Exports = append(c.Exports, *e)
		}
	}
	return c, len(c.Drift)+len(c.New)+len(c.Resolved) > 0
}

// everybodys are the variables that commands need to find programs, the home
// folder and the language. None holds a secret.
var everybodys = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TERM", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERNAME", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
}

// passedOn selects what an operator's command gets of an environment: the
// variables in everybodys, and those that are named. Everything else may hold a
// key of this run.
func passedOn(environ, named []string) []string {
	kept := []string{}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		upper := strings.ToUpper(name)
		if slices.Contains(named, name) || slices.Contains(everybodys, upper) || strings.HasPrefix(upper, "LC_") {
			kept = append(kept, pair)
		}
	}
	return kept
}

// notify runs the command of --on-change if anything changed, with what
// changed. What the command prints goes to standard error: standard output is
// for results.
func (a *app) notify(ctx context.Context, command string, named []string, r *scanner.Report) error {
	c, any := whatChanged(r)
	if command == "" || !any {
		return nil
	}
	var input bytes.Buffer
	if err := writeJSON(&input, c); err != nil {
		return fmt.Errorf("describe the changes: %w", err)
	}
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	cmd := exec.CommandContext(ctx, shell, flag, command) //nolint:gosec // the operator's own command line
	cmd.Env = passedOn(os.Environ(), named)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &input, a.stderr, a.stderr
	if a.logsJSON() {
		lines := a.journal.Output()
		defer lines.Close() //nolint:errcheck // if standard error fails, nothing else is left to report to
		cmd.Stdout, cmd.Stderr = lines, lines
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the report is written, and the command of --on-change ended with: %w", err)
	}
	return nil
}
