//go:build unix

package iam_test

import (
	"syscall"
	"testing"
)

// cpuTime makes a benchmark report CPU time beside wall time, which other programs disturb.
func cpuTime(b *testing.B) {
	b.Helper()
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start := used()
	b.Cleanup(func() {
		if b.N > 0 {
			b.ReportMetric(float64(used()-start)/float64(b.N), "cpu-ns/op")
		}
	})
}
