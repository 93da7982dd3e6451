package history_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/processor"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// BenchmarkScale records many exports three times: for the first time, when
// only time has passed, and on a real day, when every export has a new delivery
// and 2 % of them changed. Its time is that of all three; the metrics tell them
// apart, and leave out the making of the records.
func BenchmarkScale(b *testing.B) {
	for _, size := range []int{20_000, 100_000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) { benchScale(b, size) })
	}
}

func benchScale(b *testing.B, size int) {
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "history.db")
		s, err := history.Open(b.Context(), path, history.Options{})
		if err != nil {
			b.Fatal(err)
		}
		w := benchWorld(size)
		var runs []int64
		var sizes []int64
		for day, name := range []string{"first", "unchanged", "daily"} {
			w.day = day
			if day == 2 {
				w.fresh = true
				for i := 0; i < size; i += 50 {
					w.policy[i]++
				}
			}
			run, took, cpu := streamRun(b, s, w)
			runs = append(runs, run)
			sizes = append(sizes, pageBytes(b, s, path))
			b.ReportMetric(float64(size)/took.Seconds(), name+"-exports/s")
			b.ReportMetric(cpu.Seconds(), name+"-cpu-s")
		}
		b.ReportMetric(float64(sizes[0])/float64(size), "first-B/export")
		b.ReportMetric(float64(sizes[2]-sizes[1])/float64(size), "daily-KB/1000exports")
		at := time.Now()
		c, err := s.Changes(b.Context(), runs[0], runs[2])
		if err != nil || len(c.Exports) != size/50 {
			b.Fatalf("%d changes, %v", len(c.Exports), err)
		}
		b.ReportMetric(float64(time.Since(at).Milliseconds()), "changes-ms")
		at = time.Now()
		verify(b, s)
		b.ReportMetric(time.Since(at).Seconds(), "verify-s")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// streamRun records a run without holding all of it, and returns the history's
// wall-clock and processor time.
func streamRun(b *testing.B, s *history.Store, w *world) (run int64, took, cpu time.Duration) {
	b.Helper()
	timed := func(do func()) {
		at, used := time.Now(), processor.Time()
		do()
		took += time.Since(at)
		cpu += processor.Time() - used
	}
	var r *history.Run
	var err error
	info := w.info()
	timed(func() { r, err = s.BeginRun(b.Context(), info) })
	for from := 0; from < w.size && err == nil; from += history.ShardSize {
		records := make([]*scanner.Record, 0, history.ShardSize)
		for i := from; i < min(from+history.ShardSize, w.size); i++ {
			records = append(records, w.record(i))
		}
		timed(func() { err = r.Shard(b.Context(), records) })
	}
	if err == nil {
		report := w.judged()
		timed(func() { _, err = r.Finish(b.Context(), report) })
	}
	if err != nil {
		b.Fatal(err)
	}
	return r.ID, took, cpu
}
