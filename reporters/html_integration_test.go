//go:build integration

package reporters_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// TestIntegrationPrintedReportHasEveryFinding: what a browser prints tells of each finding
// what the page does, for a small report and for one that is laid out as it is looked at.
func TestIntegrationPrintedReportHasEveryFinding(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed")
	}
	for name, r := range map[string]*scanner.Report{"small": withControls(fullReport()), "large": bigReport(500)} {
		dir := t.TempDir()
		page, pdf := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
		must(t, os.WriteFile(page, []byte(render(t, "html", r, reporters.Options{})), 0o600))
		// A container has no user namespaces, and hardly any shared memory.
		out, err := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--user-data-dir="+filepath.Join(dir, "profile"),
			"--no-pdf-header-footer", "--print-to-pdf="+pdf, "file://"+page).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: print: %v\n%s", name, err, out)
		}
		text, err := exec.CommandContext(t.Context(), "pdftotext", "-enc", "UTF-8", pdf, "-").Output()
		must(t, err)
		printed := unspaced(string(text))
		for i := range r.Findings {
			f := &r.Findings[i]
			for _, want := range []string{f.Fingerprint, reporters.Visible(f.Message), reporters.Visible(f.Resource)} {
				if !strings.Contains(printed, unspaced(want)) {
					t.Fatalf("%s: %q of finding %d, of %s, is not printed", name, want, i, f.RuleID)
				}
			}
		}
	}
}

// unspaced is a text without what breaking lines adds.
func unspaced(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
