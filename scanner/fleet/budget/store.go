package budget

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/sethvargo/go-retry"
)

const (
	// horizon is how far ahead requests are reserved. A change of the rate is felt
	// after it by whoever waits, and what a process that dies leaves unused is
	// small, though many wait.
	horizon = time.Second
	// patience is how long one attempt to ask the database may take.
	patience = 5 * time.Second
)

// The parameters of all statements are the quota's four parts and the configured
// rate. A rate grows by a sixtieth of that each second since it was halved.
const (
	key     = `b.account = $1 AND b.service = $2 AND b.region = $3 AND b.class = $4`
	current = `LEAST($5::float8, b.rate + $5::float8 / 60 * extract(epoch FROM now() - b.halved)::float8)`

	insert = `INSERT INTO fleet_budget (account, service, region, class, next, rate, halved)
VALUES ($1, $2, $3, $4, now(), $5, 'epoch') ON CONFLICT DO NOTHING`

	halve = `UPDATE fleet_budget AS b SET rate = GREATEST($5::float8 / 16, ` + current + ` / 2), halved = now()
WHERE ` + key + ` AND b.halved <= now() - interval '1 second'`

	// reserve takes at most $6 requests, the first not before $7 seconds from now,
	// unless they are beyond the horizon of $8 seconds. It takes no lock where
	// they are. The time is that of the statement's beginning throughout, so that
	// all parts of it agree on the rate.
	granted = `LEAST($6::float8, GREATEST(1, floor(` + current + ` / 10)))`
	reserve = `WITH taken AS (
  UPDATE fleet_budget AS b
  SET next = GREATEST(b.next, now() + $7::float8 * interval '1 second') + ` + granted + ` / ` + current + ` * interval '1 second'
  WHERE ` + key + ` AND b.next <= now() + $8::float8 * interval '1 second'
  RETURNING b.next, ` + granted + ` AS granted, ` + current + ` AS rate
)
SELECT next - granted / rate * interval '1 second', granted::int, rate, clock_timestamp() FROM taken
UNION ALL
SELECT b.next, 0, ` + current + `, clock_timestamp() FROM fleet_budget AS b WHERE ` + key + ` AND NOT EXISTS (SELECT FROM taken)`
)

// reservation is what the database granted.
type reservation struct {
	granted int       // requests; 0: those of others reach to the horizon
	first   time.Time // when the first of them may go, else until when others have reserved; by the database's clock
	rate    float64   // requests a second from then on
}

// reserve asks for up to n requests. To ask twice does no harm: what is not used
// is void.
func (l *line) reserve(ctx context.Context, n int) (reservation, error) {
	var r reservation
	attempts := retry.WithMaxDuration(l.outage, retry.WithCappedDuration(time.Second, retry.NewExponential(100*time.Millisecond)))
	err := retry.Do(ctx, attempts, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		err := l.ask(ctx, n, &r)
		if errors.Is(err, pgx.ErrNoRows) {
			if _, err = l.pool.Exec(ctx, insert, l.args()...); err == nil {
				err = l.ask(ctx, n, &r)
			}
		}
		return retry.RetryableError(err)
	})
	return r, err
}

func (l *line) args(more ...any) []any {
	return append([]any{l.quota.Account, l.quota.Service, l.quota.Region, l.quota.Class, l.rate}, more...)
}

func (l *line) ask(ctx context.Context, n int, r *reservation) error {
	var server time.Time
	sent := l.clock.now()
	args := l.args(n, l.late.Seconds(), horizon.Seconds())
	if err := l.pool.QueryRow(ctx, reserve, args...).Scan(&r.first, &r.granted, &r.rate, &server); err != nil {
		return err
	}
	answered := l.clock.now()
	l.clock.learn(sent, server, answered)
	// An answer that takes longer than grace would be void on arrival, again and
	// again, if it were for at once.
	if l.late = answered.Sub(sent); l.late < grace/2 {
		l.late = 0
	}
	return nil
}

// throttled halves the rate for all processes. Many requests are refused at once,
// of which the first says enough.
func (l *line) throttled(ctx context.Context) {
	now := l.clock.now()
	l.mu.Lock()
	fresh := l.halved.IsZero() || now.Sub(l.halved) >= time.Second
	if fresh {
		l.halved = now
	}
	l.mu.Unlock()
	if !fresh {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, _ = l.pool.Exec(ctx, halve, l.args()...) // without it, the next refusal halves the rate
}
