//go:build integration && unix

package budget_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/trailguard/trailguard/fixtures/postgres"
	"github.com/trailguard/trailguard/scanner/aws"
	"github.com/trailguard/trailguard/scanner/fleet/budget"
)

func TestIntegrationBudget(t *testing.T) {
	server := postgres.Start(t)
	for name, test := range map[string]func(*testing.T, string){
		"rates hold": testRatesHold, "idle time is no credit": testIdle, "few statements": testStatements,
		"halving": testHalving, "halving of many": testHalvingOfMany, "halving is bounded": testBounds, "quotas apart": testApart, "cancelled": testCancelled,
		"slow": testSlow,
	} {
		t.Run(name, func(t *testing.T) { test(t, database(t, server)) })
	}
	t.Run("gone and back", func(t *testing.T) { testGone(t, postgres.Start(t)) })
}

// database is one with the budgets' table.
func database(t *testing.T, server *postgres.Server) string {
	t.Helper()
	statements, err := os.ReadFile("../migrations/00002_budget.sql")
	if err != nil {
		t.Fatal(err)
	}
	place := server.Database(t)
	postgres.Exec(t, place, string(statements))
	return place
}

// statements counts those that are sent.
type statements struct{ atomic.Int64 }

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	s.Add(1)
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// process is what one of several processes has: budgets over a pool of its own.
func process(t *testing.T, place string, rates map[string]float64) (*budget.Budgets, *statements) {
	t.Helper()
	config, err := pgxpool.ParseConfig(place)
	if err != nil {
		t.Fatal(err)
	}
	sent := &statements{}
	config.ConnConfig.Tracer = sent
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return budget.New(pool, rates), sent
}

func processes(t *testing.T, n int, place string, rates map[string]float64) []*budget.Budgets {
	t.Helper()
	var all []*budget.Budgets
	for range n {
		b, _ := process(t, place, rates)
		all = append(all, b)
	}
	return all
}

// released are the times at which requests were let go.
type released struct {
	mu    sync.Mutex
	times []time.Time
}

func (r *released) one(t *testing.T, b *budget.Budgets, q aws.Quota) {
	r.unless(t.Context(), t, b, q)
}

// unless waits until the context is done at most.
func (r *released) unless(ctx context.Context, t *testing.T, b *budget.Budgets, q aws.Quota) {
	at, err := b.LetGo(ctx, q)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.times = append(r.times, at)
	case ctx.Err() == nil:
		t.Error(err)
	}
}

// hold checks that in any time no more were let go than its rate, grace and one.
// Processes agree on the time but for how long an answer of the database takes.
func (r *released) hold(t *testing.T, rate float64) {
	t.Helper()
	const answer = 20 * time.Millisecond
	slices.SortFunc(r.times, time.Time.Compare)
	for i := range r.times {
		for j := i + 1; j < len(r.times); j++ {
			within := r.times[j].Sub(r.times[i])
			if n := j - i + 1; float64(n) > 1+rate*(within+budget.Grace+answer).Seconds() {
				t.Fatalf("%d requests in %s, at %g a second", n, within, rate)
			}
		}
	}
}

var quota = aws.Quota{Account: "111111111111", Service: "s3", Region: "eu-west-1"}

// testRatesHold: however many processes and requests there are, and though some stop
// waiting, the rate holds.
func testRatesHold(t *testing.T, place string) {
	for _, c := range []struct {
		rate                          float64
		processes, callers, repeating int
	}{{100, 4, 8, 8}, {20, 5, 3, 4}, {3, 8, 1, 1}, {10, 1, 1, 20}} {
		q := quota
		q.Region = time.Duration(c.rate).String() // another quota for each case
		var r released
		var group sync.WaitGroup
		for _, b := range processes(t, c.processes, place, map[string]float64{"s3": c.rate}) {
			for n := range c.callers {
				group.Go(func() {
					for range c.repeating {
						r.one(t, b, q)
						if n%3 == 1 {
							impatient, cancel := context.WithTimeout(t.Context(), time.Duration(n)*time.Millisecond)
							r.unless(impatient, t, b, q)
							cancel()
						}
					}
				})
			}
		}
		group.Wait()
		if len(r.times) < c.processes*c.callers*c.repeating {
			t.Errorf("%d requests were let go", len(r.times))
		}
		r.hold(t, c.rate)
	}
}

