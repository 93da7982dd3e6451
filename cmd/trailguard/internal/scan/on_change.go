package scan

import (
	"bytes"
	"context"
	"fmt"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/hook"
	"github.com/trailguard/trailguard/scanner"
)

// notify runs the command of --on-change if anything changed, with what
// changed. What the command prints goes to standard error: standard output is
// for results.
func notify(ctx context.Context, a *app.App, command string, named []string, r *scanner.Report) error {
	changed, any := hook.Of(r)
	if command == "" || !any {
		return nil
	}
	var input bytes.Buffer
	if err := cli.WriteJSON(&input, changed); err != nil {
		return fmt.Errorf("describe the changes: %w", err)
	}
	out := a.Stderr
	if a.LogsJSON() {
		lines := a.Journal.Output()
		defer lines.Close() //nolint:errcheck // if standard error fails, nothing else is left to report to
		out = lines
	}
	if err := hook.Run(ctx, command, named, &input, out); err != nil {
		return fmt.Errorf("the report is written, and the command of --on-change ended with: %w", err)
	}
	return nil
}
