// Package patience ends a call after a time, as context.WithTimeout does, and
// lets the time stand still while the call waits for leave to go on.
package patience

import (
	"context"
	"sync"
	"time"
)

// limited is the context of one call.
type limited struct {
	context.Context // the caller's
	now             func() time.Time
	done            chan struct{}

	mu    sync.Mutex
	err   error       // why it ended
	timer *time.Timer // ends it; stopped during pauses
	left  time.Duration
	since time.Time // the timer runs, with that much left
	holds int       // pauses that are not over
}

type key struct{}

// With returns a context that ends after a time, pauses not counted.
func With(ctx context.Context, timeout time.Duration, now func() time.Time) (context.Context, context.CancelFunc) {
	l := &limited{Context: ctx, now: now, done: make(chan struct{}), left: timeout, since: now()}
	l.mu.Lock()
	l.timer = time.AfterFunc(timeout, l.expire)
	l.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { l.end(ctx.Err()) })
	return l, func() {
		stop()
		l.end(context.Canceled)
	}
}

// Pause stops the time of the call that a context belongs to until resume is
// called. A context without such a time has none to stop.
func Pause(ctx context.Context) (resume func()) {
	l, ok := ctx.Value(key{}).(*limited)
	if !ok {
		return func() {}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds++; l.holds == 1 {
		l.timer.Stop()
		l.left = max(0, l.left-l.now().Sub(l.since))
	}
	return l.resume
}

func (l *limited) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds--; l.holds == 0 && l.err == nil {
		l.since = l.now()
		l.timer.Reset(l.left)
	}
}

// expire ends the call unless a pause began while the timer went off.
func (l *limited) expire() {
	l.mu.Lock()
	paused := l.holds > 0
	l.mu.Unlock()
	if !paused {
		l.end(context.DeadlineExceeded)
	}
}

func (l *limited) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		l.timer.Stop()
		close(l.done)
	}
}

// Done implements context.Context.
func (l *limited) Done() <-chan struct{} { return l.done }

// Err implements context.Context.
func (l *limited) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Value implements context.Context.
func (l *limited) Value(k any) any {
	if k == (key{}) {
		return l
	}
	return l.Context.Value(k)
}
