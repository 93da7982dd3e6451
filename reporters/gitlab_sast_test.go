package reporters_test

import (
	"encoding/json"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// sastFile is a report as GitLab reads it.
type sastFile struct {
	Scan struct {
		Status string
		Start  string `json:"start_time"`
		End    string `json:"end_time"`
		// Identifiers make GitLab resolve what others found.
		Identifiers any `json:"primary_identifiers"`
	}
	Vulnerabilities []struct {
		ID, Name, Description, Severity string
		Location                        struct{ File string }
		Tracking                        struct {
			Items []struct {
				Signatures []struct{ Algorithm, Value string }
			}
		}
	}
}

func sast(t *testing.T, r *scanner.Report) (file sastFile) {
	t.Helper()
	must(t, json.Unmarshal([]byte(render(t, "gitlab-sast", r, reporters.Options{})), &file))
	return file
}

// TestGitLabSASTHoldsWhatIsNotResolved: once each, under the fingerprint, also where
// somebody lives with it.
func TestGitLabSASTHoldsWhatIsNotResolved(t *testing.T) {
	reports := cases()
	reports["every finding"] = everyFinding
	for name, report := range reports {
		r := report()
		shown := map[string]string{}
		for _, v := range sast(t, r).Vulnerabilities {
			if _, twice := shown[v.ID]; twice {
				t.Errorf("%s: %s is there twice", name, v.ID)
			}
			shown[v.ID] = v.Description
			if v.Name == "" || len([]rune(v.Name)) > 255 || path.IsAbs(v.Location.File) || path.Clean(v.Location.File) != v.Location.File {
				t.Errorf("%s: %.40q at %q", name, v.Name, v.Location.File)
			}
			if s := v.Tracking.Items[0].Signatures[0]; s.Algorithm != "hash" || s.Value != v.ID {
				t.Errorf("%s: %s is tracked by %s", name, v.ID, s.Value)
			}
		}
		for i := range r.Findings {
			f := &r.Findings[i]
			said, there := shown[f.Fingerprint]
			if there == (f.State == scanner.StateResolved) {
				t.Errorf("%s: %s is there: %t", name, f.Fingerprint, there)
			}
			if there && strings.HasPrefix(said, "Accepted: ") != (f.Waiver != nil || f.Accepted()) {
				t.Errorf("%s: %s says %.60q", name, f.Fingerprint, said)
			}
		}
	}
}

// TestGitLabSASTSucceedsOnlyWhole: an incomplete run is a failure, in times that
// GitLab's schema takes.
func TestGitLabSASTSucceedsOnlyWhole(t *testing.T) {
	for name, report := range cases() {
		r := report()
		scan := sast(t, r).Scan
		if (scan.Status == "success") != r.Scan.Complete || scan.Identifiers != nil {
			t.Errorf("%s: complete is %t, and the status %s", name, r.Scan.Complete, scan.Status)
		}
		for _, at := range []string{scan.Start, scan.End} {
			if _, err := time.Parse("2006-01-02T15:04:05", at); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if got := sast(t, &scanner.Report{Tenants: []scanner.TenantResult{{Name: "acme"}}}); len(got.Vulnerabilities) != 1 || got.Scan.Status != "failure" {
		t.Errorf("a list that was not read whole is %+v", got)
	}
}
