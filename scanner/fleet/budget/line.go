package budget

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/trailguard/trailguard/scanner/aws"
)

// grace is for how long after its time a request may still be let go: longer than
// schedulers take, and short enough to be no burst.
const grace = 50 * time.Millisecond

// line is where requests of one quota wait in this process.
type line struct {
	pool    *pgxpool.Pool
	clock   *clock
	quota   aws.Quota
	rate    float64 // as configured, in requests a second
	outage  time.Duration
	waiting atomic.Int64 // requests

	mu     sync.Mutex
	halved time.Time // when this process last said so

	// turn is held by the request whose turn it is. All below is its.
	turn  chan struct{}
	slots []time.Time   // reserved and not used, by this process's clock
	used  int           // of what was last reserved
	late  time.Duration // how long the database takes to answer, where that matters
}

// wait waits for the turn of a request, and then for its time, which it returns
// the moment that it was let go in.
func (l *line) wait(ctx context.Context) (time.Time, error) {
	l.waiting.Add(1)
	defer l.waiting.Add(-1)
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
	}
	for ctx.Err() == nil {
		if len(l.slots) == 0 {
			if err := l.refill(ctx); err != nil {
				return time.Time{}, err
			}
			continue
		}
		sleep(ctx, l.slots[0].Sub(l.clock.now()))
		if at := l.clock.now(); ctx.Err() == nil && l.take(at) {
			return at, nil
		}
	}
	return time.Time{}, ctx.Err()
}

// take uses the first slot, where it is not void.
func (l *line) take(at time.Time) bool {
	slot := l.slots[0]
	l.slots = l.slots[1:]
	if at.After(slot.Add(grace)) {
		return false
	}
	l.used++
	return true
}

// refill reserves slots, or waits until it may be worth trying again. It
// reserves no more than are likely to be used: one more than last time, or one
// for each request that waits.
func (l *line) refill(ctx context.Context) error {
	r, err := l.reserve(ctx, max(l.used+1, int(l.waiting.Load())))
	if err != nil {
		return err
	}
	first := l.clock.when(r.first)
	if r.granted == 0 {
		// Others wait as well. What is reserved meanwhile keeps AWS busy for longer
		// than the dice say, so that nothing is lost by them.
		sleep(ctx, first.Sub(l.clock.now())-horizon+rand.N(horizon/2)) //nolint:gosec // it need not be secret
		return nil
	}
	l.used = 0
	for i := range r.granted {
		l.slots = append(l.slots, first.Add(time.Duration(float64(i)/r.rate*float64(time.Second))))
	}
	return nil
}

// sleep waits for a time or until the context is done.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
