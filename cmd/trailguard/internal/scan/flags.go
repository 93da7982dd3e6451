package scan

import (
	"errors"
	"os"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
)

// Flags are the flags of scan.
type Flags struct {
	ConfigFlags
	CollectFlags
	CriteriaFlags
	Output      OutputFlags
	Who         WhoFlag
	Snapshot    string
	Plan        *PlanFlags // nil: nothing is planned
	ChangesOnly bool       // what is as it was is left out, for diff and plan
	Packed      *PackedRun // what an evidence pack says that a flag cannot; nil: it is none
	Fixes       bool       // proven changes stand with the findings
	History     string
	OnChange    string
	OnChangeEnv []string

	tell     []string         // destinations that are told of a recorded run; see Scheduled
	gathered *pipeline.Memory // what was collected already; nil: nothing
}

// Check refuses flags that cannot be meant.
func (f *Flags) Check() error {
	if err := f.CollectFlags.Check(); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	if f.FailOnNew && !f.compares() {
		return cli.Usage("--fail-on-new needs a history or --baseline FILE: without either, every failure would be new")
	}
	if f.OnChange != "" && !f.compares() {
		return cli.Usage("--on-change needs a history or --baseline FILE: without either, nothing is known to have changed")
	}
	for _, name := range f.OnChangeEnv {
		if _, set := os.LookupEnv(name); !set {
			return cli.Usage("--on-change-env %s: the environment holds no such variable; name it without a value", name)
		}
	}
	if len(f.OnChangeEnv) > 0 && f.OnChange == "" {
		return cli.Usage("--on-change-env needs --on-change COMMAND")
	}
	if f.Snapshot != "" && f.Who.on {
		return cli.Usage("--snapshot and --who exclude each other: a snapshot holds what CloudTrail said when it was collected; collect one with `trailguard snapshot --who`")
	}
	if f.Snapshot != "" && f.ExportsFile != "" {
		return cli.Usage("--snapshot and --exports exclude each other: a snapshot holds its exports")
	}
	return nil
}

// compares says whether the run is compared with anything earlier: a replay
// has a history only when one is named.
func (f *Flags) compares() bool {
	return f.Plan != nil || f.Baseline != "" || (f.History != recorded.None && (f.Snapshot == "" || f.History != ""))
}

// configuration is what the run is configured by: for a replay only what was
// named.
func (f *Flags) configuration() (*config.Config, error) {
	if f.Snapshot != "" || f.Plan != nil && f.Plan.History != "" {
		return f.LoadIfNamed()
	}
	if f.ExportsFile != "" && f.Config == "" {
		c, err := f.Load()
		if errors.Is(err, config.ErrNotFound) {
			return &config.Config{}, nil
		}
		return c, err
	}
	return f.Load()
}
