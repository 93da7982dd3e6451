//go:build linux || darwin || freebsd

package heap

import "syscall"

// addressSpace returns the limit that ulimit -v sets, in bytes, and false where
// it sets none.
func addressSpace() (uint64, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		return 0, false
	}
	bytes := uint64(limit.Cur) //nolint:unconvert // signed on some systems
	return bytes, bytes < 1<<62
}
