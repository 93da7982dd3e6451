package heap

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// ceiling is what the heap may hold where nothing else limits it. A fleet of
	// 100,000 exports holds a tenth of it.
	ceiling = 8 << 30
	// look is how often the heap is looked at. In that time not much more than
	// 100 MB are written.
	look = 20 * time.Millisecond
)

// Watch calls end with a sentence once more is alive than the process may have:
// GOMEMLIMIT, else what its container or its ulimit leaves it, else 8 GB. Go
// itself, or the system, would end the process without a word that tells whom
// it hit, and Go with the exit status 2.
func Watch(end func(string)) {
	limit := allowed()
	debug.SetMemoryLimit(limit)
	go func() {
		for range time.Tick(look) {
			if exceeded(objects, uint64(limit)) {
				end(fmt.Sprintf("out of memory: more than %d MB are in use; scan fewer tenants or exports at a time (--tenant, --export), "+
					"or allow more with GOMEMLIMIT, such as GOMEMLIMIT=%dMiB", limit>>20, limit>>19))
				return
			}
		}
	}()
}

// exceeded says whether more than a limit is alive. What only waits for the
// collector does not count.
func exceeded(objects func() uint64, limit uint64) bool {
	if objects() <= limit {
		return false
	}
	runtime.GC()
	return objects() > limit
}

// objects is the size of everything on the heap, alive or not yet swept.
func objects() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
