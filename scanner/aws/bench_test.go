package aws

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// BenchmarkCollect collects exports over half as many buckets and roles of one account
// from a service that takes 50 ms for each answer. The ratio is the time taken over
// calls × latency ÷ concurrency.
func BenchmarkCollect(b *testing.B) {
	for _, n := range []int{200, 2000, 20000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			f, records := fleetOf(b, n)
			f.latency = 50 * time.Millisecond
			o := f.options()
			o.HTTPTransport = nil // the SDK's own, with its connections kept
			o.Timeout, o.Concurrency = 30*time.Second, 16
			for b.Loop() {
				before := f.total()
				start := time.Now()
				collect(b, o, records...)
				took := time.Since(start)
				calls := f.total() - before
				ideal := time.Duration(calls) * f.latency / time.Duration(o.Concurrency)
				b.ReportMetric(float64(calls), "calls")
				b.ReportMetric(took.Seconds()/ideal.Seconds(), "ratio")
			}
		})
	}
}

// fleetOf serves n exports, two of them to each bucket and by each role.
func fleetOf(b *testing.B, n int) (*fakeAWS, []scanner.Record) {
	b.Helper()
	w := acme()
	var records []scanner.Record
	for i := range n / 2 {
		bucket, role := fmt.Sprintf("bucket-%05d", i), fmt.Sprintf("role-%05d", i)
		w.buckets[bucket] = acmeBucket()
		w.roles[home+"/"+role] = w.roles[home+"/exporter"]
		for j := range 2 {
			records = append(records, roleExport(fmt.Sprintf("%d-%d", i, j), bucket, "arn:aws:iam::"+home+":role/exports/"+role))
		}
	}
	return newFake(b, w), records
}

func (f *fakeAWS) total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := 0
	for _, n := range f.calls {
		sum += n
	}
	return sum
}
