// Package hook runs the command of --on-change: it selects from a report what
// changed, and hands that to the command together with an environment without
// keys. It decides nothing about the findings.
package hook

import (
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Changed is what changed since an earlier run: the input of the command.
type Changed struct {
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

// Of selects from a report what is not as it was. Evidence that could
// be read neither then nor now has not changed.
func Of(r *scanner.Report) (c Changed, any bool) {
	c = Changed{
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

// Run runs a command in the system's shell and waits for its end. The command
// gets the environment variables that every program needs, and those that are
// named. What it prints goes to out.
func Run(ctx context.Context, command string, named []string, in io.Reader, out io.Writer) error {
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	cmd := exec.CommandContext(ctx, shell, flag, command) //nolint:gosec // the operator's own command line
	cmd.Env = passedOn(os.Environ(), named)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, out
	return cmd.Run()
}
