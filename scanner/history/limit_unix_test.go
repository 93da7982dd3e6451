//go:build unix

package history_test

import (
	"os/signal"
	"syscall"
)

// limitFiles makes writing beyond a number of bytes fail.
func limitFiles(size uint64) error {
	signal.Ignore(syscall.SIGXFSZ) // so that writing fails instead
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: size})
}
