package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

// compare says what a faulty run got wrong: nothing may turn pass or
// not_applicable that was not, nothing from pass to fail, and a run that could
// not assess something is never clean.
func compare(truth map[string]scanner.Status, report *scanner.Report) []string {
	var wrong []string
	faulty := statuses(report)
	for result, status := range faulty {
		was := truth[result]
		switch {
		case (status == scanner.StatusPass || status == scanner.StatusNotApplicable) && status != was:
			wrong = append(wrong, fmt.Sprintf("%s turned from %s to %s", result, was, status))
		case status == scanner.StatusFail && was != scanner.StatusFail:
			wrong = append(wrong, fmt.Sprintf("%s turned from %s to fail", result, was))
		case status == scanner.StatusError:
			wrong = append(wrong, result+" is an error")
		case status == scanner.StatusUnknown && (report.Scan.Complete || report.Scan.ExitStatus == scanner.ExitClean):
			wrong = append(wrong, result+" is unknown, and yet the run is complete or exits with 0")
		}
	}
	if len(faulty) != len(truth) && (report.Scan.Complete || report.Scan.ExitStatus == scanner.ExitClean) {
		wrong = append(wrong, fmt.Sprintf("%d results instead of %d, and yet the run is complete or exits with 0", len(faulty), len(truth)))
	}
	slices.Sort(wrong)
	return wrong
}

// The comparison must be able to find what it looks for.
func TestCompareFindsFalseAnswers(t *testing.T) {
	truth := map[string]scanner.Status{"e a": scanner.StatusFail, "e b": scanner.StatusPass, "e c": scanner.StatusUnknown}
	tests := []struct {
		name     string
		a, b, c  scanner.Status
		complete bool
		want     string
	}{
		{"the truth", scanner.StatusFail, scanner.StatusPass, scanner.StatusUnknown, false, ""},
		{"all unknown", scanner.StatusUnknown, scanner.StatusUnknown, scanner.StatusUnknown, false, ""},
		{"a false pass", scanner.StatusPass, scanner.StatusPass, scanner.StatusUnknown, false, "e a turned from fail to pass"},
		{"a gap that passes", scanner.StatusFail, scanner.StatusPass, scanner.StatusPass, false, "e c turned from unknown to pass"},
		{"a gap that goes away", scanner.StatusFail, scanner.StatusNotApplicable, scanner.StatusUnknown, false, "e b turned from pass to not_applicable"},
		{"a false alarm", scanner.StatusFail, scanner.StatusFail, scanner.StatusUnknown, false, "e b turned from pass to fail"},
		{"an error", scanner.StatusFail, scanner.StatusError, scanner.StatusUnknown, false, "e b is an error"},
		{"a clean exit", scanner.StatusFail, scanner.StatusPass, scanner.StatusUnknown, true, "e c is unknown, and yet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report := &scanner.Report{Exports: []scanner.ExportResult{{ID: "e", Results: map[string]scanner.Status{"a": tt.a, "b": tt.b, "c": tt.c}}}}
			report.Scan.ExitStatus = scanner.ExitIncomplete
			report.Scan.Complete = tt.complete
			got := strings.Join(compare(truth, report), "; ")
			if (tt.want == "") != (got == "") || !strings.HasPrefix(got, tt.want) {
				t.Errorf("compare says %q, want %q…", got, tt.want)
			}
		})
	}
}
