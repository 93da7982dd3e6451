package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/attest"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/plaintext"
	"github.com/trailguard/trailguard/scanner/waiver"
)

// readDecisions reads what people decided in writing, where there is such a file:
// what is waived or accepted, and what was looked at by hand.
func (r *scanRun) readDecisions() error {
	var strangers func(exports []string) []string
	// A decision about a rule that is left out today is no mistake.
	if path := cmp.Or(r.flags.waivers, r.config.Waivers); path != "" {
		var err error
		if r.waivers, err = readWaivers(path, waiver.Known{Rules: r.engine.Loaded()}); err != nil {
			return err
		}
		for _, line := range r.waivers.Misspelt() {
			r.app.note("%s", line)
		}
		strangers = r.waivers.Strangers
	}
	r.noteStrangers(strangers)
	if path := cmp.Or(r.flags.attestations, r.config.Attestations); path != "" {
		var err error
		if r.attestations, err = readAttestations(path, r.engine); err != nil {
			return err
		}
		r.noteStrangers(func(exports []string) []string { return attest.Strangers(r.attestations, exports) })
	}
	return nil
}

// noteStrangers notes decisions about exports that are gone. Only a run that knows
// all tenants can tell.
func (r *scanRun) noteStrangers(strangers func(exports []string) []string) {
	if strangers == nil || len(r.flags.tenants) > 0 {
		return
	}
	exports := []string{}
	for _, t := range r.source.Tenants() {
		if exports = append(exports, t.ConfigurationIDs...); !t.Complete {
			return
		}
	}
	for _, line := range strangers(exports) {
		r.app.note("%s", line)
	}
}

func readWaivers(path string, known waiver.Known) (*waiver.File, error) {
	text, err := plaintext.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read waivers: %w", err)
	}
	return waiver.Parse(path, text, known)
}

// readAttestations reads attestations, and the evidence beside them.
func readAttestations(path string, engine *opa.Engine) ([]scanner.Attestation, error) {
	text, err := plaintext.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read attestations: %w", err)
	}
	known := attest.Known{Rules: engine.Loaded()}
	for _, rules := range [][]scanner.Rule{engine.Rules(), engine.LeftOut()} {
		for i := range rules {
			known.Controls = append(known.Controls, rules[i].Controls...)
		}
	}
	return attest.Parse(path, text, os.DirFS(filepath.Dir(path)), known)
}
