package crash

import "runtime/debug"

// Abort makes Go end the process by a signal where a fault cannot be caught,
// such as a stack overflow. No exit status of ours is a signal.
func Abort() {
	noCore()
	debug.SetTraceback("crash")
}