// testIdle: what was not used is not made up for, be it that nobody asked or that whoever
// did stopped waiting.
func testIdle(t *testing.T, place string) {
	const rate = 100
	var r released
	all := processes(t, 3, place, map[string]float64{"s3": rate})
	for round := range 4 {
		var group sync.WaitGroup
		for _, b := range all {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var gone atomic.Int64
			for range 10 {
				group.Go(func() {
					r.unless(ctx, t, b, quota)
					if gone.Add(1) == 3 && round < 3 {
						cancel() // so that the others leave what is reserved for them
					}
				})
			}
		}
		group.Wait()
		time.Sleep(500 * time.Millisecond)
	}
	r.hold(t, rate)
}

// testStatements: a busy process does not ask for each request.
func testStatements(t *testing.T, place string) {
	b, sent := process(t, place, map[string]float64{"s3": 200})
	var r released
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 10 {
				r.one(t, b, quota)
			}
		})
	}
	group.Wait()
	if n := sent.Load(); n > 80 {
		t.Errorf("%d statements for %d requests", n, len(r.times))
	}
	r.hold(t, 200)
}

// testHalving: one refusal slows down all processes, and only once for all that are
// refused at the same time.
func testHalving(t *testing.T, place string) {
	const rate = 40
	all := processes(t, 3, place, map[string]float64{"s3": rate})
	if got, err := all[1].Rate(t.Context(), quota); err != nil || got != rate {
		t.Fatalf("%g a second at first: %v", got, err)
	}
	var group sync.WaitGroup
	for _, b := range all {
		for range 5 {
			group.Go(func() { b.Throttled(t.Context(), quota) })
		}
	}
	group.Wait()
	began := time.Now()
	var r released
	for _, b := range all {
		for range 4 {
			group.Go(func() { r.one(t, b, quota) })
		}
	}
	group.Wait()
	got, err := all[2].Rate(t.Context(), quota)
	if grown := 1 + time.Since(began).Seconds(); err != nil || got < rate/2 || got > rate/2+rate/60.*grown {
		t.Errorf("%g a second after it was halved: %v", got, err)
	}
	r.hold(t, got)
}

