package history_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// benchExports is the size of the tenant in the benchmarks: enough shards for
// steady figures. TestScale has the full 100,000.
const benchExports = 10_000

func benchWorld(size int) *world {
	w := newWorld(size)
	w.requests = true
	for i := 0; i < size; i += 10 {
		w.failing[i] = true
	}
	return w
}

// benchRun records exports that exist already, so that making them does not
// count.
func benchRun(b testing.TB, s *history.Store, w *world, records []*scanner.Record, report *scanner.Report) {
	b.Helper()
	run, err := s.BeginRun(b.Context(), w.info())
	if err != nil {
		b.Fatal(err)
	}
	for part := range slices.Chunk(records, history.ShardSize) {
		if err := run.Shard(b.Context(), part); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := run.Finish(b.Context(), report); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRecordFirst(b *testing.B) {
	w := benchWorld(benchExports)
	records, report := w.records(), w.judged()
	size := int64(0)
	for i := 0; b.Loop(); i++ {
		path := filepath.Join(b.TempDir(), fmt.Sprintf("%d.db", i))
		s, err := history.Open(b.Context(), path, history.Options{})
		if err != nil {
			b.Fatal(err)
		}
		benchRun(b, s, w, records, report)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		size = fileSize(b, path)
	}
	b.ReportMetric(float64(benchExports*b.N)/b.Elapsed().Seconds(), "exports/s")
	b.ReportMetric(float64(size)/benchExports, "B/export")
}

func fileSize(b testing.TB, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

func BenchmarkRecordUnchanged(b *testing.B) { benchDays(b, func(*world) {}) }

// BenchmarkRecordDaily changes 2 % of the exports every day.
func BenchmarkRecordDaily(b *testing.B) {
	benchDays(b, func(w *world) {
		for i := w.day % 50; i < w.size; i += 50 {
			w.policy[i]++
		}
	})
}

// BenchmarkRecordDeliveries also gives every export a new delivery.
func BenchmarkRecordDeliveries(b *testing.B) {
	benchDays(b, func(w *world) {
		w.fresh = true
		for i := w.day % 50; i < w.size; i += 50 {
			w.policy[i]++
		}
	})
}

func benchDays(b *testing.B, change func(*world)) {
	path := filepath.Join(b.TempDir(), "history.db")
	s, err := history.Open(b.Context(), path, history.Options{})
	if err != nil {
		b.Fatal(err)
	}
	w := benchWorld(benchExports)
	benchRun(b, s, w, w.records(), w.judged())
	before := pageBytes(b, s, path)
	for b.Loop() {
		b.StopTimer()
		w.day++
		change(w)
		records, report := w.records(), w.judged()
		b.StartTimer()
		benchRun(b, s, w, records, report)
	}
	b.ReportMetric(float64(benchExports*b.N)/b.Elapsed().Seconds(), "exports/s")
	b.ReportMetric(float64(pageBytes(b, s, path)-before)/1000/float64(w.day)/(benchExports/1000), "KB/1000exports/run")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// pageBytes is the size of the file with everything in it.
func pageBytes(b testing.TB, s *history.Store, path string) int64 {
	b.Helper()
	if err := s.Checkpoint(b.Context()); err != nil {
		b.Fatal(err)
	}
	return fileSize(b, path)
}
