package pipeline

import (
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
)

// task is an export on its way through a worker. Once done is closed, judged
// and err may be read.
type task struct {
	judged *scanner.Judged
	err    error
	done   chan struct{}
}

// ahead is how many exports may be read for each worker before the first of
// them is handed on, so that on a busy machine nobody waits for being woken.
const ahead = 16

// exports reads in one goroutine, judges in several and hands on in the order
// of the records. How many there are shows in nothing but the time that it
// takes. What has been read and not been handed on is bounded, and so is
// memory.
func (j *Judge) exports(ctx context.Context) iter.Seq2[*scanner.Judged, error] {
	workers := j.o.Parallel
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return func(yield func(*scanner.Judged, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var reader sync.WaitGroup
		defer reader.Wait() // what it reads from may be closed afterwards
		defer cancel()      // whatever ends the loop below ends all of them

		tasks := make(chan *task, ahead*workers)
		ordered := make(chan *task, ahead*workers)
		reader.Go(func() { j.readAll(ctx, tasks, ordered) })
		for range workers {
			go func() {
				for t := range tasks {
					t.err = j.guarded(ctx, t.judged)
					close(t.done)
				}
			}()
		}
		for t := range ordered {
			select {
			case <-t.done:
			case <-ctx.Done():
				// The work for one export is bounded, but may take seconds, and nobody
				// takes what comes of it.
				yield(nil, ctx.Err())
				return
			}
			if !yield(t.judged, t.err) || t.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// guarded judges one export. A fault of the program ends the run, not the process.
func (j *Judge) guarded(ctx context.Context, judged *scanner.Judged) (err error) {
	defer crash.Catch(&err)
	return j.export(ctx, judged)
}

// readGuarded reads the next export. A fault in that ends the run, too.
func (j *Judge) readGuarded() (_ *scanner.Judged, err error) {
	defer crash.Catch(&err)
	return j.read()
}

// readAll gives what it reads to the workers, and then to whoever awaits it. An
// error takes its place in the order.
func (j *Judge) readAll(ctx context.Context, tasks, ordered chan<- *task) {
	defer close(ordered)
	defer close(tasks)
	for {
		judged, err := j.readGuarded()
		if errors.Is(err, io.EOF) {
			return
		}
		t := &task{judged: judged, err: err, done: make(chan struct{})}
		if err != nil {
			close(t.done)
		} else {
			select {
			case tasks <- t:
			case <-ctx.Done():
				return
			}
		}
		select {
		case ordered <- t:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}
