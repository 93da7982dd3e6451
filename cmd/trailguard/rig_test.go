package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa"
)

// sandboxNow is when the sandboxes of these tests were scanned.
var sandboxNow = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// shippedRules are loaded once for all tests: that takes longer than a scan.
var shippedRules = sync.OnceValues(func() (*opa.Engine, error) {
	return pipeline.LoadRules(context.Background(), nil)
})

// patient is the patience of scans that must see whatever can be seen, on a
// machine that is busy.
var patient = pipeline.Patience{Timeout: 30 * time.Second, Attempts: 2, Wait: time.Millisecond}

// rig is a sandbox with everything that a scan of it needs, so that a scan is
// one call. Rigs can run side by side.
type rig struct {
	server *sandbox.Server
	config *config.Config
	engine *opa.Engine
	// bulkFrom is how many roles and users of an account are read all at once;
	// 0 is the collector's default.
	bulkFrom int
	who      *pipeline.Who // nil: nobody is asked who changed what
	// baseline is the file of the snapshot that scans are compared with; empty: none.
	baseline string
}

func newRig(t testing.TB, o sandbox.Options) *rig {
	t.Helper()
	o.Now = sandboxNow
	server, err := sandbox.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	for _, variable := range server.Environ() {
		if name, value, _ := strings.Cut(variable, "="); os.Getenv(name) != value {
			t.Fatalf("the sandbox wants %s, and the tests run with %q", variable, os.Getenv(name))
		}
	}
	return rigOf(t, server)
}

// rigOf is a rig for any sandbox.
func rigOf(t testing.TB, server *sandbox.Server) *rig {
	t.Helper()
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	return &rig{server: server, config: parsed(t, server.Config()), engine: engine}
}

// parsed is a sandbox's configuration.
func parsed(t testing.TB, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("sandbox", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// operations are those that were sent to a service, each once; to all without one.
func (r *rig) operations(service string) []string {
	var sent []string
	for _, call := range r.server.Calls() {
		if strings.HasPrefix(call.Operation, service) {
			sent = append(sent, call.Operation)
		}
	}
	slices.Sort(sent)
	return slices.Compact(sent)
}

// scan runs the ordinary pipeline. Errors are those with which a run exits 3.
func (r *rig) scan(ctx context.Context, patience pipeline.Patience) (*scanner.Report, error) {
	memory := &pipeline.Memory{}
	_, err := pipeline.Collect(ctx, pipeline.CollectOptions{
		Config: r.config, Now: func() time.Time { return sandboxNow },
		Patience: patience, BulkFrom: r.bulkFrom, Who: r.who, Warn: func(error) {},
	}, memory.Create)
	if err != nil {
		return nil, err
	}
	source, err := memory.Open()
	if err != nil {
		return nil, err
	}
	defer source.Close()
	o := pipeline.JudgeOptions{Engine: r.engine, Settings: source.Header().Settings, AsOf: sandboxNow}
	if r.baseline != "" {
		if o.Baseline, err = pipeline.OpenBaseline(ctx, r.baseline, source.Tenants(), o); err != nil {
			return nil, err
		}
	}
	report, err := pipeline.NewJudge(source, o).Report(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	report.Scan.SnapshotDigest, report.Scan.Interrupted = source.Digest(), source.Interrupted()
	report.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
	return report, nil
}

// mustScan is a scan that sees everything.
func (r *rig) mustScan(t testing.TB) *scanner.Report {
	t.Helper()
	report, err := r.scan(t.Context(), patient)
	if err != nil {
		t.Fatal(err)
	}
	return report
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
