package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// What SARIF says to replace in the evidence's files makes the documents that were
// proven of them, and every report says the first line.
func TestFixesInReports(t *testing.T) {
	short.Skip(t)
	p := newProgram(t)
	formats := []string{"table", "json", "jsonl", "sarif", "junit", "markdown", "csv", "gitlab", "gitlab-sast", "ocsf", "asff", "oscal", "html"}
	snapshot := see(t, mended(t, acme.Files(), nil, []edit{readable})).path
	args := []string{"scan", "--fixes", "--snapshot", snapshot, "--evidence", "proof"}
	for _, format := range formats {
		args = append(args, "--output", format+"=report."+format)
	}
	p.run(t, args...).want(t, scanner.ExitFail)
	for _, format := range formats {
		text, err := os.ReadFile(filepath.Join(p.dir, "report."+format))
		if err != nil {
			t.Fatal(err)
		}
		if words := strings.Join(strings.Fields(string(text)), " "); !strings.Contains(words, "Proven to mend it: add a statement to the policy write-audit") {
			t.Errorf("%s does not say what mends a finding", format)
		}
	}
	var report scanner.Report
	unmarshalFile(t, filepath.Join(p.dir, "report.json"), &report)
	documents := map[string]string{}
	for i := range report.Findings {
		if fix := report.Findings[i].Fix; fix != nil {
			documents[report.Findings[i].Fingerprint] = fix.Document
		}
	}
	var log sarif.Report
	unmarshalFile(t, filepath.Join(p.dir, "report.sarif"), &log)
	replaced := 0
	for _, result := range log.Runs[0].Results {
		for _, fix := range result.Fixes {
			replaced++
			change := fix.ArtifactChanges[0]
			path, err := url.PathUnescape(*change.ArtifactLocation.URI)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(p.dir, path))
			if err != nil {
				t.Fatal(err)
			}
			if got := replacements(string(text), change.Replacements); got != documents[result.PartialFingerprints["trailguardFingerprint/v1"]] {
				t.Errorf("%s is then\n%s", *change.ArtifactLocation.URI, got)
			}
		}
	}
	if replaced < 10 || replaced != len(documents) {
		t.Errorf("%d fixes are in the SARIF log, %d in the report", replaced, len(documents))
	}
}

// replacements replaces whole lines of a text, from its end on.
func replacements(text string, list []*sarif.Replacement) string {
	lines := strings.SplitAfter(text, "\n")
	for i := len(list) - 1; i >= 0; i-- {
		first, last := *list[i].DeletedRegion.StartLine-1, *list[i].DeletedRegion.EndLine-1
		var text []string
		if come := list[i].InsertedContent; come != nil {
			text = []string{*come.Text}
		}
		lines = slices.Concat(lines[:first], text, lines[last:])
	}
	return strings.Join(lines, "")
}

func unmarshalFile(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
