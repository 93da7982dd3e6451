//go:build unix

package history_test

import (
	"os/signal"
	"syscall"
	"time"
)

// limitFiles has writing beyond a number of bytes fail.
func limitFiles(size uint64) error {
	signal.Ignore(syscall.SIGXFSZ) // so that writing fails instead
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: size})
}

// processorTime is what the process has used of the processors so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for no process that asks about itself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
