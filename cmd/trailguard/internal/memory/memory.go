// Package memory tells the garbage collector how much memory is worth how much
// time. It holds no caches and counts nothing.
package memory

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

const (
	// budget is what the heap may grow to for the sake of fewer collections. A
	// fleet of 100,000 exports still fits into 600 MB.
	budget = 512 << 20
	// rare and usual are how far the heap grows between two collections, in
	// percent of what is alive: as far as the budget allows, and in any case as
	// far as Go's default does. A collection costs the same, however much
	// garbage it finds.
	rare, usual = 400, 100
	// interval is how often the percentage is adapted to what is alive.
	interval = 200 * time.Millisecond
	// share is what the heap may take of a container's memory: the rest is for
	// what Go does not count.
	share = 0.9
)

// Tune sets the collector's target for the life of the process. Whoever sets
// GOGC or GOMEMLIMIT knows better, and is left alone.
func Tune() {
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit, ok := containerLimit(os.DirFS("/")); ok {
			debug.SetMemoryLimit(int64(float64(limit) * share))
		}
	}
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(rare)
	go func() {
		alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		last := rare
		for range time.Tick(interval) {
			metrics.Read(alive)
			if p := percent(alive[0].Value.Uint64()); p != last {
				debug.SetGCPercent(p)
				last = p
			}
		}
	}()
}

// percent is how far the heap may grow beyond what is alive. It is rounded, so
// that it seldom changes: each change begins a collection.
func percent(alive uint64) int {
	if alive == 0 {
		return rare
	}
	room := (float64(budget) - float64(alive)) / float64(alive) * 100
	return int(math.Floor(min(max(room, usual), rare)/50)) * 50
}

// containerLimit is the memory that the process may have by its control group
// or any above it, in either version of control groups. Elsewhere than on Linux
// there is none.
func containerLimit(root fs.FS) (uint64, bool) {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	lowest := uint64(math.MaxUint64)
	for line := range strings.Lines(string(groups)) {
		// hierarchy:controllers:path; version 2 has neither of the first two.
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		mount, name := "sys/fs/cgroup", "memory.max"
		switch parts[1] {
		case "":
		case "memory":
			mount, name = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// A container sees its own group as the root of the mount, though its
		// path may be that on the host: what is not there is passed over.
		for dir := path.Clean("/" + parts[2]); ; dir = path.Dir(dir) {
			if text, err := fs.ReadFile(root, path.Join(mount, dir, name)); err == nil {
				// "max" is no number, and no limit.
				if limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil {
					lowest = min(lowest, limit)
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	// Version 1 writes "no limit" as the largest number of whole pages.
	return lowest, lowest > 0 && lowest < 1<<62
}
