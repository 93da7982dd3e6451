package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/sandbox"
)

const fingerprintsFile = "testdata/fingerprints.txt"

// TestFingerprintsOfTheDemoStay: waivers, histories and the tools of others know a
// finding by its fingerprint. One that changes opens everything anew.
//
// The file is what earlier versions called the demo's findings. A line that is missing
// is a finding whose fingerprint changed, which is a break of a promise: raise
// scanner.ReportFormatVersion, say so in CHANGELOG.md, and only then run
//
//	go test ./cmd/trailguard -run TestFingerprintsOfTheDemoStay -update
//
// The same command adds the findings of a new rule, and takes out those that a change
// of the demo mended; read the difference before you commit it.
func TestFingerprintsOfTheDemoStay(t *testing.T) {
	t.Parallel()
	report := newRig(t, sandbox.Options{}).mustScan(t)
	var now []string
	for i := range report.Findings {
		f := &report.Findings[i]
		if strings.Contains(f.Resource, "://127.0.0.1:") {
			continue // the sandbox is served elsewhere each time
		}
		now = append(now, fmt.Sprintf("%s %s %s %s", f.Fingerprint, f.RuleID, f.ExportID, f.Resource))
	}
	slices.Sort(now)
	if *update {
		if err := os.WriteFile(fingerprintsFile, []byte(strings.Join(now, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(fingerprintsFile)
	if err != nil {
		t.Fatal(err)
	}
	was := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(was) < 25 {
		t.Fatalf("%s holds %d findings only", fingerprintsFile, len(was))
	}
	known := map[string]bool{}
	for _, line := range was {
		known[strings.Fields(line)[1]] = true
		if !slices.Contains(now, line) {
			t.Errorf("no finding of the demo is called so any more: %s", line)
		}
	}
	for _, line := range now {
		if rule := strings.Fields(line)[1]; known[rule] && !slices.Contains(was, line) {
			t.Errorf("a finding of a rule that is known is called otherwise, or new: %s", line)
		}
	}
}
