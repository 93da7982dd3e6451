//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// A stopped run ends at once: what takes longer than this hangs, even on a
// machine that has much else to do.
const atOnce = 5 * time.Second

// started is a program that runs in the background.
type started struct {
	cmd            *exec.Cmd
	stdout, stderr *bytes.Buffer
	done           chan error
}

func (p *program) start(t *testing.T, stdout io.Writer, args ...string) *started {
	t.Helper()
	s := &started{cmd: p.command(t, args...), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, done: make(chan error, 1)}
	s.cmd.Stdout, s.cmd.Stderr = s.stdout, s.stderr
	if stdout != nil {
		s.cmd.Stdout = stdout
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	return s
}

// wait returns the exit status of a program that was told to stop, and fails
// when it does not; a program that the signal killed has -1.
func (s *started) wait(t *testing.T) int {
	t.Helper()
	select {
	case err := <-s.done:
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
	case <-time.After(atOnce):
		_ = s.cmd.Process.Kill() // it failed already
		<-s.done
		t.Fatalf("the program did not stop; standard error:\n%s", s.stderr)
	}
	return s.cmd.ProcessState.ExitCode()
}

func (s *started) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// until waits for something that the sandbox will see.
func until(t *testing.T, seen func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !seen(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the program never came so far")
		}
	}
}

// A run that is stopped in the middle of collecting reports what it has, marked
// incomplete, and exits as the signal says.
func TestSignalsReportWhatWasCollected(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		signal os.Signal
		status int
	}{{os.Interrupt, scanner.ExitInterrupted}, {syscall.SIGTERM, scanner.ExitTerminated}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			t.Parallel()
			p, server := newSandboxed(t, sandbox.Options{})
			server.SetFault("s3:GetBucketPolicy", sandbox.Fault{Kind: sandbox.FaultHang})
			run := p.start(t, nil, "scan", "--format", "json", "--output", "table=report.txt")
			until(t, func() bool { return server.Count("s3:GetBucketPolicy", "") > 0 })
			run.signal(t, tt.signal)
			if got := run.wait(t); got != tt.status {
				t.Errorf("exit status %d, want %d; standard error:\n%s", got, tt.status, run.stderr)
			}
			report := parseReport(t, run.stdout.String())
			if !report.Scan.Interrupted || report.Scan.Complete || len(report.Exports) != acmeExports {
				t.Errorf("interrupted %t, complete %t, %d exports; want an interrupted, incomplete report on all %d", report.Scan.Interrupted, report.Scan.Complete, len(report.Exports), acmeExports)
			}
			if report.Summary.ByStatus[scanner.StatusUnknown] < acmeExports {
				t.Errorf("%v: what was not collected is not unknown", report.Summary.ByStatus)
			}
			if text := p.read(t, "report.txt"); !strings.Contains(text, "interrupted") {
				t.Errorf("the table does not say that the run was interrupted:\n%s", text)
			}
		})
	}
}

// Stopped before anything was listed there is nothing to report, and the exit
// status still says why.
func TestSignalWhileListing(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("immuta:getAllExportConfigurations", sandbox.Fault{Kind: sandbox.FaultHang})
	run := p.start(t, nil, "scan")
	until(t, func() bool { return server.Count("immuta:getAllExportConfigurations", "") > 0 })
	run.signal(t, os.Interrupt)
	if got := run.wait(t); got != scanner.ExitInterrupted {
		t.Errorf("exit status %d, want %d; standard error:\n%s", got, scanner.ExitInterrupted, run.stderr)
	}
}

// An interrupted snapshot is whole as a file, says that it was interrupted, and
// is never judged as complete.
func TestSignalWhileWritingSnapshot(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("iam:GetRole", sandbox.Fault{Kind: sandbox.FaultHang})
	run := p.start(t, nil, "snapshot", "-o", "s.jsonl")
	until(t, func() bool { return server.Count("iam:GetRole", "") > 0 })
	run.signal(t, os.Interrupt)
	if got := run.wait(t); got != scanner.ExitInterrupted {
		t.Errorf("exit status %d, want %d; standard error:\n%s", got, scanner.ExitInterrupted, run.stderr)
	}
	replayed := p.run(t, "scan", "--snapshot", "s.jsonl", "--format", "json", "--rule", "configuration_enabled", "--export", financeID)
	replayed.want(t, scanner.ExitIncomplete)
	if report := parseReport(t, replayed.stdout); !report.Scan.Interrupted || report.Scan.Complete {
		t.Errorf("interrupted %t, complete %t: want an interrupted, incomplete report", report.Scan.Interrupted, report.Scan.Complete)
	}
}

