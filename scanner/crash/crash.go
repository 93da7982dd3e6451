// Package crash turns a panic, a fault of the program itself, into an error.
// Without it Go would end the process with exit status 2, which here means that
// something could not be assessed.
package crash

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Error is a panic that was caught.
type Error struct {
	what  string
	Stack []byte // of the panic, for whoever mends it
}

func (e *Error) Error() string {
	return "this is a fault of trailguard itself, nothing was judged: " + e.what +
		"; please report it with the output of `trailguard version` and what --verbose adds: https://github.com/trailguard/trailguard/issues"
}

// Catch must be deferred. It stores a panic of the deferring function in err.
func Catch(err *error) {
	if value := recover(); value != nil {
		*err = caught(value)
	}
}

// caught makes an error of the value of a panic. A panic that a Group passed on
// keeps the stack of where it began.
func caught(value any) *Error {
	var known *Error
	var fault runtime.Error
	err, _ := value.(error)
	switch text, isText := value.(string); {
	case errors.As(err, &known):
		return known
	case errors.As(err, &fault):
		return &Error{fault.Error(), debug.Stack()}
	case isText:
		return &Error{text, debug.Stack()}
	default:
		// A value may hold what must not be shown.
		return &Error{fmt.Sprintf("panic with %T", value), debug.Stack()}
	}
}

// Group is a sync.WaitGroup whose Wait panics with the first panic of its
// goroutines, so that the caller's own recovery handles it. The zero value is
// ready to use.
type Group struct {
	group sync.WaitGroup
	first atomic.Pointer[Error]
}

// Go runs a function in a goroutine.
func (g *Group) Go(f func()) {
	g.group.Go(func() {
		defer func() {
			if value := recover(); value != nil {
				g.first.CompareAndSwap(nil, caught(value))
			}
		}()
		f()
	})
}

// Wait waits for all goroutines, and panics if one of them did.
func (g *Group) Wait() {
	g.group.Wait()
	if fault := g.first.Load(); fault != nil {
		panic(fault)
	}
}
