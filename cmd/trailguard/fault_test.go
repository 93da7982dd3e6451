package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/opa"
)

// sandboxNow is when the sandboxes of these tests were scanned.
var sandboxNow = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// rig is a sandbox with everything that a scan of it needs, so that a scan is
// one call. It sets the environment, and so can not run in parallel.
type rig struct {
	server *sandbox.Server
	config *config.Config
	engine *opa.Engine
}

func newRig(t *testing.T, o sandbox.Options) *rig {
	t.Helper()
	o.Now = sandboxNow
	server, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	for _, variable := range append(server.Environ(), "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_PROFILE=") {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	c, err := config.Parse("sandbox", []byte(server.Config()))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := pipeline.LoadRules(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{server, c, engine}
}

// scan runs the ordinary pipeline. Errors are those with which a run exits 3.
func (r *rig) scan(ctx context.Context) (*scanner.Report, error) {
	memory := &pipeline.Memory{}
	_, err := pipeline.Collect(ctx, pipeline.CollectOptions{
		Config: r.config, Now: func() time.Time { return sandboxNow }, Logger: slog.New(slog.DiscardHandler),
		Patience: pipeline.Patience{Timeout: 400 * time.Millisecond, Attempts: 2, Wait: time.Millisecond},
		Warn:     func(error) {},
	}, memory.Create)
	if err != nil {
		return nil, err
	}
	source, err := memory.Open()
	if err != nil {
		return nil, err
	}
	defer source.Close() //nolint:errcheck // it is in memory
	header := source.Header()
	judge := &pipeline.Judge{
		Deriver: facts.New(facts.Options{Settings: header.Settings, AsOf: sandboxNow, Tenants: source.Tenants()}),
		Engine:  r.engine,
	}
	return scanner.Scan(context.WithoutCancel(ctx), source, judge, scanner.ReportOptions{
		AsOf: sandboxNow, FailOn: scanner.SeverityLow, Seal: source.Seal,
	})
}

// statuses lists every result by "export rule", tenants included.
func statuses(r *scanner.Report) map[string]scanner.Status {
	all := map[string]scanner.Status{}
	for _, e := range r.Exports {
		for rule, status := range e.Results {
			all[e.ID+" "+rule] = status
		}
	}
	for _, t := range r.Tenants {
		for rule, status := range t.Results {
			all[t.Name+" "+rule] = status
		}
	}
	return all
}

// compare says what a faulty run got wrong: nothing may turn pass or
// not_applicable that was not, nothing from pass to fail, and a run that could
// not assess something is never clean.
func compare(truth, faulty map[string]scanner.Status) []string {
	var wrong []string
	for result, status := range faulty {
		was := truth[result]
		switch {
		case (status == scanner.StatusPass || status == scanner.StatusNotApplicable) && status != was:
			wrong = append(wrong, fmt.Sprintf("%s turned from %s to %s", result, was, status))
		case status == scanner.StatusFail && was != scanner.StatusFail:
			wrong = append(wrong, fmt.Sprintf("%s turned from %s to fail", result, was))
		case status == scanner.StatusError:
			wrong = append(wrong, result+" is an error")
		}
	}
	slices.Sort(wrong)
	return wrong
}

// checkFaulty compares one faulty run with the truth.
func checkFaulty(t *testing.T, r *rig, truth map[string]scanner.Status) {
	t.Helper()
	report, err := r.scan(t.Context())
	if err != nil {
		return // exit status 3: nothing is claimed
	}
	faulty := statuses(report)
	for _, w := range compare(truth, faulty) {
		t.Error(w)
	}
	if len(faulty) != len(truth) && report.Scan.Complete {
		t.Errorf("%d results instead of %d, and yet complete", len(faulty), len(truth))
	}
	for result, status := range faulty {
		if status == scanner.StatusUnknown && report.Scan.ExitStatus == scanner.ExitClean {
			t.Errorf("%s is unknown, and yet the exit status is 0", result)
		}
	}
}

// Every operation that a scan sends, failing in every way, over all exports
// and rules: unknown is never a pass, nor a false alarm.
func TestUnknownIsNeverAPass(t *testing.T) {
	r := newRig(t, sandbox.Options{})
	report, err := r.scan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	truth := statuses(report)
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
	for operation := range operations {
		for _, kind := range kinds {
			t.Run(operation+"/"+string(kind), func(t *testing.T) {
				r.server.SetFault(operation, sandbox.Fault{Kind: kind})
				defer r.server.ClearFaults()
				checkFaulty(t, r, truth)
			})
		}
	}
}

// The same for each single call, refused and answered with a page: what one
// export's missing evidence does to it must not depend on the others'.
func TestUnknownIsNeverAPassCallByCall(t *testing.T) {
	type target struct {
		call sandbox.Call
		kind sandbox.FaultKind
	}
	var current atomic.Pointer[target]
	r := newRig(t, sandbox.Options{Faults: func(call sandbox.Call) sandbox.Fault {
		if at := current.Load(); at != nil && at.call == call {
			return sandbox.Fault{Kind: at.kind}
		}
		return sandbox.Fault{}
	}})
	report, err := r.scan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	truth := statuses(report)
	calls := r.server.Calls()
	if len(calls) < 100 {
		t.Fatalf("the scan made only %d calls", len(calls))
	}
	for _, call := range calls {
		for _, kind := range []sandbox.FaultKind{sandbox.FaultDenied, sandbox.FaultHTML} {
			t.Run(fmt.Sprintf("%s %s/%s", call.Operation, call.Resource, kind), func(t *testing.T) {
				current.Store(&target{call.Call, kind})
				defer current.Store(nil)
				checkFaulty(t, r, truth)
			})
		}
	}
}
