package scan

import (
	"cmp"
	"os"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// ConfigInputs lists the files that a configuration names, and those of AWS's
// own configuration.
func ConfigInputs(c *config.Config) []overwrite.Input {
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

// Inputs lists what no output of the run may replace.
func (f *Flags) Inputs(a *app.App, c *config.Config) []overwrite.Input {
	history := f.historyPlace(c)
	if f.Plan != nil { // which records nothing
		history = cmp.Or(f.Plan.History, recorded.None)
	}
	if history == "" {
		history = recorded.Default()
	}
	if history == recorded.None || strings.Contains(history, "://") {
		history = ""
	}
	list := append(ConfigInputs(c),
		overwrite.Input{What: "the snapshot that is judged", Path: f.Snapshot},
		overwrite.Input{What: "the baseline", Path: f.Baseline},
		overwrite.Input{What: "the exports file", Path: f.ExportsFile},
		overwrite.Input{What: "the waivers file", Path: cmp.Or(f.Waivers, c.Waivers)},
		overwrite.Input{What: "the attestations file", Path: cmp.Or(f.Attestations, c.Attestations)})
	if f.Plan != nil {
		list = append(list, overwrite.Input{What: "the export that is planned", Path: f.Plan.Expected})
		for i := range f.Plan.Inputs {
			list = append(list, overwrite.Input{What: "what is planned", Path: f.Plan.Inputs[i].Path})
		}
		if f.Snapshot != "" {
			list = append(list, overwrite.Input{What: "the snapshot's approval", Path: snapshot.ApprovalPath(f.Snapshot)})
		}
	}
	if f.Baseline != "" {
		list = append(list, overwrite.Input{What: "the baseline's approval", Path: snapshot.ApprovalPath(f.Baseline)})
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
