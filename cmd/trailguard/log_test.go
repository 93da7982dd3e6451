package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// Each attempt after the first tells whom it asks for what, why it is made, and
// how long was waited.
func TestRetriesAreLogged(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("s3:GetBucketVersioning", sandbox.Fault{Kind: sandbox.FaultThrottled, Times: 1})
	server.SetFault("immuta:getAllExportConfigurations", sandbox.Fault{Kind: sandbox.FaultThrottled, Times: 1})
	got := p.run(t, "snapshot", "-o", "s.jsonl", "--log-format", "json")
	got.want(t, scanner.ExitIncomplete) // the company hides one policy
	causes := map[string]string{}
	for line := range strings.Lines(got.stderr) {
		var record struct {
			Msg, Call, Target, Cause string
			Attempt                  int
			Seconds                  *float64
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !strings.HasSuffix(record.Msg, "trying again") {
			continue
		}
		if record.Target == "" || record.Attempt != 2 || record.Seconds == nil || *record.Seconds < 0 {
			t.Errorf("a retry is logged as %s", line)
		}
		causes[record.Call] = record.Cause
	}
	for call, want := range map[string]string{"s3:GetBucketVersioning": "throttled", "immuta:introspected": "HTTP status 429"} {
		if !strings.HasPrefix(causes[call], want) {
			t.Errorf("%s was tried again for %q, want %q; all: %v", call, causes[call], want, causes)
		}
	}
}
