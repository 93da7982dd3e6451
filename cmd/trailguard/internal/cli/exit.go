package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// ExitError makes the program exit with a status that the command chose. A nil
// error means that the command has already said why.
type ExitError struct {
	Status int
	Err    error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit status %d", e.Status)
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }

// Usage is wrong usage: exit status 64.
func Usage(format string, args ...any) error {
	return &ExitError{scanner.ExitUsage, fmt.Errorf(format, args...)}
}

// Ending is how an error ends the program.
func Ending(ctx context.Context, err error) *ExitError {
	var exit *ExitError
	if errors.As(err, &exit) {
		return exit
	}
	// A signal that arrived is the reason, whatever the error says.
	return &ExitError{cmp.Or(Interruption(ctx), scanner.ExitCannotRun), err}
}
