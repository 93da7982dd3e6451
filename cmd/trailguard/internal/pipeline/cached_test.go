package pipeline_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/history"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// collect scans a sandbox whose clock stands on monday, as of a later time.
func collect(t *testing.T, server *sandbox.Server, at time.Time) *pipeline.Snapshot {
	t.Helper()
	for _, variable := range append(server.Environ(), "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_PROFILE=") {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	c, err := config.Parse("sandbox", []byte(server.Config()))
	if err != nil {
		t.Fatal(err)
	}
	memory := &pipeline.Memory{}
	if _, err := pipeline.Collect(t.Context(), pipeline.CollectOptions{
		Config: c, Now: func() time.Time { return at }, Logger: slog.New(slog.DiscardHandler), Warn: func(error) {},
	}, memory.Create); err != nil {
		t.Fatal(err)
	}
	source, err := memory.Open()
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// judged is the report of a run as JSON, and how many exports it did not have
// to judge.
func judged(t *testing.T, source *pipeline.Snapshot, store *history.Store) (report string, reused int) {
	t.Helper()
	ctx := context.Background()
	engine, err := pipeline.LoadRules(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	derive := facts.Options{Settings: source.Header().Settings, AsOf: source.Header().CollectedAt, Tenants: source.Tenants()}
	var judge scanner.Judge
	plain := &pipeline.Judge{Deriver: facts.New(derive), Engine: engine}
	judge = plain
	options := scanner.ReportOptions{AsOf: derive.AsOf, FailOn: scanner.SeverityLow, Seal: source.Seal}
	var recording *pipeline.Recording
	if store != nil {
		recording, err = pipeline.Record(ctx, pipeline.RecordOptions{Store: store, Source: source, Judge: plain, Derive: derive})
		if err != nil {
			t.Fatal(err)
		}
		judge, options.Observe, options.ObserveTenant = recording.Judge, recording.Observe(ctx), recording.ObserveTenant
	}
	r, err := scanner.Scan(ctx, source, judge, options)
	if err != nil {
		t.Fatal(err)
	}
	if recording != nil {
		if err := recording.Finish(ctx, r); err != nil {
			t.Fatal(err)
		}
		reused = recording.Judge.Reused
	}
	var text bytes.Buffer
	if err := reporters.JSON(&text, r, reporters.Options{}); err != nil {
		t.Fatal(err)
	}
	return text.String(), reused
}

// What did not change is not judged again, and the report does not show it:
// not even where only the passing of time makes a difference.
func TestUnchangedEvidenceIsNotJudgedAgain(t *testing.T) {
	data := acme.Files()
	dated, err := sandbox.Edit(data, "policies/trust/finance.json", `"Condition": {`,
		`"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-03-02T12:00:00Z"},`)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.Start(t.Context(), sandbox.Options{Now: monday, Data: dated})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "h.db"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()

	first, reused := judged(t, collect(t, server, monday), store)
	if reused != 0 {
		t.Errorf("the first run took over %d results", reused)
	}
	// Two days later nothing has arrived: the same evidence is no longer fresh.
	later := monday.Add(48 * time.Hour)
	plain, _ := judged(t, collect(t, server, later), nil)
	cached, reused := judged(t, collect(t, server, later), store)
	if reused != 13 {
		t.Errorf("%d of 14 exports were taken over, want all but the one whose policy asks for the time", reused)
	}
	if diff := cmp.Diff(plain, cached); diff != "" {
		t.Errorf("the report shows what was not judged again (-judged +taken over):\n%s", diff)
	}
	if !strings.Contains(cached, "delivery_fresh") || strings.Count(cached, `"delivery_fresh": "fail"`) <= strings.Count(first, `"delivery_fresh": "fail"`) {
		t.Error("two days without delivery made no export stale: the test shows nothing")
	}
}
