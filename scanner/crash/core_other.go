//go:build !unix

package crash

// noCore does nothing: on these systems an aborted process leaves no core dump.
func noCore() {}
