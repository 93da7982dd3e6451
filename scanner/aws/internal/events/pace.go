package events

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/smithy-go/middleware"
)

// Every is the time between two attempts: CloudTrail answers two a second for each
// account and region, whoever asks.
const Every = 500 * time.Millisecond

// Pace keeps the attempts of one account and region apart. It is held by one reader
// at a time.
type Pace struct {
	turn  chan struct{}
	every time.Duration
	last  *time.Timer // of the last attempt; nil: there was none
}

// NewPace returns the pace of an account and region.
func NewPace(every time.Duration) *Pace {
	return &Pace{turn: make(chan struct{}, 1), every: every}
}

// Hold waits for the turn of the caller, who calls what is returned afterwards.
func (p *Pace) Hold(ctx context.Context) (release func(), err error) {
	select {
	case p.turn <- struct{}{}:
		return func() { <-p.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for CloudTrail: %w", ctx.Err())
	}
}

// attempts makes each attempt of a call wait, those that the SDK repeats included.
func (p *Pace) attempts(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("trailguardPace",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if err := p.wait(ctx); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
}

func (p *Pace) wait(ctx context.Context) error {
	if p.last != nil {
		select {
		case <-p.last.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for CloudTrail: %w", ctx.Err())
		}
	}
	p.last = time.NewTimer(p.every)
	return nil
}
