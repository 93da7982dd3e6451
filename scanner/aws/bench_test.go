package aws

import (
	"fmt"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// BenchmarkCollect collects 200 exports over 100 buckets and 100 roles from a
// service that takes 50 ms for each answer. The ratio is the time taken over
// calls × latency ÷ concurrency.
func BenchmarkCollect(b *testing.B) {
	w := acme()
	var records []scanner.Record
	for i := range 100 {
		bucket, role := fmt.Sprintf("bucket-%03d", i), fmt.Sprintf("role-%03d", i)
		w.buckets[bucket] = acmeBucket()
		w.roles[home+"/"+role] = w.roles[home+"/exporter"]
		for j := range 2 {
			records = append(records, roleExport(fmt.Sprintf("%d-%d", i, j), bucket, "arn:aws:iam::"+home+":role/exports/"+role))
		}
	}
	f := newFake(b, w)
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
