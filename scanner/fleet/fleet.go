package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Options say how a process takes part in a fleet.
type Options struct {
	// Slots is how many steps it takes at once; 0: none, it only has runs done.
	Slots int
	Work  Work // nil: it takes no steps
	// StepTime bounds one attempt of a step, and RunTime all of a run.
	StepTime, RunTime time.Duration
	Grace             time.Duration // that steps have when the process ends
	Now               func() time.Time
	Warn              func(error)

	// Of tests, which are in a hurry; zero: the values below.
	beat, silence, tick, pause time.Duration
}

const (
	defaultBeat    = 5 * time.Second  // how often a worker says that it lives
	defaultSilence = 30 * time.Second // after which it is taken for dead
	defaultTick    = time.Second      // how often everybody looks what is to be done
	defaultPause   = 15 * time.Second // before a step is tried again for the first time
)

// Fleet is a process's part in a fleet.
type Fleet struct {
	o      Options
	id     string
	pool   *pgxpool.Pool
	river  *river.Client[pgx.Tx]
	moved  chan struct{} // a step has ended here
	cancel context.CancelFunc
	loops  sync.WaitGroup
	since  time.Time // the database answers; zero: it does not. Of tend

	mu      sync.Mutex
	waiting map[int64]chan Ended // runs that somebody here waits for
}

// connections bounds those of a process: steps need one only where they begin and
// end.
func connections(slots int) int32 { return int32(min(4+slots, 20)) }

// Open joins a fleet whose database a configuration names, and prepares its tables.
// The caller stops it.
func Open(ctx context.Context, database *pgx.ConnConfig, o Options) (*Fleet, error) {
	o.beat, o.silence, o.tick = cmp.Or(o.beat, defaultBeat), cmp.Or(o.silence, defaultSilence), cmp.Or(o.tick, defaultTick)
	o.pause = cmp.Or(o.pause, defaultPause)
	config, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, err
	}
	config.ConnConfig, config.MaxConns = database.Copy(), connections(o.Slots)
	// A process that hangs must not hold a lock for long.
	impatient := fmt.Sprintf("SET idle_in_transaction_session_timeout = %d", o.silence.Milliseconds())
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, impatient)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	f := &Fleet{
		o: o, pool: pool, id: host + "-" + uuid.NewString(), moved: make(chan struct{}, 1), waiting: map[int64]chan Ended{},
	}
	if f.river, err = river.NewClient(riverpgxv5.New(pool), f.config()); err != nil {
		pool.Close()
		return nil, err
	}
	return f, nil
}

// queue is the one that all steps go through.
const queue = "trailguard"

const (
	fetchCooldown = 10 * time.Millisecond
	keptJobs      = time.Hour // after they ended; the steps' own rows say what became of them
)

func (f *Fleet) config() *river.Config {
	c := &river.Config{
		// River's own lines would say of what is tried again that it failed.
		Logger: slog.New(slog.DiscardHandler),
	}
	if f.o.Slots == 0 {
		return c // it only puts steps into the queue
	}
	c.ID = f.id
	c.Queues = map[string]river.QueueConfig{queue: {MaxWorkers: f.o.Slots}}
	c.Workers = river.NewWorkers()
	river.AddWorker(c.Workers, &worker{fleet: f})
	c.FetchCooldown, c.FetchPollInterval = fetchCooldown, f.o.tick
	c.JobTimeout, c.RescueStuckJobsAfter = f.o.StepTime, 2*f.o.StepTime
	c.SoftStopTimeout = f.o.Grace
	c.CompletedJobRetentionPeriod, c.CancelledJobRetentionPeriod, c.DiscardedJobRetentionPeriod = keptJobs, keptJobs, keptJobs
	return c
}

// Start begins to take steps, and to see to it that runs go on.
func (f *Fleet) Start(ctx context.Context) error {
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if f.o.Slots > 0 {
		if err := f.live(ctx); err != nil {
			return err
		}
		if err := f.river.Start(ctx); err != nil {
			return fmt.Errorf("take steps of the fleet: %w", err)
		}
		f.loops.Go(func() { f.every(ctx, f.o.beat, nil, f.live) })
	}
	f.loops.Go(func() { f.every(ctx, f.o.tick, f.moved, f.admit) })
	f.loops.Go(func() { f.every(ctx, f.o.beat, nil, f.tend) })
	f.loops.Go(func() { f.every(ctx, f.o.tick, nil, f.answer) })
	return nil
}

// together is how long a step's end waits for others, so that they are seen to at
// once.
const together = 10 * time.Millisecond

// every does something at intervals, and soon after a signal. What fails is warned
// of once, until it succeeds again.
func (f *Fleet) every(ctx context.Context, interval time.Duration, signal <-chan struct{}, do func(context.Context) error) {
	failing := false
	for {
		err := do(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			f.o.Warn(fmt.Errorf("the fleet's database: %w", err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		case <-signal:
			time.Sleep(together)
		}
	}
}

// live says that this process takes steps.
func (f *Fleet) live(ctx context.Context) error {
	_, err := f.pool.Exec(ctx, `INSERT INTO fleet_worker (id, slots, seen) VALUES ($1, $2, now())
		ON CONFLICT (id) DO UPDATE SET slots = EXCLUDED.slots, seen = EXCLUDED.seen`, f.id, f.o.Slots)
	return err
}

// leaving is how long it takes at most to give back what was not done.
const leaving = 5 * time.Second

// Stop lets the steps that this process has taken come to their end within the
// grace period, and gives the others back. Runs go on elsewhere.
func (f *Fleet) Stop(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var err error
	if f.cancel != nil && f.o.Slots > 0 {
		stopping, done := context.WithTimeout(ctx, f.o.Grace+leaving)
		err = f.river.Stop(stopping)
		done()
	}
	if f.cancel != nil {
		f.cancel()
		f.loops.Wait()
	}
	ending, done := context.WithTimeout(ctx, leaving)
	defer done()
	if f.o.Slots > 0 {
		_, left := f.pool.Exec(ending, "UPDATE fleet_step SET state = 'waiting', worker = NULL WHERE state = 'admitted' AND worker = $1", f.id)
		_, gone := f.pool.Exec(ending, "DELETE FROM fleet_worker WHERE id = $1", f.id)
		err = errors.Join(err, left, gone)
	}
	f.pool.Close()
	return err
}

// Ready says why the database does not answer.
func (f *Fleet) Ready(ctx context.Context) error {
	var n int64
	return f.pool.QueryRow(ctx, "SELECT COUNT(*) FROM fleet_worker").Scan(&n)
}

// Pool is the database, for what is shared besides runs.
func (f *Fleet) Pool() *pgxpool.Pool { return f.pool }
