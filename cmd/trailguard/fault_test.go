package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"; "time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
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

// faulty is one run that meets a fault.
type faulty struct {
	name   string
	kind   sandbox.FaultKind
	faults func(sandbox.Call) bool // which calls meet it
}

// outcome is what became of it: err is that with which the run exits 3.
type faultyOutcome struct {
	faulty
	report *scanner.Report
	err    error
}

// runFaulty scans once for each fault. Most of the time is spent waiting for
// answers that never come, so several sandboxes are scanned side by side,
// whatever the number of processors.
func runFaulty(t *testing.T, faults []faulty) []faultyOutcome {
	t.Helper()
	const sideBySide = 12
	out := make([]faultyOutcome, len(faults))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(sideBySide, len(faults)) {
		var current atomic.Pointer[faulty]
		r := newRig(t, sandbox.Options{Faults: func(call sandbox.Call) sandbox.Fault {
			if f := current.Load(); f != nil && f.faults(call) {
				return sandbox.Fault{Kind: f.kind}
			}
			return sandbox.Fault{}
		}})
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(faults) {
					return
				}
				current.Store(&faults[i])
				start := time.Now(); report, err := r.scan(t.Context(), impatient); fmt.Println("TIME", faults[i].name, time.Since(start).Milliseconds())
				out[i] = faultyOutcome{faults[i], report, err}
			}
		})
	}
	workers.Wait()
	return out
}

// checkFaulty compares every faulty run with the truth, and says how many
// results the faults took away.
func checkFaulty(t *testing.T, truth map[string]scanner.Status, outcomes []faultyOutcome) map[string]int {
	t.Helper()
	lost := map[string]int{}
	for _, o := range outcomes {
		if o.err != nil {
			lost[o.name] = len(truth) // nothing is claimed at all
			continue
		}
		for _, wrong := range compare(truth, o.report) {
			t.Errorf("%s: %s", o.name, wrong)
		}
		for result, status := range statuses(o.report) {
			if status == scanner.StatusUnknown && truth[result] != scanner.StatusUnknown {
				lost[o.name]++
			}
		}
	}
	return lost
}

// Every operation that a scan sends, failing in every way, over all exports
// and rules: unknown is never a pass, nor a false alarm.
func TestUnknownIsNeverAPass(t *testing.T) {
	r := newRig(t, sandbox.Options{})
	truth := statuses(r.mustScan(t))
	operations := map[string]bool{}
	for _, call := range r.server.Calls() {
		operations[call.Operation] = true
	}
	if len(operations) < 20 {
		t.Fatalf("the scan sent only %d operations: %v", len(operations), operations)
	}
	kinds := []sandbox.FaultKind{
		sandbox.FaultDenied, sandbox.FaultThrottled, sandbox.FaultError, sandbox.FaultHTML,
		sandbox.FaultReset, sandbox.FaultHang, sandbox.FaultTruncated,
	}
	var faults []faulty
	for _, operation := range slices.Sorted(maps.Keys(operations)) {
		for _, kind := range kinds {
			faults = append(faults, faulty{operation + "/" + string(kind), kind, func(call sandbox.Call) bool { return call.Operation == operation }})
		}
	}
	lost := checkFaulty(t, truth, runFaulty(t, faults))
	// Had the faults not reached the scans, the comparison would find nothing
	// wrong: what everything rests on must be missed in every way.
	for _, operation := range []string{"immuta:getAllExportConfigurations", "s3:HeadBucket", "s3:GetBucketPolicy", "s3:GetBucketEncryption", "s3:ListObjectsV2", "iam:GetRole", "kms:GetKeyPolicy"} {
		for _, kind := range kinds {
			if name := operation + "/" + string(kind); lost[name] == 0 {
				t.Errorf("%s: no result turned unknown", name)
			}
		}
	}
	for name, n := range lost { fmt.Println("LOST", name, n) }
}
