package reporters_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// verdict is what a format's reader takes from it about one rule of one export.
type verdict string

const (
	green   verdict = "green"   // it passes, or all is well
	problem verdict = "problem" // it fails or is not known; somebody may live with it
	silent  verdict = "silent"  // nothing is said
)

// one is a report of one export and one rule: its result, and what it found.
func one(status scanner.Status, findings ...scanner.Finding) *scanner.Report {
	r := emptyReport()
	rule := rules()[1]
	r.Rules, r.Tenants[0].Results = []scanner.Rule{rule}, map[string]scanner.Status{}
	r.Exports[0].Results = map[string]scanner.Status{rule.ID: status}
	r.Findings = findings
	r.Summary.ByStatus = map[scanner.Status]int{status: 1}
	r.Conclude(scanner.Threshold{FailOn: scanner.SeverityInfo})
	return r
}

const theFingerprint = "0123456789abcdef"

// readers read a format as its consumers do.
func readers() map[string]func(t *testing.T, text string) verdict {
	holds := func(_ *testing.T, text string) verdict {
		if strings.Contains(text, theFingerprint) {
			return problem
		}
		return silent
	}
	counted := regexp.MustCompile(`[1-9]\d* (failures?|not assessed|waived)[;, ]`)
	summed := func(_ *testing.T, text string) verdict {
		text = strings.Join(strings.Fields(text), " ")
		switch {
		case counted.MatchString(text):
			return problem
		case strings.Contains(text, "0 failures, 0 not assessed;"):
			return green
		}
		return silent
	}
	return map[string]func(t *testing.T, text string) verdict{
		"table":       summed,
		"markdown":    summed,
		"jsonl":       holds,
		"csv":         holds,
		"gitlab":      holds,
		"gitlab-sast": holds,
		"json":        readJSON,
		"sarif":       readSARIF,
		"junit":       readJUnit,
		"ocsf":        readOCSF,
		"asff":        readASFF,
		"openmetrics": readMetrics,
		"oscal":       readOSCAL,
		"html":        holds,
	}
}

func readJSON(t *testing.T, text string) verdict {
	var r struct {
		Exports  []struct{ Results map[string]string }
		Findings []struct{ Fingerprint string }
	}
	must(t, json.Unmarshal([]byte(text), &r))
	switch {
	case len(r.Findings) > 0:
		return problem
	case r.Exports[0].Results["tls_required"] == "pass":
		return green
	}
	return silent
}

func readSARIF(t *testing.T, text string) verdict {
	var log struct {
		Runs []struct {
			Results []struct{ Kind, Level string }
		}
	}
	must(t, json.Unmarshal([]byte(text), &log))
	switch results := log.Runs[0].Results; {
	case len(results) == 0:
		return silent
	case results[0].Kind == "pass":
		return green
	default:
		return problem
	}
}

func readJUnit(t *testing.T, text string) verdict {
	var file junitFile
	must(t, xml.Unmarshal([]byte(text), &file))
	for _, s := range file.Suites {
		for _, c := range s.Cases {
			switch {
			case c.Name != "tls_required":
			case c.Failure != nil || c.Error != nil:
				return problem
			case c.Skipped == nil:
				return green
			}
		}
	}
	return silent
}

func readOCSF(t *testing.T, text string) verdict {
	for line := range strings.Lines(text) {
		var e struct {
			Finding struct {
				UID string `json:"uid"`
			} `json:"finding_info"`
			Compliance struct {
				Status int `json:"status_id"`
			}
		}
		must(t, json.Unmarshal([]byte(line), &e))
		switch {
		case e.Finding.UID != theFingerprint:
		case e.Compliance.Status == 1, e.Compliance.Status == 2: // a warning is taken for a soft pass
			return green
		default:
			return problem
		}
	}
	return silent
}

func readASFF(t *testing.T, text string) verdict {
	var findings []types.AwsSecurityFinding
	must(t, json.Unmarshal([]byte(text), &findings))
	for _, f := range findings {
		switch {
		case *f.Id != theFingerprint:
		case f.Compliance.Status == types.ComplianceStatusPassed, f.Compliance.Status == types.ComplianceStatusWarning:
			return green
		case f.RecordState == types.RecordStateArchived:
			return silent
		default:
			return problem
		}
	}
	return silent
}

func readMetrics(_ *testing.T, text string) verdict {
	switch {
	case strings.Contains(text, "\ntrailguard_findings{"):
		return problem
	case strings.Contains(text, `trailguard_run_complete{tenant="acme"} 1`):
		return green
	}
	return silent
}

