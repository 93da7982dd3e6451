//go:build unix

package fleet

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// world is work whose shards wait, and whose results tell whether each counted once.
type world struct {
	shards int
	wait   time.Duration
	size   int // bytes of a result besides its number

	each func(ctx context.Context, run Run, number int) error // what else happens in a shard; nil: nothing
	last func(ctx context.Context, run Run) error             // and in the last step
}

func (w *world) List(context.Context, Run) (Listed, error) {
	l := Listed{Head: []byte("head"), Traffic: Traffic{Requests: 1}}
	for i := range w.shards {
		l.Shards = append(l.Shards, binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	return l, nil
}

func (w *world) Shard(ctx context.Context, run Run, input []byte) (Collected, error) {
	select {
	case <-time.After(w.wait):
	case <-ctx.Done():
		return Collected{}, ctx.Err()
	}
	if w.each != nil {
		if err := w.each(ctx, run, int(binary.BigEndian.Uint64(input))); err != nil {
			return Collected{}, err
		}
	}
	return Collected{Result: append(input, make([]byte, w.size)...), Traffic: Traffic{Requests: 1, Retries: 2, Waited: time.Second}}, nil
}

// Finish fails unless there is one result for each shard, in order.
func (w *world) Finish(ctx context.Context, run Run, head []byte, shards iter.Seq2[[]byte, error]) (Finished, error) {
	n := uint64(0)
	for result, err := range shards {
		if err != nil {
			return Finished{}, err
		}
		if got := binary.BigEndian.Uint64(result); got != n {
			return Finished{}, fmt.Errorf("result %d in the place of %d", got, n)
		}
		n++
	}
	if n != uint64(w.shards) || !bytes.Equal(head, []byte("head")) {
		return Finished{}, fmt.Errorf("%d results of %d, and head %q", n, w.shards, head)
	}
	if w.last != nil {
		if err := w.last(ctx, run); err != nil {
			return Finished{}, err
		}
	}
	return Finished{Reports: map[string][]byte{"report.html": fmt.Appendf(nil, "run %d of %s", run.ID, run.Tenant)}}, nil
}

// hurried are options of tests.
func hurried(slots int, work Work) Options {
	return Options{
		Slots: slots, Work: work, StepTime: 10 * time.Minute, RunTime: 20 * time.Minute, Grace: 5 * time.Second,
		beat: 200 * time.Millisecond, silence: time.Second, tick: 50 * time.Millisecond, pause: 10 * time.Millisecond,
		Now: time.Now, Warn: func(error) {},
	}
}

// join starts a process's part in a fleet, until the test ends.
func join(t testing.TB, database string, slots int, work Work) *Fleet {
	t.Helper()
	return joinWith(t, database, hurried(slots, work))
}

func joinWith(t testing.TB, database string, o Options) *Fleet {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// begin has a tenant scanned, and returns where it is told what came of it.
func begin(t testing.TB, f *Fleet, tenant string) <-chan Ended {
	ended := make(chan Ended, 1)
	go func() {
		e, err := f.Run(t.Context(), tenant, time.Time{})
		if err != nil {
			t.Error(err)
		}
		ended <- e
	}()
	return ended
}
