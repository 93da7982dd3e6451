// Command trailguard proves that an organisation's Immuta audit trail reaches
// its S3 buckets, and that nobody unexpected can write it, delete it or assume
// the role that does.
package main

import (
	"context"
	"io"
	"log"
	"os"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/heap"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
)

// version is set by the linker in released builds.
var version = "devel"

func main() {
	os.Exit(guarded(context.Background()))
}

// guarded runs the program. It prevents the exit status 2 that Go has for
// faults and exhausted memory, since here that status means incomplete.
func guarded(ctx context.Context) int {
	crash.Abort()
	heap.Tune()
	a, root := newApp(os.Args[1:], os.Stdin, os.Stdout, os.Stderr) //nolint:contextcheck // commands get theirs when they run, from ExecuteContext
	early := a.Journal
	heap.Watch(func(said string) {
		early.Failed(scanner.ExitCannotRun, said, nil)
		os.Exit(scanner.ExitCannotRun)
	})
	if err := mute(a.LogsJSON()); err != nil {
		early.Failed(scanner.ExitCannotRun, err.Error(), nil)
		return scanner.ExitCannotRun
	}
	return run(ctx, a, root)
}

// mute silences what libraries print by themselves: it has no form, and may
// hold anything. Only where whole is set is the standard error of other
// programs silenced too: a credential_process of AWS may ask the person at the
// terminal something.
func mute(whole bool) error {
	log.SetOutput(io.Discard)
	if !whole {
		return nil
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err == nil {
		os.Stderr = null
	}
	return err
}
