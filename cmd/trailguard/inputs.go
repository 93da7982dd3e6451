package main

import (
	"cmp"
	"os"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
)

// input is a file that a run reads or keeps.
type input struct{ what, path string }

// inputs are the files that no output of the run may replace.
func (f *scanFlags) inputs(c *config.Config) []input {
	history := cmp.Or(f.history, c.History)
	if strings.Contains(history, "://") {
		history = ""
	}
	return []input{
		{"the configuration", c.Path},
		{"the snapshot that is judged", f.snapshot},
		{"the baseline", f.baseline},
		{"the exports file", f.exportsFile},
		{"the waivers file", cmp.Or(f.waivers, c.Waivers)},
		{"the history", history},
	}
}

// refuseOverwrite refuses to write to a file that is one of the inputs, by
// whatever name or link.
func refuseOverwrite(path string, inputs []input) error {
	target, err := os.Stat(path)
	if err != nil || !target.Mode().IsRegular() {
		return nil //nolint:nilerr // there is nothing to lose; writing will say what is wrong
	}
	for _, in := range inputs {
		if in.path == "" {
			continue
		}
		if known, err := os.Stat(in.path); err == nil && os.SameFile(target, known) {
			return usageError("%s is %s: write to another file", path, in.what)
		}
	}
	return nil
}
