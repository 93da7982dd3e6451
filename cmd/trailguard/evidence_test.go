package main

import (
	"encoding/json"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// sarifLog is what the test reads of SARIF.
type sarifLog struct {
	Runs []struct {
		Results []struct {
			RuleID    string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine, StartColumn int }
				}
			}
		}
	}
}

// A SARIF result about a policy points at the line of the statement in the file
// that --evidence wrote. The test reads the line back and finds it there.
func TestSARIFPointsAtTheStatement(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	done := p.run(t, "scan", "--format", "none", "--evidence", "proof", "--output", "sarif=r.sarif")
	done.want(t, scanner.ExitFail)
	var log sarifLog
	if err := json.Unmarshal([]byte(p.read(t, "r.sarif")), &log); err != nil {
		t.Fatal(err)
	}
	// What each rule must point at: the file, and the statement in it.
	want := map[string]struct{ file, sid, effect string }{
		"external_id_equals_configuration_id acme-immuta-audit-claims": {"trust-policy.json", "ImmutaAssumes", "Allow"},
		"external_id_required acme-immuta-audit-claims":                {"trust-policy.json", "ImmutaAssumes", "Allow"},
		"external_id_required acme-immuta-audit-partners":              {"trust-policy.json", "ImmutaAssumes", "Allow"},
		"put_object_granted acme-audit-treasury-eu":                    {"policy.json", "NobodyElseWrites", "Deny"},
	}
	for _, result := range log.Runs[0].Results {
		if len(result.Locations) == 0 {
			t.Errorf("%s: %s: no place", result.RuleID, result.Message.Text)
			continue
		}
		place := result.Locations[0].PhysicalLocation
		name, err := url.PathUnescape(place.ArtifactLocation.URI)
		if err != nil || !strings.HasPrefix(name, "proof/") {
			t.Errorf("%s points at %q, not into the evidence folder", result.RuleID, place.ArtifactLocation.URI)
			continue
		}
		rest := fromLine(t, p.read(t, name), place.Region.StartLine, place.Region.StartColumn)
		key := result.RuleID + " " + path.Base(path.Dir(name))
		expected, ok := want[key]
		if !ok {
			continue
		}
		delete(want, key)
		var statement struct{ Sid, Effect string }
		if err := json.NewDecoder(strings.NewReader(rest)).Decode(&statement); err != nil {
			t.Errorf("%s: no statement begins at %s:%d:%d: %v", key, name, place.Region.StartLine, place.Region.StartColumn, err)
		}
		if path.Base(name) != expected.file || statement.Sid != expected.sid || statement.Effect != expected.effect {
			t.Errorf("%s: at %s:%d is statement %+v, want %+v", key, name, place.Region.StartLine, statement, expected)
		}
	}
	for key := range want {
		t.Errorf("no result for %s", key)
	}
}

// fromLine is the text from a place on.
func fromLine(t *testing.T, text string, line, column int) string {
	t.Helper()
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) || column < 1 || column > len(lines[line-1]) {
		t.Fatalf("there is no place %d:%d in %.200q", line, column, text)
	}
	return strings.Join(append([]string{lines[line-1][column-1:]}, lines[line:]...), "\n")
}

// Every place in the report exists in the written files, and a second run over
// the same folder changes nothing.
func TestEvidenceHoldsEveryPlace(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete)
	done := p.run(t, "scan", "--snapshot", "s.jsonl", "--format", "json", "--evidence", "proof")
	before := map[string]string{}
	for _, name := range filesBelow(t, p.path("proof")) {
		before[name] = p.read(t, "proof/"+name)
	}
	places := 0
	for _, finding := range parseReport(t, done.stdout).Findings {
		for _, at := range finding.Evidence {
			text, ok := before[at.Path]
			if !ok {
				t.Errorf("%s points at %s, which was not written", finding.RuleID, at.Path)
				continue
			}
			places++
			fromLine(t, text, at.Line, at.Column)
		}
	}
	if places < len(unhealthy()) {
		t.Errorf("only %d places for %d findings", places, len(unhealthy()))
	}
	p.run(t, "scan", "--snapshot", "s.jsonl", "--format", "none", "--evidence", "proof").want(t, scanner.ExitFail)
	for _, name := range filesBelow(t, p.path("proof")) {
		if before[name] != p.read(t, "proof/"+name) {
			t.Errorf("%s changed, or is new", name)
		}
	}
}
