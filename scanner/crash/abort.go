package crash

import "runtime/debug"

// Abort has Go abort the process where nothing can be caught, such as a stack
// that overflows: by a signal, which no exit status of ours is.
func Abort() {
	noCore()
	debug.SetTraceback("crash")
}
