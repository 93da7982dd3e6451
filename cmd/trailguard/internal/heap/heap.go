// Package heap sets how eagerly Go's garbage collector runs, and ends a process
// whose memory outgrows its limit. It caches nothing.
package heap

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// budget is the heap size, in bytes, up to which collections are made rare.
	// With it, a fleet of 100,000 exports still fits into 600 MB.
	budget = 256 << 20
	// rare and usual are the highest and lowest growth of the heap between two
	// collections, in percent of what is alive. Within the budget the heap may
	// grow by up to rare, beyond it by usual. A collection costs the same
	// however much garbage it finds, so fewer are cheaper.
	rare, usual = 400, 60
	// interval is how often the percentage is adapted to what is alive.
	interval = 200 * time.Millisecond
	// share is what the heap may take of a container's memory: the rest is for
	// what Go does not count.
	share = 0.9
	// part is what the heap may take of an address space: Go reserves as much
	// again.
	part = 0.5
)

// Tune sets the collector's target for the life of the process. It changes
// nothing where GOGC is set.
func Tune() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(rare)
	go func() {
		alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for range time.Tick(interval) {
			metrics.Read(alive)
			debug.SetGCPercent(percent(alive[0].Value.Uint64()))
		}
	}()
}

// percent returns how far the heap may grow beyond what is alive, in percent.
func percent(alive uint64) int {
	room := (float64(budget)/float64(max(alive, 1)) - 1) * 100
	return int(min(max(room, usual), rare))
}

// allowed returns how many bytes the process may use.
func allowed() int64 {
	if limit := debug.SetMemoryLimit(-1); os.Getenv("GOMEMLIMIT") != "" {
		return limit
	}
	limit := float64(ceiling)
	if bytes, ok := containerLimit(os.DirFS("/")); ok {
		limit = min(limit, float64(bytes)*share)
	}
	if bytes, ok := addressSpace(); ok {
		limit = min(limit, float64(bytes)*part)
	}
	return int64(limit)
}
