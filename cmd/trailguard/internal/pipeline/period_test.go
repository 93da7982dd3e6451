package pipeline_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/processor"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/history"
)

const (
	yearDays    = 365
	yearExports = 1000
	yearRules   = 45
	yearFailing = 5 // results of each export
)

// BenchmarkAttest adds a year up of a thousand exports that were judged every day by 45
// rules, of which five fail for each. peak-MB is the most that the heap held.
func BenchmarkAttest(b *testing.B) {
	store, from := year(b)
	for b.Loop() {
		var peak atomic.Uint64
		done := make(chan struct{})
		go watch(&peak, done)
		used := processor.Time()
		p, err := pipeline.Attest(b.Context(), store, from, from.AddDate(0, 0, yearDays-1), "")
		b.ReportMetric((processor.Time() - used).Seconds(), "cpu-s")
		close(done)
		if err != nil {
			b.Fatal(err)
		}
		// The tenant is one besides its exports.
		if len(p.Exports) != yearExports+1 || p.Summary.Failing != yearDays || len(p.Episodes) != yearExports*yearFailing || p.Deliveries[0].Arrived != yearDays {
			b.Fatalf("%d exports, %+v, %d failures, %+v", len(p.Exports), p.Summary, len(p.Episodes), p.Deliveries[0])
		}
		b.ReportMetric(float64(peak.Load())/1e6, "peak-MB")
	}
}

func watch(peak *atomic.Uint64, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(10 * time.Millisecond):
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
		}
	}
}

// year records the runs.
func year(b *testing.B) (store *history.Store, from time.Time) {
	b.Helper()
	store, err := history.Open(b.Context(), filepath.Join(b.TempDir(), "h.db"), history.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	from = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	report := yearReport()
	for day := range yearDays {
		at := from.AddDate(0, 0, day).Add(6 * time.Hour)
		if err := recordDay(b, store, at, report); err != nil {
			b.Fatal(err)
		}
	}
	return store, from
}

func recordDay(b *testing.B, store *history.Store, at time.Time, report *scanner.Report) error {
	tenant := scanner.Tenant{Name: "acme", Complete: true, ConfigurationIDs: []string{}, Principals: []string{}, Gaps: []scanner.Gap{}}
	var records []*scanner.Record
	for i := range report.Exports {
		id := report.Exports[i].ID
		tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, id)
		r := &scanner.Record{Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: id, Endpoint: scanner.Endpoint{Bucket: "audit-" + id}}}
		days := ""
		for n := -30; n <= 0; n++ {
			day := at.AddDate(0, 0, n)
			days += fmt.Sprintf(`,{"Day":%q,"Objects":2,"First":%q,"Last":%q}`, day.Format(time.DateOnly), day.Add(-5*time.Hour).Format(time.RFC3339), day.Format(time.RFC3339))
		}
		text := fmt.Sprintf(`{"Objects":62,"Complete":true,"Newest":{"Key":"k"},"Since":%q,"Days":[%s]}`, at.AddDate(0, 0, -30).Truncate(24*time.Hour).Format(time.RFC3339), days[1:])
		r.Evidence = []scanner.Evidence{scanner.NewEvidence(document.KindDelivery, "s3:ListObjectsV2", "arn:aws:s3:::audit-"+id, "", text, at)}
		records = append(records, r)
	}
	run, err := store.BeginRun(b.Context(), history.RunInfo{Header: scanner.Header{CollectedAt: at}, Tenants: []scanner.Tenant{tenant}, AsOf: at, RulesDigest: "r"})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(records, history.ShardSize) {
		if err := run.Shard(b.Context(), part); err != nil {
			return err
		}
	}
	_, err = run.Finish(b.Context(), report)
	return err
}

func yearReport() *scanner.Report {
	r := &scanner.Report{
		Summary: scanner.Summary{ByStatus: map[scanner.Status]int{}, BySeverity: map[scanner.Severity]int{}},
		Tenants: []scanner.TenantResult{{Name: "acme", Complete: true}}, Scan: scanner.ScanInfo{Complete: true},
	}
	results := map[string]scanner.Status{}
	for n := range yearRules {
		id := fmt.Sprintf("rule_number_%02d", n)
		r.Rules = append(r.Rules, scanner.Rule{ID: id, Severity: scanner.SeverityHigh})
		if results[id] = scanner.StatusPass; n < yearFailing {
			results[id] = scanner.StatusFail
		}
		r.Controls = append(r.Controls, scanner.ControlResult{Framework: "SOC 2", ID: fmt.Sprint("CC", n), State: scanner.ControlMet, Rules: []scanner.ControlRule{{RuleID: id}}})
	}
	for i := range yearExports {
		e := scanner.ExportResult{Tenant: "acme", ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i), Results: results}
		r.Exports = append(r.Exports, e)
		for n := range yearFailing {
			rule := r.Rules[n].ID
			r.Findings = append(r.Findings, scanner.Finding{
				RuleID: rule, Severity: scanner.SeverityHigh, Status: scanner.StatusFail, Tenant: "acme", ExportID: e.ID,
				Fingerprint: scanner.Fingerprint(rule, "acme", e.ID, "", ""),
			})
		}
	}
	return r
}
