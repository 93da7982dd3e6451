package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
)

// whoFlag says whether CloudTrail is asked who changed what. Not given, it is where
// there is a baseline: then little has changed.
type whoFlag struct {
	on    bool
	flags *pflag.FlagSet
}

const whoName = "who"

func (w *whoFlag) register(flags *pflag.FlagSet, usage string) {
	w.flags = flags
	flags.BoolVar(&w.on, whoName, false, usage)
}

// of is what is asked about; nil: nothing.
func (w *whoFlag) of(baseline string, now func() time.Time) (*pipeline.Who, error) {
	switch {
	case w.flags == nil || w.flags.Changed(whoName) && !w.on, baseline == "" && !w.on:
		return nil, nil //nolint:nilnil // nobody is asked, which is no error
	case baseline == "":
		return pipeline.WhoOfAll(now), nil
	default:
		return pipeline.WhoSince(baseline, now)
	}
}
