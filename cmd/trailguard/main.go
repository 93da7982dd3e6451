// Command trailguard proves that an organisation's Immuta audit trail reaches
// its S3 buckets, and that nobody unexpected can write it, delete it or assume
// the role that does.
package main

import (
	"context"
	"log/slog"
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
	heap.Watch(func(said string) {
		a := &app{stderr: os.Stderr, jsonLog: wantsJSONLog(os.Args[1:], os.LookupEnv)}
		a.say((*slog.Logger).Error, complaint, said, slog.Int("exit_status", scanner.ExitCannotRun))
		os.Exit(scanner.ExitCannotRun)
	})
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
