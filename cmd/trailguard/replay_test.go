package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// fingerprints lists what was found, by fingerprint.
func fingerprints(r *scanner.Report) map[string]string {
	all := map[string]string{}
	for i := range r.Findings {
		f := &r.Findings[i]
		all[f.Fingerprint] = string(f.Status) + " " + f.RuleID + " " + f.ExportID + ": " + f.Message
	}
	return all
}

// A snapshot gives what a scan finds live, without any network.
func TestReplay(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl.zst").want(t, scanner.ExitIncomplete, fmt.Sprint("wrote s.jsonl.zst: exports ", acmeExports))
	live := p.run(t, "scan", "--format", "json")
	live.want(t, scanner.ExitFail)

	server.Close() // no network is used from here on
	replayed := p.run(t, "scan", "--snapshot", "s.jsonl.zst", "--format", "json")
	replayed.want(t, scanner.ExitFail)
	got, want := parseReport(t, replayed.stdout), parseReport(t, live.stdout)
	if diff := cmp.Diff(statuses(want), statuses(got)); diff != "" {
		t.Errorf("results (-live +replay):\n%s", diff)
	}
	if diff := cmp.Diff(fingerprints(want), fingerprints(got)); diff != "" {
		t.Errorf("findings (-live +replay):\n%s", diff)
	}
}
