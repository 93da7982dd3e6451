package pipeline

import (
	"context"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/history"
)

// Recorder writes a run into the history while it is judged, in a goroutine of
// its own. A history that fails costs the recording and nothing else: the first
// error is kept until Finish.
type Recorder struct {
	run     *history.Run
	pending []*scanner.Record
	shards  chan<- []*scanner.Record // nil after Flush
	done    chan struct{}
	err     error // the goroutine's, until done is closed
}

// NewRecorder begins a run. The caller ends it with Finish or Abandon.
func NewRecorder(ctx context.Context, store *history.Store, info history.RunInfo) (*Recorder, error) {
	run, err := store.BeginRun(ctx, info)
	if err != nil {
		return nil, err
	}
	shards := make(chan []*scanner.Record)
	r := &Recorder{run: run, shards: shards, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		for shard := range shards {
			if r.err == nil {
				r.err = write(ctx, run, shard)
			}
		}
	}()
	return r, nil
}

func write(ctx context.Context, run *history.Run, shard []*scanner.Record) (err error) {
	defer crash.Catch(&err)
	return run.Shard(ctx, shard)
}

// Add takes the record of an export.
func (r *Recorder) Add(record *scanner.Record) {
	r.pending = append(r.pending, record)
	if len(r.pending) == history.ShardSize {
		r.shards <- r.pending
		r.pending = nil // the goroutine has it now
	}
}

// Flush waits until everything that was added is written. Nothing may be added
// afterwards.
func (r *Recorder) Flush() {
	if r.shards == nil {
		return
	}
	if len(r.pending) > 0 {
		r.shards <- r.pending
		r.pending = nil
	}
	close(r.shards)
	r.shards = nil
	<-r.done
}

// Tell has the run's end put a report into the outbox, for each destination.
func (r *Recorder) Tell(tenant string, destinations []string, report []byte) error {
	return r.run.Tell(tenant, destinations, report)
}

// Finish ends the run with its report.
func (r *Recorder) Finish(ctx context.Context, report *scanner.Report) (history.Recorded, error) {
	r.Flush()
	if r.err != nil {
		return history.Recorded{}, r.err
	}
	return r.run.Finish(ctx, report)
}

// Abandon gives the run up. It does nothing after Finish.
func (r *Recorder) Abandon(ctx context.Context) error {
	r.pending = nil
	r.Flush()
	return r.run.Abandon(ctx)
}
