package reporters_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

func TestJSONLinesHoldsEveryFinding(t *testing.T) {
	for name, report := range cases() {
		r := report()
		text := render(t, "jsonl", r, reporters.Options{})
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if text == "" {
			lines = nil
		}
		if len(lines) != len(r.Findings) {
			t.Errorf("%s: %d lines for %d findings", name, len(lines), len(r.Findings))
		}
		for i, line := range lines {
			var got struct{ Time, RuleID, Fingerprint, SnapshotDigest string }
			must(t, json.Unmarshal([]byte(line), &got))
			if got.Fingerprint != r.Findings[i].Fingerprint || got.RuleID != r.Findings[i].RuleID || got.Time != "2026-03-01T08:05:00Z" {
				t.Errorf("%s: line %d is %+v", name, i, got)
			}
		}
	}
}

func TestCSVRunsNoFormula(t *testing.T) {
	formula := regexp.MustCompile(`^[\s\x{3000}\x{a0}]*[=+@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}-]`)
	text := render(t, "csv", hostileReport(), reporters.Options{})
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error("a line does not end with CRLF")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	if want := len(hostileReport().Findings) + 1; len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	for _, row := range rows {
		for i, cell := range row {
			if formula.MatchString(cell) || len([]rune(cell)) > 32767 {
				t.Errorf("the cell %s is %.40q", rows[0][i], cell)
			}
		}
	}
}

// junitFile is a report as a reader of JUnit sees it.
type junitFile struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name  string `xml:"name,attr"`
		Cases []struct {
			Name    string  `xml:"name,attr"`
			Class   string  `xml:"classname,attr"`
			Failure *string `xml:"failure"`
			Error   *string `xml:"error"`
			Skipped *string `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnitCases(t *testing.T) {
	var file junitFile
	must(t, xml.Unmarshal([]byte(render(t, "junit", fullReport(), reporters.Options{})), &file))
	var got []string
	for _, s := range file.Suites {
		for _, c := range s.Cases {
			status := "passes"
			switch {
			case c.Failure != nil:
				status = "fails"
			case c.Error != nil:
				status = "errs"
			case c.Skipped != nil:
				status = "is skipped"
			}
			got = append(got, fmt.Sprintf("%.30s: %s %s", s.Name, c.Name, status))
		}
	}
	want := []string{
		"tenant acme: scan_complete passes",
		"tenant acme: enabled_export_exists passes",
		"tenant globex: scan_complete errs",
		"tenant globex: enabled_export_exists errs",
		"tenant acme, export 259fc41c-5: custom.named errs",
		"tenant acme, export 259fc41c-5: external_id_equals_configuration_id fails",
		"tenant acme, export 259fc41c-5: key_usable errs",
		"tenant acme, export 259fc41c-5: tls_required fails",
		"tenant acme, export 259fc41c-5: uses_role passes",
		"tenant acme, export 7be01d22-9: custom.named is skipped",
		"tenant acme, export 7be01d22-9: external_id_equals_configuration_id passes",
		"tenant acme, export 7be01d22-9: key_usable passes",
		"tenant acme, export 7be01d22-9: tls_required is skipped",
		"tenant acme, export 7be01d22-9: uses_role passes",
		"tenant globex, export c0ffee00: custom.named is skipped",
		"tenant globex, export c0ffee00: external_id_equals_configuration_id passes",
		"tenant globex, export c0ffee00: key_usable passes",
		"tenant globex, export c0ffee00: tls_required fails",
		"tenant globex, export c0ffee00: uses_role passes",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if file.Tests != 19 || file.Failures != 3 || file.Errors != 4 {
		t.Errorf("the counts are %d tests, %d failures, %d errors", file.Tests, file.Failures, file.Errors)
	}
}

// TestJUnitSkipsOnlyWhatIsWaivedWhole: one waived statement of two leaves a
// failure.
func TestJUnitSkipsOnlyWhatIsWaivedWhole(t *testing.T) {
	r := fullReport()
	second := r.Findings[5] // waived
	second.Waiver, second.Message = nil, "another statement"
	r.Findings = append(r.Findings, second)
	var file junitFile
	must(t, xml.Unmarshal([]byte(render(t, "junit", r, reporters.Options{})), &file))
	if file.Failures != 4 {
		t.Errorf("%d failures, want 4", file.Failures)
	}
}

func TestJUnitOfAnInterruptedScanIsNotGreen(t *testing.T) {
	r := emptyReport()
	r.Scan.Interrupted = true
	var file junitFile
	must(t, xml.Unmarshal([]byte(render(t, "junit", r, reporters.Options{})), &file))
	if file.Errors != 1 {
		t.Errorf("%d errors, want 1", file.Errors)
	}
}

func TestMarkdownKeepsDataData(t *testing.T) {
	r := emptyReport()
	message := func(text string) string {
		r.Findings = []scanner.Finding{{Status: scanner.StatusFail, Severity: scanner.SeverityHigh, RuleID: "tls_required", Tenant: "acme", Message: text}}
		for line := range strings.Lines(render(t, "markdown", r, reporters.Options{})) {
			if strings.HasPrefix(line, "| high |") {
				return strings.TrimSpace(strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")[4])
			}
		}
		return ""
	}
	for text, want := range map[string]string{
		"plain text, as it is":      "plain text, as it is",
		"<script>alert(1)</script>": `\<script\>alert\(1\)\</script\>`,
		"a | b":                     "a \x00 b",
		"*bold* _it_ `code`":        "\\*bold\\* \\_it\\_ \\`code\\`",
		"[click](https://evil)":     "`[click](https://evil)`",
		"![x](y)":                   `\!\[x\]\(y\)`,
		"ask @team about #12":       "`ask @team about #12`",
		"see www.evil.example":      "`see www.evil.example`",
		"``` @x `":                  "```` ``` @x ` ````",
		"line\nbreak":               `line\\nbreak`,
		"&amp; {0}":                 `\&amp; \{0\}`,
	} {
		if got := message(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestMarkdownSaysWhatDidNotFit(t *testing.T) {
	text := render(t, "markdown", bigReport(10000), reporters.Options{})
	if len(text) > 1<<20 {
		t.Errorf("%d bytes do not fit a step summary", len(text))
	}
	shown := strings.Count(text, "\n| critical |")
	if want := fmt.Sprintf("%d more rows are not shown here", 20000-shown); !strings.Contains(text, want) {
		t.Errorf("of 20000 rows %d are shown, and the text does not say %q", shown, want)
	}
	for _, want := range []string{"Not assessed: 10000 rows are not shown here", "20000 failures"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q", want)
		}
	}
}
