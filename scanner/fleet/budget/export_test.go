package budget

import (
	"context"
	"time"

	"github.com/trailguard/trailguard/scanner/aws"
)

// Grace is for how long after its time a request may still be let go.
const Grace = grace

// LetGo is Wait, and returns when it let the request go: whoever waits may be late to
// look at a clock.
func (b *Budgets) LetGo(ctx context.Context, q aws.Quota) (time.Time, error) { return b.wait(ctx, q) }

// Hurry has requests wait for the database for a short time only.
func (b *Budgets) Hurry(outage time.Duration) { b.outage = outage }

// Rate reserves a request for nothing, and returns the rate at which that was.
func (b *Budgets) Rate(ctx context.Context, q aws.Quota) (float64, error) {
	for {
		r, err := b.line(q).reserve(ctx, 1)
		if err != nil || r.granted > 0 {
			return r.rate, err
		}
		sleep(ctx, horizon/10)
	}
}
