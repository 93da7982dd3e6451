package main

import (
	"github.com/spf13/pflag"
)

// packSource says which snapshots are packed.
type packSource struct{}

func (s *packSource) registerSource(flags *pflag.FlagSet, f *scanFlags) {
	flags.StringVar(&f.snapshot, "snapshot", "", "pack the snapshot in `FILE`")
}

func (s *packSource) checkSource(f *scanFlags) error {
	if f.snapshot == "" || f.snapshot == standard {
		return usageError("evidence pack needs --snapshot FILE")
	}
	return nil
}
