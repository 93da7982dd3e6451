//go:build unix

package fleet

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/trailguard/trailguard/fixtures/postgres"
)

// The load of the benchmarks: shards that wait for AWS, and nothing else.
const (
	benchShards = 3000
	benchSlots  = 50
	benchWait   = 20 * time.Millisecond
)

// BenchmarkSteps measures how many shards a second end in the fleet, each with a result
// of some KB that is kept in the transaction of its end; and how many jobs River does
// that wait as long, and do nothing.
func BenchmarkSteps(b *testing.B) {
	b.Run("fleet", benchmarkFleet)
	b.Run("river", benchmarkRiver)
}

func benchmarkFleet(b *testing.B) {
	server := postgres.Start(b)
	f := join(b, server.Database(b), benchSlots, &world{shards: benchShards, wait: benchWait, size: 4 << 10})
	for b.Loop() {
		if e, err := f.Run(b.Context(), "acme", time.Time{}); err != nil || e.Status != 0 {
			b.Fatal(e, err)
		}
	}
	b.ReportMetric(float64(b.N)*benchShards/b.Elapsed().Seconds(), "shards/s")
}

type noop struct{}

func (noop) Kind() string { return "noop" }

type noopWorker struct {
	river.WorkerDefaults[noop]

	done atomic.Int64
}

func (w *noopWorker) Work(context.Context, *river.Job[noop]) error {
	time.Sleep(benchWait)
	w.done.Add(1)
	return nil
}

func benchmarkRiver(b *testing.B) {
	server := postgres.Start(b)
	f := join(b, server.Database(b), 0, nil) // for the tables
	w := &noopWorker{}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := river.NewClient(riverpgxv5.New(f.pool), &river.Config{
		Queues: map[string]river.QueueConfig{"noop": {MaxWorkers: benchSlots}}, Workers: workers, FetchCooldown: fetchCooldown,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := client.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer client.Stop(context.WithoutCancel(b.Context()))
	for b.Loop() {
		jobs := make([]river.InsertManyParams, benchShards)
		for i := range jobs {
			jobs[i] = river.InsertManyParams{Args: noop{}, InsertOpts: &river.InsertOpts{Queue: "noop"}}
		}
		w.done.Store(0)
		err := pgx.BeginFunc(b.Context(), f.pool, func(tx pgx.Tx) error {
			_, err := client.InsertManyFastTx(b.Context(), tx, jobs)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		for w.done.Load() < benchShards {
			time.Sleep(time.Millisecond)
		}
	}
	b.ReportMetric(float64(b.N)*benchShards/b.Elapsed().Seconds(), "shards/s")
}
