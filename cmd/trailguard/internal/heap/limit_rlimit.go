//go:build linux || darwin || freebsd

package heap

import "syscall"

// addressSpace is what ulimit -v leaves the process, where it leaves less than
// everything.
func addressSpace() (uint64, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		return 0, false
	}
	bytes := uint64(limit.Cur) //nolint:unconvert // signed on some systems
	return bytes, bytes < 1<<62
}
