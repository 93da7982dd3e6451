package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/attest"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/plaintext"
	"github.com/trailguard/trailguard/scanner/waiver"
)

// readDecisions reads what people decided in writing, where there is such a file:
// what is waived or accepted, and what was looked at by hand.
func (r *scanRun) readDecisions() error {
	// A decision about a rule that is left out today is no mistake.
	if path := r.waiversPath(); path != "" {
		var err error
		if r.waivers, err = readWaivers(path, r.flags.called(path, evidence.WaiversName), waiver.Known{Rules: r.engine.Loaded()}); err != nil {
			return err
		}
		for _, line := range r.waivers.Misspelt() {
			r.app.note("%s", line)
		}
		r.noteStrangers(r.waivers.Strangers)
	}
	if path := r.attestationsPath(); path != "" {
		var err error
		if r.attestations, err = readAttestations(path, r.flags.called(path, evidence.AttestationsName), r.engine); err != nil {
			return err
		}
		r.noteStrangers(func(exports []string) []string { return attest.Strangers(r.attestations, exports) })
	}
	return nil
}

// waiversPath and attestationsPath are those files; empty: there is none.
func (r *scanRun) waiversPath() string { return cmp.Or(r.flags.waivers, r.config.Waivers) }

func (r *scanRun) attestationsPath() string {
	return cmp.Or(r.flags.attestations, r.config.Attestations)
}

// called is what a report calls a file: in an evidence pack as the pack does.
func (f *scanFlags) called(path, packed string) string {
	if f.packed != nil {
		return packed
	}
	return path
}

// noteStrangers notes decisions about exports that are gone. Only a run that knows
// all tenants can tell.
func (r *scanRun) noteStrangers(strangers func(exports []string) []string) {
	if len(r.flags.tenants) > 0 {
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

// readWaivers reads waivers. Once nothing is wrong with them they are called by a name
// that may be another than the path.
func readWaivers(path, name string, known waiver.Known) (*waiver.File, error) {
	text, err := plaintext.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read waivers: %w", err)
	}
	file, err := waiver.Parse(path, text, known)
	if err != nil || name == path {
		return file, err
	}
	return waiver.Parse(name, text, known)
}

// readAttestations reads attestations, and the evidence beside them. They are called
// as waivers are.
func readAttestations(path, name string, engine *opa.Engine) ([]scanner.Attestation, error) {
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
	folder := os.DirFS(filepath.Dir(path))
	list, err := attest.Parse(path, text, folder, known)
	if err != nil || name == path {
		return list, err
	}
	return attest.Parse(name, text, folder, known)
}
