package main

import (
	"cmp"
	"os"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// configInputs lists the files that a configuration names, and those of AWS's
// own configuration.
func configInputs(c *config.Config) []overwrite.Input {
	list := []overwrite.Input{{What: "the configuration", Path: c.Path}, {What: "a CA bundle", Path: c.AWS.CABundle}, {What: "a CA bundle", Path: c.Publish.CABundle}}
	for i := range c.Tenants {
		t := &c.Tenants[i]
		list = append(list, overwrite.Input{What: "a CA bundle", Path: t.CABundle})
		if key, ok := strings.CutPrefix(t.APIKey, "file:"); ok {
			list = append(list, overwrite.Input{What: "the API key of tenant " + t.Name, Path: key})
		}
		if t.AWS != nil {
			list = append(list, overwrite.Input{What: "a CA bundle", Path: t.AWS.CABundle})
		}
	}
	for _, file := range c.Publish.Secrets() {
		list = append(list, overwrite.Input{What: "a secret of publish", Path: file})
	}
	for _, variable := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE"} {
		list = append(list, overwrite.Input{What: "the file of " + variable, Path: os.Getenv(variable)})
	}
	return list
}

// inputs lists what no output of the run may replace.
func (f *scanFlags) inputs(a *app, c *config.Config) []overwrite.Input {
	history := f.historyPlace(c)
	if f.plan != nil { // which records nothing
		history = cmp.Or(f.plan.history, noHistory)
	}
	if history == "" {
		history = a.defaultHistory()
	}
	if history == noHistory || strings.Contains(history, "://") {
		history = ""
	}
	list := append(configInputs(c),
		overwrite.Input{What: "the snapshot that is judged", Path: f.snapshot},
		overwrite.Input{What: "the baseline", Path: f.baseline},
		overwrite.Input{What: "the exports file", Path: f.exportsFile},
		overwrite.Input{What: "the waivers file", Path: cmp.Or(f.waivers, c.Waivers)},
		overwrite.Input{What: "the attestations file", Path: cmp.Or(f.attestations, c.Attestations)})
	if f.plan != nil {
		for i := range f.plan.inputs {
			list = append(list, overwrite.Input{What: "what is planned", Path: f.plan.inputs[i].Path})
		}
		if f.snapshot != "" {
			list = append(list, overwrite.Input{What: "the snapshot's approval", Path: snapshot.ApprovalPath(f.snapshot)})
		}
	}
	if f.baseline != "" {
		list = append(list, overwrite.Input{What: "the baseline's approval", Path: snapshot.ApprovalPath(f.baseline)})
	}
	if history != "" {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			list = append(list, overwrite.Input{What: "the history", Path: history + suffix})
		}
	}
	for _, dir := range f.folders(c) {
		list = append(list, overwrite.Input{What: "a folder of rules", Path: dir, Folder: true})
	}
	return list
}

// refuseOverwrite returns a usage error where an output is one of the inputs.
func refuseOverwrite(path string, inputs []overwrite.Input) error {
	if err := overwrite.Check(path, inputs); err != nil {
		return usageError("%w", err)
	}
	return nil
}
