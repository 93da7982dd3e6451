package opa

import (
	"context"
	"time"

	"github.com/trailguard/trailguard/scanner/crash"
)

// linger is how long a goroutine waits for further work.
const linger = 100 * time.Millisecond

// crew hands work to goroutines that have worked before: a fresh one grows its
// stack anew, which takes half as long again as all rules together.
type crew chan func()

func (c crew) do(work func()) {
	select {
	case c <- work:
	default: // nobody waits for any
		go c.serve(work)
	}
}

func (c crew) serve(work func()) {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for {
		work()
		timer.Reset(linger)
		select {
		case work = <-c:
		case <-timer.C:
			return
		}
	}
}

// attend hands work to the crew, and waits no longer than the context lasts. OPA
// looks at the context between expressions, not within a built-in or while it copies
// results. Work that is given up ends by itself, and its result is dropped.
func attend[T any](ctx context.Context, c crew, work func() (T, error)) (T, error) {
	type said struct {
		value T
		err   error
	}
	done := make(chan said, 1)
	c.do(func() {
		var s said
		defer func() { done <- s }()
		defer crash.Catch(&s.err)
		s.value, s.err = work()
	})
	select {
	case s := <-done:
		return s.value, s.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
