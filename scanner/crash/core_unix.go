//go:build unix

package crash

import "syscall"

// noCore keeps the memory of an aborted process, and keys with it, off the disk.
func noCore() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // where it cannot be set, the system's limit holds
}
