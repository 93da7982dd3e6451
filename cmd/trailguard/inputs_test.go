package main

import (
	"os"
	"testing"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// No output replaces what the run reads or keeps, under whatever name.
func TestOutputsSpareInputs(t *testing.T) {
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete)
	p.run(t, "scan", "--snapshot", "s.jsonl", "--history", "h.db", "--format", "none").want(t, scanner.ExitFail)
	p.write(t, "waivers.yaml", "waivers: []\n")
	if err := os.Symlink(p.path("s.jsonl"), p.path("link")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		file, says string
		args       []string
	}{
		{"trailguard.yaml", "is the configuration", []string{"scan", "--output", "json=trailguard.yaml"}},
		{"trailguard.yaml", "is the configuration", []string{"snapshot", "-o", "./trailguard.yaml"}},
		{"s.jsonl", "is the snapshot that is judged", []string{"scan", "--snapshot", "s.jsonl", "--output", "json=link"}},
		{"s.jsonl", "is the baseline", []string{"scan", "--baseline", "s.jsonl", "--output", "json=s.jsonl"}},
		{"waivers.yaml", "is the waivers file", []string{"scan", "--snapshot", "s.jsonl", "--waivers", "waivers.yaml", "--output", "csv=waivers.yaml"}},
		{"h.db", "is the history", []string{"scan", "--snapshot", "s.jsonl", "--history", "h.db", "--output", "json=h.db"}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			before := p.read(t, tt.file)
			p.run(t, tt.args...).want(t, scanner.ExitUsage, tt.says)
			if p.read(t, tt.file) != before {
				t.Errorf("%s was changed", tt.file)
			}
		})
	}
}

// A run can not be judged as of a time when what it shows had not happened.
func TestAsOfBeforeTheSnapshotIsRefused(t *testing.T) {
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete)
	p.run(t, "scan", "--snapshot", "s.jsonl", "--as-of", "2020-01-01T00:00:00Z").want(t, scanner.ExitUsage, "is before the snapshot was collected")
}
