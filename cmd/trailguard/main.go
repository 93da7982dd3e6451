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

// guarded runs the program so that it never ends with what Go ends with where it
// cannot go on: 2, which here means incomplete.
func guarded(ctx context.Context) int {
	crash.Abort()
	heap.Tune()
	a, root := newApp(os.Args[1:], os.Stdin, os.Stdout, os.Stderr) //nolint:contextcheck // commands get theirs when they run, from ExecuteContext
	early := a.journal
	heap.Watch(func(said string) {
		early.Failed(scanner.ExitCannotRun, said, nil)
		os.Exit(scanner.ExitCannotRun)
	})
	if err := mute(a.logsJSON()); err != nil {
		early.Failed(scanner.ExitCannotRun, err.Error(), nil)
		return scanner.ExitCannotRun
	}
	return a.run(ctx, root)
}

// mute keeps what libraries print by themselves off standard error: it is no
// record, and may hold anything. A credential_process of AWS is left alone where
// somebody may look on and have to answer it.
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