// testHalvingOfMany: also those feel it soon who wait already, though there are more of
// them than the next seconds are enough for.
func testHalvingOfMany(t *testing.T, place string) {
	const rate = 4
	all := processes(t, 16, place, map[string]float64{"s3": rate})
	ctx, cancel := context.WithCancel(t.Context())
	var r released
	var group sync.WaitGroup
	for _, b := range all {
		group.Go(func() {
			for ctx.Err() == nil {
				r.unless(ctx, t, b, quota)
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	all[0].Throttled(t.Context(), quota)
	halved := time.Now()
	time.Sleep(5 * time.Second)
	cancel()
	group.Wait()
	r.hold(t, rate)
	r.times = slices.DeleteFunc(r.times, func(at time.Time) bool { return at.Sub(halved) < 1500*time.Millisecond })
	if len(r.times) == 0 {
		t.Error("nothing was let go any more")
	}
	r.hold(t, rate/2+rate/60.*time.Since(halved).Seconds())
}

// testBounds: refusals never stop everything, and the rate comes back.
func testBounds(t *testing.T, place string) {
	later := func(seconds string) {
		postgres.Exec(t, place, "UPDATE fleet_budget SET halved = halved - interval '1 second' * "+seconds)
	}
	rate := func() float64 {
		t.Helper()
		b, _ := process(t, place, map[string]float64{"s3": 32})
		got, err := b.Rate(t.Context(), quota)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	rate() // makes the row
	for range 8 {
		b, _ := process(t, place, map[string]float64{"s3": 32})
		b.Throttled(t.Context(), quota)
		later("1")
	}
	if got := rate(); got < 2 || got > 4 {
		t.Errorf("%g a second after it was halved again and again, of 32", got)
	}
	later("28") // with the last second, and the moments that this took
	if got := rate(); got < 16 || got > 20 {
		t.Errorf("%g a second half a minute later, of 32", got)
	}
	later("60")
	if got := rate(); got != 32 {
		t.Errorf("%g a second a minute and a half later, of 32", got)
	}
}

// testApart: a quota that is used up, and refused, does not concern others.
func testApart(t *testing.T, place string) {
	b, _ := process(t, place, map[string]float64{"s3": 0.01, "cloudtrail": 0.01, "cloudtrail/lookup": 1000, "iam": 1000})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for ctx.Err() == nil {
				if err := b.Wait(ctx, quota); err == nil {
					b.Throttled(ctx, quota)
				}
			}
		})
	}
	account, region := quota, quota
	account.Account, region.Region = "222222222222", "us-east-1"
	for _, q := range []aws.Quota{
		account, region,
		{Account: quota.Account, Service: "iam"},
		{Account: quota.Account, Service: "cloudtrail", Region: quota.Region},
		{Account: quota.Account, Service: "cloudtrail", Region: quota.Region, Class: aws.ClassLookup},
	} {
		limited, end := context.WithTimeout(ctx, 30*time.Second) // less than any of them would wait for another
		if err := b.Wait(limited, q); err != nil {
			t.Errorf("%+v: %v", q, err)
		}
		end()
	}
	for range 20 {
		if err := b.Wait(ctx, aws.Quota{Account: quota.Account, Service: "iam"}); err != nil {
			t.Error(err)
		}
	}
	cancel()
	group.Wait()
}

// testCancelled: whoever stops waiting is not held, whether it is its turn or not, nor
// does that hold those behind.
func testCancelled(t *testing.T, place string) {
	b, _ := process(t, place, map[string]float64{"s3": 0.01, "iam": 2})
	if err := b.Wait(t.Context(), quota); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 4)
	for range cap(ended) {
		go func() { ended <- b.Wait(ctx, quota) }()
	}
	time.Sleep(300 * time.Millisecond)
	cancel()
	for range cap(ended) {
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("ended by %v", err)
			}
		case <-time.After(30 * time.Second): // of the minute and a half that it would take
			t.Fatal("a wait that was cancelled goes on")
		}
	}
	q := aws.Quota{Account: quota.Account, Service: "iam"}
	impatient, release := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer release()
	var r released
	r.one(t, b, q)
	if err := b.Wait(impatient, q); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended by %v", err)
	}
	r.one(t, b, q)
	r.hold(t, 2)
}

// slowly answers each question late.
type slowly struct{ net.Conn }

func (s slowly) Write(b []byte) (int, error) {
	time.Sleep(3 * budget.Grace)
	return s.Conn.Write(b)
}

// testSlow: a database whose answers come later than a request may holds nothing up for
// good.
func testSlow(t *testing.T, place string) {
	config, err := pgxpool.ParseConfig(place)
	if err != nil {
		t.Fatal(err)
	}
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return slowly{conn}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	b := budget.New(pool, map[string]float64{"s3": 50, "iam": 2})
	for range 5 {
		for _, service := range []string{"s3", "iam"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if err := b.Wait(ctx, aws.Quota{Service: service}); err != nil {
				t.Errorf("%s: %v", service, err)
			}
			cancel()
		}
	}
}

// testGone: without the database nothing is let go, and the reason is an error. After a
// crash that emptied the table all goes on.
func testGone(t *testing.T, server *postgres.Server) {
	b, _ := process(t, database(t, server), map[string]float64{"s3": 50})
	b.Hurry(time.Second)
	if err := b.Wait(t.Context(), quota); err != nil {
		t.Fatal(err)
	}
	b.Throttled(t.Context(), quota)
	server.Kill(t)
	time.Sleep(2 * budget.Grace) // what was reserved is void
	err := b.Wait(t.Context(), quota)
	if err == nil || !strings.Contains(err.Error(), "budget of s3 in account "+quota.Account) {
		t.Fatalf("without the database: %v", err)
	}
	for _, secret := range []string{postgres.Password, url.QueryEscape(postgres.Password)} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message shows the password: %v", err)
		}
	}
	b.Throttled(t.Context(), quota)
	server.Restart(t)
	if err := b.Wait(t.Context(), quota); err != nil {
		t.Errorf("when the database is back: %v", err)
	}
	if got, err := b.Rate(t.Context(), quota); err != nil || got != 50 {
		t.Errorf("%g a second when the database is back: %v", got, err)
	}
}
