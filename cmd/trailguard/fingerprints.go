package main

import (
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
)

// checkFingerprint refuses a fingerprint that is too short to identify
// anything.
func checkFingerprint(text string) error {
	if len(text) < pick.Enough {
		return cli.Usage("fingerprint %q: give at least %d characters", text, pick.Enough)
	}
	return nil
}
