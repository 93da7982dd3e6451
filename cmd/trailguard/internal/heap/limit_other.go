//go:build !(linux || darwin || freebsd)

package heap

// addressSpace has no limit elsewhere.
func addressSpace() (uint64, bool) { return 0, false }
