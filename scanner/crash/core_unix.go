//go:build unix

package crash

import "syscall"

// noCore prevents core dumps: the memory of an aborted process holds keys.
func noCore() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // where it cannot be set, the system's limit holds
}
