package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	company "github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/fleet"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

var shippedRules = sync.OnceValues(func() (*opa.Engine, error) { return pipeline.LoadRules(context.Background(), nil) })

func engine(t testing.TB) *opa.Engine {
	t.Helper()
	e, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// acme collects the sandbox's exports.
func acme(t testing.TB) (scanner.Header, scanner.Tenant, []*scanner.Record) {
	t.Helper()
	return collected(t, company.Files())
}

// collected are the exports of a company.
func collected(t testing.TB, data fs.FS) (scanner.Header, scanner.Tenant, []*scanner.Record) {
	t.Helper()
	server, err := sandbox.Start(t.Context(), sandbox.Options{Data: data, Now: monday})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
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
		Config: c, Now: func() time.Time { return monday }, Warn: func(error) {},
	}, memory.Create); err != nil {
		t.Fatal(err)
	}
	source, err := memory.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var records []*scanner.Record
	if err := pipeline.Each(source, func(r *scanner.Record) error { records = append(records, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return source.Header(), source.Tenants()[0], records
}

// world writes the snapshot of a small fleet: each of the company's exports
// several times, and some of which Immuta tells nothing.
func world(t *testing.T, path string, change func(i int, r *scanner.Record)) {
	t.Helper()
	header, tenant, records := acme(t)
	var all []scanner.Record
	tenant.ConfigurationIDs = nil
	records = slices.DeleteFunc(records, func(r *scanner.Record) bool {
		return r.Configuration.Endpoint.RoleARN == "" || r.Configuration.Endpoint.Bucket == "" // no fleet can be made of it
	})
	for i, template := range records {
		for r := range fleet.Records(template, 5) {
			r.Configuration.ID = fleet.IDs(5 * len(records))[len(all)]
			r.Gaps = template.Gaps
			if i%3 == 0 {
				r.Configuration.Missing = []string{"connectionStatus", "enabled"}
			}
			change(len(all), &r)
			all = append(all, r)
			tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, r.Configuration.ID)
		}
	}
	w, err := snapshot.Create(path, header, []scanner.Tenant{tenant})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if err := w.Record(all[i]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(false); err != nil {
		t.Fatal(err)
	}
}

// However many exports are judged at once, the report is the same.
func TestTheReportIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	before, now := filepath.Join(t.TempDir(), "before.jsonl"), filepath.Join(t.TempDir(), "now.jsonl")
	world(t, before, func(int, *scanner.Record) {})
	world(t, now, func(i int, r *scanner.Record) {
		for j := range r.Evidence {
			e := &r.Evidence[j]
			if i%4 == 0 && e.Kind == document.KindBucketPolicy && !e.Absent {
				*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, strings.Replace(e.Text, `"Action": "s3:PutObject"`, `"Action": "s3:*"`, 1), e.CollectedAt)
			}
		}
	})
	var first string
	for _, n := range []int{1, 2, 7} {
		source, err := pipeline.OpenSnapshot(now)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		o := pipeline.JudgeOptions{Engine: engine(t), Settings: source.Header().Settings, AsOf: monday, Parallel: n}
		if o.Baseline, err = pipeline.OpenBaseline(t.Context(), before, source.Tenants(), o); err != nil {
			t.Fatal(err)
		}
		defer o.Baseline.Close()
		report, err := pipeline.NewJudge(source, o).Report(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		missing, err := o.Baseline.Earlier.Compare(t.Context(), report)
		if err != nil {
			t.Fatal(err)
		}
		report.Findings = append(report.Findings, missing...)
		report.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
		var text bytes.Buffer
		if err := reporters.JSON(&text, report, reporters.Options{}); err != nil {
			t.Fatal(err)
		}
		switch {
		case first == "":
			first = text.String()
			if len(report.Exports) != 95 || len(report.Drift) == 0 || len(report.Findings) < 60 {
				t.Fatalf("%d exports, %d changes, %d findings: the test shows nothing", len(report.Exports), len(report.Drift), len(report.Findings))
			}
		case text.String() != first:
			t.Errorf("the report of %d workers is not that of one", n)
		}
	}
}

// stream is a run of the same export for ever, or until it fails.
type stream struct {
	record *scanner.Record
	tenant scanner.Tenant
	fail   int64 // the number of the record that cannot be read; 0: none
	read   atomic.Int64
}

var errBroken = errors.New("the snapshot is broken")

func (s *stream) Header() scanner.Header    { return scanner.Header{CollectedAt: monday} }
func (s *stream) Tenants() []scanner.Tenant { return []scanner.Tenant{s.tenant} }
func (s *stream) Next() (*scanner.Record, error) {
	if s.read.Add(1) == s.fail {
		return nil, errBroken
	}
	return s.record, nil
}

func endless(t *testing.T) *stream {
	t.Helper()
	_, tenant, records := acme(t)
	return &stream{record: records[0], tenant: tenant}
}

// Whatever ends the loop ends the workers: TestMain finds one that is left. No
// more is read than a small window, so that memory is bounded.
func TestTheLoopEndsItsWorkers(t *testing.T) {
	const workers, window = 3, 128
	s := endless(t)
	judge := func() *pipeline.Judge {
		s.read.Store(0)
		return pipeline.NewJudge(s, pipeline.JudgeOptions{Engine: engine(t), AsOf: monday, Parallel: workers})
	}
	t.Run("by an error", func(t *testing.T) {
		s.fail = 5
		defer func() { s.fail = 0 }()
		handed := 0
		var got error
		for _, err := range judge().All(t.Context()) {
			if got = err; err == nil {
				handed++
			}
		}
		if !errors.Is(got, errBroken) || handed != 4 {
			t.Errorf("%d exports and then %v, want 4 and what is broken", handed, got)
		}
	})
	t.Run("by leaving", func(t *testing.T) {
		for range judge().All(t.Context()) {
			time.Sleep(20 * time.Millisecond) // they are ahead as far as they may be
			break
		}
		if n := s.read.Load(); n > window {
			t.Errorf("%d exports were read for one", n)
		}
	})
	t.Run("by the context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		handed := 0
		var got error
		for _, err := range judge().All(ctx) {
			if handed++; handed == 3 {
				cancel()
			}
			got = err
		}
		if !errors.Is(got, context.Canceled) || handed > 3+window {
			t.Errorf("%d exports and then %v, want an early end", handed, got)
		}
	})
	t.Run("by a context that had ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := judge().Report(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v of a context that had ended", err)
		}
	})
}

func TestSelection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.jsonl")
	world(t, path, func(int, *scanner.Record) {})
	for _, tt := range []struct {
		name      string
		selection scanner.Selection
		exports   int
		tenants   int
	}{
		{"everything", scanner.Selection{}, 95, 1},
		{"two exports", scanner.Selection{Exports: fleet.IDs(2)}, 2, 1},
		{"a tenant", scanner.Selection{Tenants: []string{"acme"}}, 95, 1},
		{"no tenant", scanner.Selection{Tenants: []string{"globex"}}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source, err := pipeline.OpenSnapshot(path)
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			exports, tenants := 0, 0
			judge := pipeline.NewJudge(source, pipeline.JudgeOptions{Engine: engine(t), AsOf: monday, Selection: tt.selection})
			for judged, err := range judge.All(t.Context()) {
				switch {
				case err != nil:
					t.Fatal(err)
				case judged.Tenant != nil:
					tenants++
				default:
					exports++
				}
			}
			if exports != tt.exports || tenants != tt.tenants {
				t.Errorf("%d exports and %d tenants, want %d and %d", exports, tenants, tt.exports, tt.tenants)
			}
			if _, err := source.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("the records were not read to their end: %v", err)
			}
		})
	}
}
