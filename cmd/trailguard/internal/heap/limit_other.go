//go:build !(linux || darwin || freebsd)

package heap

// addressSpace reports no limit: these systems have no ulimit -v.
func addressSpace() (uint64, bool) { return 0, false }
