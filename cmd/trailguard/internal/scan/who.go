package scan

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
)

// WhoFlag says whether CloudTrail is asked who changed what. Not given, it is where
// there is a baseline: then little has changed.
type WhoFlag struct {
	on    bool
	flags *pflag.FlagSet
}

const whoName = "who"

// Register adds the flag, with what it does in the command.
func (w *WhoFlag) Register(flags *pflag.FlagSet, usage string) {
	w.flags = flags
	flags.BoolVar(&w.on, whoName, false, usage)
}

// Of is what is asked about; nil: nothing.
func (w *WhoFlag) Of(baseline string, now func() time.Time) (*pipeline.Who, error) {
	switch {
	case w.flags == nil || w.flags.Changed(whoName) && !w.on, baseline == "" && !w.on:
		return nil, nil //nolint:nilnil // nobody is asked, which is no error
	case baseline == "":
		return pipeline.WhoOfAll(now), nil
	default:
		return pipeline.WhoSince(baseline, now)
	}
}
