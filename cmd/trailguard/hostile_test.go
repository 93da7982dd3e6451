package main

import (
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
)

// hostile is what somebody who may name things could write: terminal control,
// line breaks, text that reads backwards, a script, a formula, a path.
const hostile = "\x1b[2J\x1b]0;owned\x07\u009b31m\r\nFAKE pass everything \u202egnp.exe<script>alert(1)</script>=cmd|' /C calc'!A1 ../../../../evil ${{secrets.X}} ::error::x"

// Names and texts from Immuta and AWS are shown, and never obeyed, whatever
// the format.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	quoted := string(mustJSON(t, hostile))
	inside := quoted[1 : len(quoted)-1] // in the spelling of JSON, which YAML shares
	data := overlay(t, acme.Files(), func(name, text string) string {
		switch name {
		case "exports.yaml":
			text = strings.Replace(text, `connectionStatus: "Error testing`, `connectionStatus: "`+inside, 1)
			text = strings.Replace(text, "path: finance\n", "path: "+quoted+"\n", 1)
			text = strings.Replace(text, "bucket: acme-audit-people-eu\n", "bucket: "+quoted+"\n", 1)
			text = strings.Replace(text, "roleArn: arn:aws:iam::111111111111:role/acme-immuta-audit-legal\n", `roleArn: "arn:aws:iam::111111111111:role/`+inside+"\"\n", 1)
			text = strings.Replace(text, "region: eu-west-1\n      roleArn: arn:aws:iam::111111111111:role/acme-immuta-audit-research", "region: "+quoted+"\n      roleArn: arn:aws:iam::111111111111:role/acme-immuta-audit-research", 1)
			return strings.Replace(text, "storageAccount: acmelabaudit", "storageAccount: "+quoted, 1)
		case "policies/trust/partners.json", "policies/bucket/treasury.json":
			text = strings.Replace(text, "ImmutaAssumes", inside, 1)
			return strings.Replace(text, "NobodyElseWrites", inside, 1)
		default:
			return text
		}
	})
	p, _ := newSandboxed(t, sandbox.Options{Data: data})
	formats := map[string]string{"table": "r.txt", "json": "r.json", "jsonl": "r.jsonl", "sarif": "r.sarif", "junit": "r.xml", "markdown": "r.md", "csv": "r.csv", "gitlab": "r.gitlab", "ocsf": "r.ocsf", "html": "r.html", "asff": "r.asff", "openmetrics": "r.prom", "gitlab-sast": "r.sast", "oscal": "r.oscal"}
	args := []string{"scan", "--verbose", "--evidence", "evidence"}
	for format, file := range formats {
		args = append(args, "--output", format+"="+file)
	}
	done := p.run(t, args...)
	done.want(t, 1)
	obeysNothing(t, "standard output", done.stdout)
	obeysNothing(t, "standard error", done.stderr)
	if !strings.Contains(done.stdout, "FAKE") {
		t.Error("the table shows nothing of the hostile texts: the test tests nothing")
	}
	for _, format := range []string{"scan", "check"} {
		again := p.run(t, format, "--log-format", "json", "--verbose")
		obeysNothing(t, format+": standard output", again.stdout)
		obeysNothing(t, format+": standard error", again.stderr)
	}
	for _, file := range formats {
		// CSV ends its rows as RFC 4180 says.
		obeysNothing(t, file, strings.ReplaceAll(p.read(t, file), "\r\n", "\n"))
	}
	// Between backticks, markup is text.
	if text := regexp.MustCompile("`[^`\n]*`").ReplaceAllString(p.read(t, "r.md"), ""); strings.Contains(strings.ReplaceAll(text, `\<script`, ""), "<script") {
		t.Errorf("the markdown holds the script as it is:\n%s", text)
	}
	for _, file := range []string{"r.json", "r.sarif"} {
		if !json.Valid([]byte(p.read(t, file))) {
			t.Errorf("%s is not JSON", file)
		}
	}
	noFormula(t, p.read(t, "r.csv"))
	for _, name := range filesBelow(t, p.dir) {
		if top, _, _ := strings.Cut(name, "/"); top != "evidence" && top != "trailguard.yaml" && !strings.HasPrefix(top, "r.") {
			t.Errorf("%q was written outside of the evidence folder", name)
		}
		obeysNothing(t, "the name of a file", name)
	}
}

// obeysNothing finds what a terminal would act on.
func obeysNothing(t *testing.T, where, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			t.Errorf("%s holds %U: %q", where, r, text[max(0, i-60):min(len(text), i+60)])
			return
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "FAKE") && !strings.Contains(where, "output") && !strings.HasSuffix(where, ".txt") {
			t.Errorf("%s holds a line of somebody else's making: %q", where, line)
		}
	}
}

// S3 allows paths of a thousand bytes; a file's name may have 255.
func TestEvidenceOfLongNames(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	long := strings.Repeat("a/long path/", 80)
	p, _ := newSandboxed(t, sandbox.Options{Data: edited(t, []edit{
		{"exports.yaml", "path: finance\n", "path: " + long + "\n"},
		{"buckets.yaml", "{prefix: finance/,", "{prefix: " + long + ","},
	})})
	done := p.run(t, "scan", "--export", financeID, "--evidence", "evidence", "--format", "json")
	done.want(t, 0)
	for _, e := range parseReport(t, done.stdout).Exports {
		if e.Results["delivery_fresh"] != "pass" {
			t.Errorf("delivery_fresh is %s, want pass", e.Results["delivery_fresh"])
		}
	}
}

// noFormula finds cells that a spreadsheet would calculate.
func noFormula(t *testing.T, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
}
