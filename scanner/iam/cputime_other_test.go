//go:build !unix

package iam_test

import "testing"

// cpuTime does nothing where the system tells CPU time in another way.
func cpuTime(*testing.B) {}
