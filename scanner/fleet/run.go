package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trailguard/trailguard/scanner"
)

// Run has a tenant scanned, and returns what came of it. Where a run of the tenant
// goes on already, it is that one. It ends before the run does only when the
// context does: the run goes on.
func (f *Fleet) Run(ctx context.Context, tenant string, deadline time.Time) (Ended, error) {
	run, err := f.begin(ctx, tenant, deadline)
	for failing := false; err != nil; run, err = f.begin(ctx, tenant, deadline) {
		if ctx.Err() != nil {
			return Ended{}, context.Cause(ctx)
		}
		if !failing {
			f.o.Warn(fmt.Errorf("the fleet's database: begin a run of %s: %w", tenant, err))
		}
		failing = true
		select {
		case <-ctx.Done():
		case <-time.After(f.o.tick):
		}
	}
	ended := f.await(run)
	defer f.forget(run)
	select {
	case e := <-ended:
		return e, nil
	case <-ctx.Done():
		return Ended{}, context.Cause(ctx)
	}
}

// begin returns the run of a tenant that goes on, which it begins where there is
// none.
func (f *Fleet) begin(ctx context.Context, tenant string, deadline time.Time) (run int64, err error) {
	err = pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		var missed *time.Time
		if !deadline.IsZero() {
			missed = &deadline
		}
		err := tx.QueryRow(ctx, `INSERT INTO fleet_run (tenant, deadline) VALUES ($1, $2)
			ON CONFLICT (tenant) WHERE ended IS NULL DO NOTHING RETURNING id`, tenant, missed).Scan(&run)
		if errors.Is(err, pgx.ErrNoRows) {
			return tx.QueryRow(ctx, "SELECT id FROM fleet_run WHERE tenant = $1 AND ended IS NULL", tenant).Scan(&run)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO fleet_step (run, number, kind, state) VALUES ($1, 0, $2, 'waiting')", run, list)
		return err
	})
	f.signal()
	return run, err
}

// signal has runs looked at soon.
func (f *Fleet) signal() {
	select {
	case f.moved <- struct{}{}:
	default: // they will be
	}
}

func (f *Fleet) await(run int64) <-chan Ended {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := make(chan Ended, 1)
	f.waiting[run] = c
	return c
}

func (f *Fleet) forget(run int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiting, run)
}

// answer tells those who wait for runs that have ended.
func (f *Fleet) answer(ctx context.Context) error {
	f.mu.Lock()
	runs := make([]int64, 0, len(f.waiting))
	for run := range f.waiting {
		runs = append(runs, run)
	}
	f.mu.Unlock()
	if len(runs) == 0 {
		return nil
	}
	rows, err := f.pool.Query(ctx, `SELECT w.run, r.id IS NULL, COALESCE(r.status, 0), COALESCE(r.problem, ''), COALESCE(r.requests, 0), COALESCE(r.retries, 0), COALESCE(r.waited, 0)
		FROM unnest($1::bigint[]) AS w (run) LEFT JOIN fleet_run r ON r.id = w.run WHERE r.id IS NULL OR r.ended IS NOT NULL`, runs)
	if err != nil {
		return err
	}
	var run int64
	var gone bool
	var e Ended
	_, err = pgx.ForEachRow(rows, []any{&run, &gone, &e.Status, &e.Problem, &e.Traffic.Requests, &e.Traffic.Retries, &e.Traffic.Waited}, func() error {
		told := e
		if gone {
			told = Ended{Status: scanner.ExitCannotRun, Problem: "the run is gone from the fleet's database"}
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if c := f.waiting[run]; c != nil {
			select {
			case c <- told:
			default: // it was told
			}
		}
		return nil
	})
	return err
}