func readOSCAL(t *testing.T, text string) verdict {
	var document oscal.OscalModels
	must(t, json.Unmarshal([]byte(text), &document))
	findings := listOf(document.AssessmentResults.Results[0].Findings)
	switch {
	case len(findings) > 0 && findings[0].Target.Status.State == "satisfied":
		return green
	case len(findings) > 0 && strings.Contains(text, theFingerprint):
		return problem
	default:
		return silent // a control that fails, and nobody knows by what, too
	}
}

// TestNoFormatPassesWhatDoesNotPass runs every format over every status, state,
// waiver and acceptance. What is open is a problem everywhere. What somebody lives
// with is never green, and left out only where nothing else is possible: GitHub and
// Code Quality have no word for it, and JUnit skips it.
func TestNoFormatPassesWhatDoesNotPass(t *testing.T) {
	leaveOutAccepted := map[string][]bool{"sarif": {true, false}, "gitlab": {true, true}, "junit": {true, false}} // waived, accepted
	for _, status := range scanner.Statuses() {
		for _, state := range []scanner.State{"", scanner.StateNew, scanner.StateUnchanged, scanner.StateResolved, scanner.StateIncomparable} {
			for _, accepted := range []bool{false, true} {
				r, name := combination(status, state, accepted), fmt.Sprintf("%s, %q, accepted %t", status, state, accepted)
				for _, format := range reporters.Formats() {
					if format == "none" {
						continue
					}
					got := readers()[format](t, render(t, format, r, reporters.Options{}))
					passes := status == scanner.StatusPass || status == scanner.StatusNotApplicable
					switch leaves := leaveOutAccepted[format]; {
					case passes && got == problem:
						t.Errorf("%s: %s is a problem", format, name)
					case status == scanner.StatusNotApplicable && got == green && slices.Contains([]string{"json", "sarif", "junit", "asff", "ocsf", "oscal"}, format):
						t.Errorf("%s: %s passes", format, name)
					case passes, state == scanner.StateResolved: // its rule passes now
					case got == green:
						t.Errorf("%s: %s is green", format, name)
					case got == silent && (!accepted || leaves == nil || !leaves[index(status != scanner.StatusFail)]):
						t.Errorf("%s: %s is left out", format, name)
					}
				}
			}
		}
	}
}

// TestNoFormatIsCleanThatIsNotWhole: where nothing fails, a list of exports that is not
// whole, or a run that was stopped, still shows. CSV and JSON Lines hold findings alone.
func TestNoFormatIsCleanThatIsNotWhole(t *testing.T) {
	said := regexp.MustCompile(`scan_complete|"complete": ?false|INTERRUPTED|interrupted|whole|not read|could not be read|trailguard_run_complete\{tenant="acme"\} 0|"executionSuccessful": false`)
	for name, change := range map[string]func(r *scanner.Report){
		"a list that is not whole": func(r *scanner.Report) { r.Tenants[0].Complete = false },
		"interrupted":              func(r *scanner.Report) { r.Scan.Interrupted = true },
	} {
		r := one(scanner.StatusPass)
		change(r)
		r.Conclude(scanner.Threshold{FailOn: scanner.SeverityInfo})
		for _, format := range reporters.Formats() {
			text := render(t, format, r, reporters.Options{})
			if clean := render(t, format, one(scanner.StatusPass), reporters.Options{}); format != "none" && format != "csv" && format != "jsonl" && (!said.MatchString(text) || text == clean) {
				t.Errorf("%s says of %s %s", format, name, text)
			}
			if verdict := readers()[format]; format == "oscal" && verdict(t, text) == green {
				t.Errorf("%s is green with %s", format, name)
			}
		}
	}
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// combination is a report of one result. What is resolved passes now. A failure is
// accepted by a waiver, an unknown by its gaps; an error by nobody.
func combination(status scanner.Status, state scanner.State, accepted bool) *scanner.Report {
	if status == scanner.StatusPass || status == scanner.StatusNotApplicable {
		return one(status)
	}
	f := fullFindings()[2]
	f.Status, f.State, f.Fingerprint, f.Gaps = status, state, theFingerprint, []scanner.Gap{keyGap()}
	if accepted && status == scanner.StatusFail {
		f.Waiver = waiver()
	}
	if accepted && status == scanner.StatusUnknown {
		f.Gaps[0].Accepted = waiver()
	}
	if state == scanner.StateResolved {
		status = scanner.StatusPass
	}
	return one(status, f)
}
