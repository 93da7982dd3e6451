package heap

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// ceiling bounds the heap, in bytes, where nothing else does. A fleet of
	// 100,000 exports takes a tenth of it.
	ceiling = 8 << 30
	// look is the interval between two looks at the heap. A process writes
	// little more than 100 MB in that time.
	look = 20 * time.Millisecond
)

// Watch calls end with a message once more memory is alive than the process may
// use: GOMEMLIMIT, else the limit of its container or its ulimit, else 8 GB.
// Otherwise the system would kill the process without a word, or Go would end
// it with exit status 2, which here means something else.
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

// exceeded reports whether more than the limit is alive. Garbage that was not
// collected yet does not count.
func exceeded(objects func() uint64, limit uint64) bool {
	if objects() <= limit {
		return false
	}
	runtime.GC()
	return objects() > limit
}

// objects returns the size of everything on the heap in bytes, including
// garbage not yet swept.
func objects() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
