package scan

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
)

// slowError ends a run whose judging took longer than allowed.
type slowError struct{ limit time.Duration }

func (e slowError) Error() string {
	return fmt.Sprintf("judging took longer than --timeout %s, and nothing is reported: raise it, or judge fewer exports in one run with --tenant or --export", e.limit)
}

// All judges everything, for as long as --timeout says. Collecting has the same
// time of its own, so that a run that used it up still judges what it has.
func (r *Run) All(ctx context.Context, judge *pipeline.Judge) iter.Seq2[*scanner.Judged, error] {
	limit := r.flags.timeout
	if limit == 0 {
		return judge.All(ctx)
	}
	return func(yield func(*scanner.Judged, error) bool) {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, slowError{limit})
		defer cancel()
		for judged, err := range judge.All(ctx) {
			if slow := (slowError{}); err != nil && errors.As(context.Cause(ctx), &slow) {
				err = slow
			}
			if !yield(judged, err) {
				return
			}
		}
	}
}
