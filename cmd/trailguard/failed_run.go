package main

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// reportFailure writes, for a run that could not run, JSON reports that say
// why. It replaces earlier reports. Other formats stay as they are: a list
// without findings would look like a clean run in them.
func (a *app) reportFailure(list []destination, exit *exitError) {
	if exit.err == nil || exit.status == scanner.ExitUsage {
		return
	}
	var lines []string
	for line := range strings.SplitSeq(exit.err.Error(), "\n") {
		lines = append(lines, reporters.Visible(line))
	}
	report := scanner.CouldNotRun(scanner.Tool{Name: toolName, Version: version}, a.now().UTC(), exit.status, strings.Join(lines, "\n"))
	for _, d := range list {
		if d.format != "json" || d.path == "" || !reportfile.Replaceable(d.path) {
			continue
		}
		if err := a.writeOne(&outputFlags{}, d, report); err != nil {
			a.warn(fmt.Errorf("the report of an earlier run may still be there: %w", err))
		}
	}
}
