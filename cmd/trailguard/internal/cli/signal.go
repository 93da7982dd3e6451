package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/trailguard/trailguard/scanner"
)

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string { return "stopped by " + e.signal.String() }

// WithSignals ends the context on the first SIGINT or SIGTERM. A second one
// ends the program the hard way, since the handler is then gone.
func WithSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(signalError{s})
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// Interruption is the exit status of a run that a signal stopped, or 0.
func Interruption(ctx context.Context) int {
	var s signalError
	switch {
	case !errors.As(context.Cause(ctx), &s):
		return 0
	case s.signal == syscall.SIGTERM:
		return scanner.ExitTerminated
	default:
		return scanner.ExitInterrupted
	}
}
