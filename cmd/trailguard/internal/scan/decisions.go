package scan

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
func (r *Run) readDecisions() error {
	// A decision about a rule that is left out today is no mistake.
	if path := r.WaiversPath(); path != "" {
		var err error
		if r.waivers, err = ReadWaivers(path, r.flags.called(path, evidence.WaiversName), waiver.Known{Rules: r.Engine.Loaded()}); err != nil {
			return err
		}
		for _, line := range r.waivers.Misspelt() {
			r.app.Note("%s", line)
		}
		r.noteStrangers(r.waivers.Strangers)
	}
	if path := r.AttestationsPath(); path != "" {
		var err error
		if r.Attestations, err = ReadAttestations(path, r.flags.called(path, evidence.AttestationsName), r.Engine); err != nil {
			return err
		}
		r.noteStrangers(func(exports []string) []string { return attest.Strangers(r.Attestations, exports) })
	}
	return nil
}

// WaiversPath is the file of waivers; empty: there is none.
func (r *Run) WaiversPath() string { return cmp.Or(r.flags.Waivers, r.Config.Waivers) }

// AttestationsPath is the file of attestations; empty: there is none.
func (r *Run) AttestationsPath() string {
	return cmp.Or(r.flags.Attestations, r.Config.Attestations)
}

// called is what a report calls a file: in an evidence pack as the pack does.
func (f *Flags) called(path, packed string) string {
	if f.Packed != nil {
		return packed
	}
	return path
}

// noteStrangers notes decisions about exports that are gone. Only a run that knows
// all tenants can tell.
func (r *Run) noteStrangers(strangers func(exports []string) []string) {
	if len(r.flags.Tenants) > 0 {
		return
	}
	exports := []string{}
	for _, t := range r.Source.Tenants() {
		if exports = append(exports, t.ConfigurationIDs...); !t.Complete {
			return
		}
	}
	for _, line := range strangers(exports) {
		r.app.Note("%s", line)
	}
}

// ReadWaivers reads waivers. Once nothing is wrong with them they are called by a name
// that may be another than the path.
func ReadWaivers(path, name string, known waiver.Known) (*waiver.File, error) {
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

// ReadAttestations reads attestations, and the evidence beside them. They are called
// as waivers are.
func ReadAttestations(path, name string, engine *opa.Engine) ([]scanner.Attestation, error) {
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
