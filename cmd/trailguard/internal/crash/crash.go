// Package crash turns a panic, a fault of the program itself, into an error. Go's
// own end of a process has exit status 2, which here means that something could
// not be assessed.
package crash

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Error is a panic that was caught.
type Error struct {
	what  string
	Stack []byte // for whoever mends it
}

func (e *Error) Error() string {
	return "this is a fault of trailguard itself, nothing was judged: " + e.what +
		"; please report it with the output of `trailguard version` and what --verbose adds: https://github.com/trailguard/trailguard/issues"
}

// Catch, when deferred, puts a panic of its function into err.
func Catch(err *error) {
	switch value := recover().(type) {
	case nil:
	case runtime.Error:
		*err = &Error{value.Error(), debug.Stack()}
	case string:
		*err = &Error{value, debug.Stack()}
	default:
		// A value may hold what must not be shown.
		*err = &Error{fmt.Sprintf("panic with %T", value), debug.Stack()}
	}
}
