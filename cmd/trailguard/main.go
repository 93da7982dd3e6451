// Command trailguard proves that an organisation's Immuta audit trail reaches
// its S3 buckets, and that nobody unexpected can write it, delete it or assume
// the role that does.
package main

import (
	"context"
	"os"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/heap"
)

// version is set by the linker in released builds.
var version = "devel"

func main() {
	heap.Tune()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