// stuckRule never comes out of a built-in, where OPA does not look whether it has
// to end.
const stuckRule = `# METADATA
# title: It ends
# description: A test.
# scope: package
# custom:
#   id: acme.stuck
#   severity: low
#   requires: [enabled]
#   remediation: None.
package acme.stuck

deny contains {"message": "m"} if {
	input.facts.enabled.value
	product(numbers.range(1, 400000)) < 0
}
`

// A run that is stopped while it judges ends at once, whatever a rule does, and
// no report is half there.
func TestSignalWhileJudging(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete) // the company hides one policy
	p.write(t, "rules/stuck.rego", stuckRule)
	run := p.start(t, nil, "scan", "--snapshot", "s.jsonl", "--rules", "rules", "--format", "none", "--output", "json=report.json", "--evidence", "evidence")
	until(t, func() bool {
		_, err := os.Stat(p.path("evidence"))
		return err == nil
	})
	run.signal(t, syscall.SIGTERM)
	if got := run.wait(t); got != scanner.ExitTerminated {
		t.Errorf("exit status %d, want %d; standard error:\n%s", got, scanner.ExitTerminated, run.stderr)
	}
	if !strings.Contains(run.stderr.String(), "stopped by terminated while judging: nothing is reported") {
		t.Errorf("standard error:\n%s", run.stderr)
	}
	if report := parseReport(t, p.read(t, "report.json")); report.Scan.Complete || report.Scan.Error == "" {
		t.Errorf("the report says complete %t, error %q", report.Scan.Complete, report.Scan.Error)
	}
}

// A run that is stopped while it collects reports at once, whatever a rule does.
func TestSignalWhileCollectingForAStuckRule(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("s3:GetBucketPolicy", sandbox.Fault{Kind: sandbox.FaultHang})
	p.write(t, "rules/stuck.rego", stuckRule)
	run := p.start(t, nil, "scan", "--rules", "rules", "--format", "json")
	until(t, func() bool { return server.Count("s3:GetBucketPolicy", "") > 0 })
	run.signal(t, syscall.SIGTERM)
	if got := run.wait(t); got != scanner.ExitTerminated {
		t.Errorf("exit status %d, want %d; standard error:\n%s", got, scanner.ExitTerminated, run.stderr)
	}
	report := parseReport(t, run.stdout.String())
	if len(report.Exports) != acmeExports {
		t.Errorf("the report is on %d exports, want %d", len(report.Exports), acmeExports)
	}
	for i := range report.Exports {
		if got := report.Exports[i].Results["acme.stuck"]; got != scanner.StatusError {
			t.Errorf("the rule is %s for %s, want error", got, report.Exports[i].ID)
		}
	}
}

// A rule that never answers costs a run some seconds, not the answers of others.
func TestARuleThatNeverAnswers(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete) // the company hides one policy
	p.write(t, "rules/stuck.rego", stuckRule)
	got := p.run(t, "scan", "--snapshot", "s.jsonl", "--rules", "rules", "--rule", "acme.stuck", "--rule", "interval_valid", "--format", "json")
	report := parseReport(t, got.stdout)
	late, judged := 0, 0
	for i := range report.Findings {
		if f := &report.Findings[i]; f.RuleID == "acme.stuck" && f.Status == scanner.StatusError {
			late++
		}
	}
	for i := range report.Exports {
		if report.Exports[i].Results["interval_valid"] != scanner.StatusError {
			judged++
		}
	}
	if late == 0 || judged != len(report.Exports) || report.Summary.ByStatus[scanner.StatusError] != late {
		t.Errorf("%d errors of the rule, %d of %d exports judged by the other: %v", late, judged, len(report.Exports), report.Summary.ByStatus)
	}
	if n := strings.Count(got.stderr, "set aside"); n != 1 || !strings.Contains(got.stderr, "acme.stuck") {
		t.Errorf("that the rule was set aside is said %d times:\n%s", n, got.stderr)
	}
}

// The second signal ends a run that cannot even report, such as one whose
// output nobody reads.
func TestSecondSignalKills(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("s3:GetBucketPolicy", sandbox.Fault{Kind: sandbox.FaultHang})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	run := p.start(t, w, "scan", "--format", "json")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return server.Count("s3:GetBucketPolicy", "") > 0 })
	run.signal(t, os.Interrupt)
	// The report is larger than the pipe: the program blocks in writing it.
	select {
	case err := <-run.done:
		t.Fatalf("the program ended (%v) although nobody read its report: the test tests nothing", err)
	case <-time.After(time.Second):
	}
	run.signal(t, os.Interrupt)
	if got := run.wait(t); got != -1 && got != scanner.ExitInterrupted {
		t.Errorf("exit status %d, want that of the signal", got)
	}
}
