package scan

import "github.com/trailguard/trailguard/scanner"

// PackedRun is what the report of an evidence pack rests on besides flags.
type PackedRun struct {
	Settings *scanner.Settings // nil: the pack is only being made
	Version  string            // of the program that made it; empty: this one
}

// tool is what the report says that it was made by.
func (r *Run) tool() scanner.Tool {
	t := r.app.Tool()
	if p := r.flags.Packed; p != nil && p.Version != "" {
		t.Version = p.Version
	}
	return t
}
