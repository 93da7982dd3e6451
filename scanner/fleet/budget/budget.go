// Package budget shares AWS's quotas among processes, by one row for each quota
// in a Postgres that they share.
//
// The row says until when requests are reserved. A process reserves a few at
// once, each with its own time, and lets one go at each; a time that passed
// unused is void. Whatever the number of processes, in any time t no more
// requests are let go than rate * (t + grace) + 1. Up to a rate of 20 that is one
// more than if they were even, and above it no more than a tenth of a second's.
//
// Where AWS refuses for load, the rate is halved for all, and grows back slowly.
//
// It sends nothing itself, and knows of no scan. Times are the database's, so
// that the clocks of the processes' hosts need not agree.
package budget

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/trailguard/trailguard/scanner/aws"
)

// Rates are the defaults: requests a second in one account and region, by service or
// service/class. Where AWS bears less, its refusals lower them.
func Rates() map[string]float64 {
	return map[string]float64{
		"iam": 10, "s3": 50, "s3control": 50, "organizations": 2, "cloudtrail": 2, "cloudtrail/" + aws.ClassLookup: 2,
	}
}

// Budgets are the quotas of a process. It implements aws.Budget.
type Budgets struct {
	pool  *pgxpool.Pool
	rates map[string]float64
	clock clock
	// outage is how long requests wait for a database that does not answer: while it is
	// started again.
	outage time.Duration

	mu    sync.Mutex
	lines map[aws.Quota]*line
}

// New returns budgets that are kept in the table fleet_budget of a database. The
// rates are by service or service/class, as those of Rates: where a class has
// none it is that of the service, and a service without, or with one that is not
// above 0, is not limited. Of the pool, one connection is used for each quota at
// most, and none while a request waits for its time.
func New(pool *pgxpool.Pool, rates map[string]float64) *Budgets {
	return &Budgets{
		pool: pool, rates: rates, lines: map[aws.Quota]*line{}, outage: time.Minute,
		clock: clock{now: time.Now}, //nolint:forbidigo // only differences of it are used: what time it is, the database says
	}
}

// Wait implements aws.Budget.
func (b *Budgets) Wait(ctx context.Context, q aws.Quota) error {
	_, err := b.wait(ctx, q)
	return err
}

// wait returns when it let the request go.
func (b *Budgets) wait(ctx context.Context, q aws.Quota) (time.Time, error) {
	l := b.line(q)
	if l == nil {
		return b.clock.now(), wrap(q, ctx.Err())
	}
	at, err := l.wait(ctx)
	return at, wrap(q, err)
}

// Throttled implements aws.Budget. What it cannot tell the database is lost: the
// next request that is refused says the same.
func (b *Budgets) Throttled(ctx context.Context, q aws.Quota) {
	if l := b.line(q); l != nil {
		l.throttled(ctx)
	}
}

// line is where requests of a quota wait; nil: it is not limited.
func (b *Budgets) line(q aws.Quota) *line {
	rate, ok := b.rates[q.Service+"/"+q.Class]
	if !ok {
		rate = b.rates[q.Service]
	}
	if math.IsNaN(rate) || math.IsInf(rate, 1) || rate <= 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lines[q] == nil {
		b.lines[q] = &line{pool: b.pool, clock: &b.clock, quota: q, rate: rate, outage: b.outage, turn: make(chan struct{}, 1)}
	}
	return b.lines[q]
}

func wrap(q aws.Quota, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ask the budget of %s in account %s: %w", q.Service, q.Account, err)
}
