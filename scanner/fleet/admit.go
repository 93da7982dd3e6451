package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/trailguard/trailguard/scanner"
)

// ahead is how many steps are admitted for each slot of the workers: one is done
// while the next lies ready.
const ahead = 2

// The priorities of jobs. The first step of a run on its way is fetched before
// those by which a run is ahead of others.
const (
	first = 1
	more  = 2
)

// admit makes jobs of steps for as many as the workers can soon take. One process
// does at a time.
func (f *Fleet) admit(ctx context.Context) error {
	return pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", admitting); err != nil {
			return err
		}
		// The last step of a run waits for all others.
		if _, err := tx.Exec(ctx, `UPDATE fleet_step last SET state = 'waiting' WHERE state = 'blocked' AND NOT EXISTS
			(SELECT FROM fleet_step s WHERE s.run = last.run AND s.state IN ('waiting', 'admitted'))`); err != nil {
			return err
		}
		var free, runs int64
		if err := tx.QueryRow(ctx, `SELECT (SELECT COALESCE(SUM(slots), 0) * $2 FROM fleet_worker WHERE seen > now() - $1::interval)
			- (SELECT COUNT(*) FROM fleet_step WHERE state = 'admitted'),
			(SELECT COUNT(*) FROM fleet_run WHERE ended IS NULL)`, f.o.silence, ahead).Scan(&free, &runs); err != nil || runs == 0 {
			return err
		}
		free = max(free, 0)
		jobs, err := chosen(ctx, tx, free, free/runs+1)
		if err != nil || len(jobs) == 0 {
			return err
		}
		_, err = f.river.InsertManyFastTx(ctx, tx, jobs)
		return err
	})
}

// chosen admits steps, and returns the jobs that are to be made of them. A run that
// has none on its way gets one whatever is free. What is free goes to runs by turns,
// beginning with those that have fewest on their way, and no run gets more than its
// share at once.
func chosen(ctx context.Context, tx pgx.Tx, free, share int64) ([]river.InsertManyParams, error) {
	rows, err := tx.Query(ctx, `
		WITH way AS (SELECT run, COUNT(*) AS steps FROM fleet_step WHERE state = 'admitted' GROUP BY run),
		turns AS (
			SELECT r.id AS run, s.number, COALESCE(w.steps, 0) + s.place AS turn,
				row_number() OVER (ORDER BY COALESCE(w.steps, 0) + s.place, COALESCE(r.deadline, '-infinity'), r.id) AS place
			FROM fleet_run r LEFT JOIN way w ON w.run = r.id CROSS JOIN LATERAL (
				SELECT number, row_number() OVER (ORDER BY number) AS place FROM fleet_step
				WHERE run = r.id AND state = 'waiting' AND lost < $3 AND due <= now() ORDER BY number LIMIT $2) s
			WHERE r.ended IS NULL),
		next AS (SELECT * FROM turns WHERE turn = 1 OR place <= $1),
		admitted AS (
			UPDATE fleet_step s SET state = 'admitted', attempt = s.attempt + 1, worker = NULL, touched = now()
			FROM next n WHERE s.run = n.run AND s.number = n.number RETURNING s.run, s.number, s.attempt)
		SELECT a.run, a.number, a.attempt, n.turn FROM admitted a JOIN next n USING (run, number) ORDER BY n.place`, free, share, attempts)
	if err != nil {
		return nil, err
	}
	var jobs []river.InsertManyParams
	var s step
	var turn int64
	_, err = pgx.ForEachRow(rows, []any{&s.Run, &s.Number, &s.Attempt, &turn}, func() error {
		priority := more
		if turn == first {
			priority = first
		}
		jobs = append(jobs, river.InsertManyParams{Args: s, InsertOpts: &river.InsertOpts{Queue: queue, Priority: priority}})
		return nil
	})
	return jobs, err
}

// attempts is how often a step is taken by workers that are not heard of again
// before its run is given up: it may be what ends them.
const attempts = 5

// tend sees to what workers cannot: those that died, and runs that do not end.
func (f *Fleet) tend(ctx context.Context) error {
	now := f.o.Now()
	if f.since.IsZero() {
		f.since = now
	}
	err := pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", admitting); err != nil {
			return err
		}
		// After an outage of the database, the living have to be heard of first.
		if now.Sub(f.since) < f.o.silence {
			return nil
		}
		if _, err := tx.Exec(ctx, "DELETE FROM fleet_worker WHERE seen < now() - $1::interval", f.o.silence); err != nil {
			return err
		}
		// What a worker had fetched and not begun when it died only River knows.
		if _, err := tx.Exec(ctx, `UPDATE fleet_step s SET state = 'waiting' FROM river_job j WHERE s.state = 'admitted' AND s.worker IS NULL
			AND j.state = 'running' AND j.kind = $1 AND NOT EXISTS (SELECT FROM fleet_worker w WHERE w.id = j.attempted_by[cardinality(j.attempted_by)])
			AND s.run = (j.args->>'run')::bigint AND s.number = (j.args->>'number')::bigint AND s.attempt = (j.args->>'attempt')::bigint`, step{}.Kind()); err != nil {
			return err
		}
		// A job that nobody ever fetched is lost like one whose worker died.
		if _, err := tx.Exec(ctx, `UPDATE fleet_step s SET state = 'waiting', lost = lost + 1, worker = NULL WHERE state = 'admitted' AND
			(worker IS NOT NULL AND NOT EXISTS (SELECT FROM fleet_worker w WHERE w.id = s.worker) OR touched < now() - 2 * $1::interval)`, f.o.StepTime); err != nil {
			return err
		}
		given := fmt.Sprintf("a step of the run was given up after %d attempts: ", attempts)
		if err := f.giveUp(ctx, tx, `SELECT DISTINCT ON (run) run, $2 || COALESCE(problem, 'the workers that took it died, or did not end it in time')
			FROM fleet_step WHERE lost >= $1 ORDER BY run, problem`, attempts, given); err != nil {
			return err
		}
		late := fmt.Sprintf("the run did not end within %s: there may be too few workers, or none", f.o.RunTime)
		if err := f.giveUp(ctx, tx, "SELECT id, $2 FROM fleet_run WHERE ended IS NULL AND began < now() - $1::interval", f.o.RunTime, late); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM fleet_run WHERE ended < now() - interval '30 days'")
		return err
	})
	if err != nil {
		f.since = time.Time{}
	}
	return err
}

// giveUp ends runs, each with its problem. Nobody sees anything else of them.
func (f *Fleet) giveUp(ctx context.Context, tx pgx.Tx, which string, args ...any) error {
	rows, err := tx.Query(ctx, "UPDATE fleet_run r SET ended = now(), status = $3, problem = w.why FROM ("+which+") AS w (run, why) WHERE r.id = w.run AND ended IS NULL RETURNING id",
		append(args, scanner.ExitCannotRun)...)
	if err != nil {
		return err
	}
	runs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(runs) == 0 {
		return err
	}
	_, err = tx.Exec(ctx, "DELETE FROM fleet_step WHERE run = ANY($1)", runs)
	return err
}
