package reporters_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// TestJSONKeepsEveryValue reads the report back as a consumer does.
func TestJSONKeepsEveryValue(t *testing.T) {
	for _, report := range []func() *scanner.Report{emptyReport, fullReport, hostileReport} {
		var back scanner.Report
		text := render(t, "json", report(), reporters.Options{})
		must(t, json.Unmarshal([]byte(text), &back))
		want := report()
		if len(back.Findings) != len(want.Findings) || len(back.Exports) != len(want.Exports) {
			t.Fatal("the report read back has other lengths")
		}
		for i := range want.Exports {
			// Bytes that are not UTF-8 cannot be written as JSON.
			if name := strings.ToValidUTF8(want.Exports[i].ID, "\ufffd"); !sameText(back.Exports[i].ID, name) {
				t.Errorf("export %q is read back as %q", name, back.Exports[i].ID)
			}
		}
		for i := range want.Findings {
			got, want := back.Findings[i], want.Findings[i]
			if diff := cmp.Diff(want.Waiver != nil, got.Waiver != nil); diff != "" || got.Fingerprint != want.Fingerprint || got.Status != want.Status {
				t.Errorf("finding %d is read back as %+v", i, got)
			}
		}
	}
}

// sameText compares texts up to how many replacement characters stand for a
// run of broken bytes.
func sameText(a, b string) bool {
	return strings.ReplaceAll(a, "\ufffd", "") == strings.ReplaceAll(b, "\ufffd", "")
}

func TestJSONIsPlain(t *testing.T) {
	text := render(t, "json", hostileReport(), reporters.Options{})
	if !strings.Contains(text, `"<script>alert(1)</script>"`) || strings.Contains(text, `\u003c`) {
		t.Error("the report escapes for HTML")
	}
	if !strings.HasSuffix(text, "}\n") || strings.HasSuffix(text, "\n\n") {
		t.Error("the report does not end with one line break")
	}
}

func TestJSONOfABareReportHasEmptyLists(t *testing.T) {
	text := render(t, "json", &scanner.Report{Findings: []scanner.Finding{{}}}, reporters.Options{})
	for _, want := range []string{
		`"tenants": []`, `"exports": []`, `"drift": []`, `"gaps": []`, `"applied": []`, `"unused": []`, `"assumptions": []`,
		`"reasons": []`, `"evidence": []`, `"needs": []`, `"controls": []`, `"byStatus": {}`, `"baseline": null`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %s", want)
		}
	}
	if n := strings.Count(text, "null"); n != 1 {
		t.Errorf("the report says null %d times; only the baseline may be", n)
	}
}
