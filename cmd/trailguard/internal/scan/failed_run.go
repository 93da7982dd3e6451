package scan

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// reportFailure writes, for a run that could not run, JSON reports that say
// why. It replaces earlier reports. Other formats stay as they are: a list
// without findings would look like a clean run in them.
func reportFailure(a *app.App, list []destination, exit *cli.ExitError) {
	if exit.Err == nil || exit.Status == scanner.ExitUsage {
		return
	}
	var lines []string
	for line := range strings.SplitSeq(exit.Err.Error(), "\n") {
		lines = append(lines, reporters.Visible(line))
	}
	report := scanner.CouldNotRun(a.Tool(), a.Now().UTC(), exit.Status, strings.Join(lines, "\n"))
	for _, d := range list {
		if d.format != "json" || d.path == "" || !reportfile.Replaceable(d.path) {
			continue
		}
		if err := writeOne(a, &OutputFlags{}, d, report); err != nil {
			a.Warn(fmt.Errorf("the report of an earlier run may still be there: %w", err))
		}
	}
}
