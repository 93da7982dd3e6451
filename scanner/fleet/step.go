package fleet

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/sethvargo/go-retry"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
)

// step is what a job is about.
type step struct {
	Run     int64 `json:"run"`
	Number  int64 `json:"number"`
	Attempt int64 `json:"attempt"`
}

// Kind names the jobs in River's tables.
func (step) Kind() string { return "trailguard_step" }

// worker does steps.
type worker struct {
	river.WorkerDefaults[step]

	fleet *Fleet
}

// Work does a step. What it returns is for River: a step that was lost or given
// back is admitted again with another job.
func (w *worker) Work(ctx context.Context, job *river.Job[step]) error {
	f := w.fleet
	taken, err := f.take(ctx, job.Args)
	if err != nil || taken == nil {
		return err // River tries again where the database did not answer; nil: another attempt took this one's place
	}
	end, err := f.do(ctx, taken)
	switch {
	case ctx.Err() != nil || errors.Is(err, ErrAgain):
		return river.JobCancel(errors.Join(err, f.giveBack(ctx, job.Args, err)))
	case err != nil:
		end = broken(err)
	}
	// The job itself is only the call to do the step: River may say later that it is
	// done, and where it never does, the next to get it finds nothing to do.
	err = f.persist(ctx, func(ctx context.Context) error { return f.end(ctx, job.Args, end) })
	f.signal()
	return err
}

// taken is a step that this process does.
type taken struct {
	run   Run
	kind  string
	input []byte // of a shard; of the last step, the head
}

// take takes a step, unless another attempt has taken its place.
func (f *Fleet) take(ctx context.Context, s step) (*taken, error) {
	t := &taken{run: Run{ID: s.Run}}
	var deadline *time.Time
	err := f.pool.QueryRow(ctx, `WITH listing AS (UPDATE fleet_run SET listed = COALESCE(listed, now()) WHERE id = $1 AND $2 = 0 RETURNING listed)
		UPDATE fleet_step s SET worker = $4, touched = now() FROM fleet_run r
		WHERE s.run = $1 AND number = $2 AND attempt = $3 AND state = 'admitted' AND r.id = s.run
		RETURNING kind, CASE kind WHEN 'finish' THEN r.head ELSE input END, r.tenant, r.deadline, r.began, COALESCE(r.listed, (SELECT listed FROM listing), now())`,
		s.Run, s.Number, s.Attempt, f.id).Scan(&t.kind, &t.input, &t.run.Tenant, &deadline, &t.run.Began, &t.run.Listed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if deadline != nil {
		t.run.Deadline = *deadline
	}
	return t, err
}

// giveBack has a step taken by somebody else, or again. One that this process has no
// more time for is as good as never taken. Of others, attempts are counted, and after
// each it is left alone for longer.
func (f *Fleet) giveBack(ctx context.Context, s step, why error) error {
	ending := ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded)
	var problem *string
	if errors.Is(why, ErrAgain) {
		text := why.Error()
		problem = &text
	}
	return f.persist(ctx, func(ctx context.Context) error {
		_, err := f.pool.Exec(ctx, `UPDATE fleet_step SET state = 'waiting', worker = NULL, problem = $5,
			lost = lost + CASE WHEN $4 THEN 0 ELSE 1 END,
			due = CASE WHEN $4 THEN due ELSE now() + LEAST($6::interval * pow(2, lost), 4 * $6::interval) END
			WHERE run = $1 AND number = $2 AND attempt = $3 AND state = 'admitted'`, s.Run, s.Number, s.Attempt, ending, problem, f.o.pause)
		return err
	})
}

// do does a step. A fault of the program ends the run, not the process.
func (f *Fleet) do(ctx context.Context, t *taken) (end ending, err error) {
	defer crash.Catch(&err)
	switch t.kind {
	case list:
		l, err := f.o.Work.List(ctx, t.run)
		if err == nil && len(l.Shards) <= 1 {
			return f.whole(ctx, t.run, l)
		}
		return ending{traffic: l.Traffic, follow: l.follow}, err
	case shard:
		c, err := f.o.Work.Shard(ctx, t.run, t.input)
		return ending{traffic: c.Traffic, result: c.Result}, err
	case finish:
		e, err := f.o.Work.Finish(ctx, t.run, t.input, f.results(ctx, t.run.ID))
		return ending{traffic: e.Traffic, follow: e.follow}, err
	default:
		return end, fmt.Errorf("a step of a kind that this version does not know, %q: all processes of a fleet have to be of one version", t.kind)
	}
}

// whole does all of a small run at once: a worker that has it need not make it wait
// for another turn.
func (f *Fleet) whole(ctx context.Context, run Run, l Listed) (ending, error) {
	results := make([][]byte, len(l.Shards))
	for i := range l.Shards {
		c, err := f.o.Work.Shard(ctx, run, l.Shards[i])
		if err != nil || ctx.Err() != nil {
			return ending{}, err
		}
		results[i] = c.Result
		l.Traffic.add(c.Traffic)
	}
	e, err := f.o.Work.Finish(ctx, run, l.Head, func(yield func([]byte, error) bool) {
		for _, result := range results {
			if !yield(result, nil) {
				return
			}
		}
	})
	l.Traffic.add(e.Traffic)
	return ending{traffic: l.Traffic, follow: e.follow}, err
}

// results are those of the shards of a run, in their order.
func (f *Fleet) results(ctx context.Context, run int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for number := int64(1); ; number++ {
			var kind string
			var result []byte
			err := f.pool.QueryRow(ctx, "SELECT kind, result FROM fleet_step WHERE run = $1 AND number = $2", run, number).Scan(&kind, &result)
			switch {
			case err != nil:
				yield(nil, fmt.Errorf("read shard %d: %w: %w", number, err, ErrAgain))
				return
			case kind == finish:
				return
			case !yield(result, nil):
				return
			}
		}
	}
}

// patience is how long the end of a step waits for a database that does not answer:
// what was collected in minutes is not thrown away for want of a second.
const patience = time.Minute

// persist writes to the database, again where it does not answer.
func (f *Fleet) persist(ctx context.Context, write func(context.Context) error) error {
	backoff := retry.WithMaxDuration(patience, retry.WithCappedDuration(2*time.Second, retry.NewExponential(50*time.Millisecond)))
	return retry.Do(context.WithoutCancel(ctx), backoff, func(ctx context.Context) error {
		return retry.RetryableError(write(ctx))
	})
}

// broken is the end of a step whose run could not run.
func broken(err error) ending {
	e := Finished{Ended: Ended{Status: scanner.ExitCannotRun, Problem: err.Error()}}
	return ending{follow: e.follow}
}
