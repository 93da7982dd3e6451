package fleet

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Run is a run of a tenant.
type Run struct {
	ID       int64
	Tenant   string
	Deadline time.Time // that it is for; zero: the tenant was never scanned
	Began    time.Time
	Listed   time.Time // when its first attempt to list the exports began
}

// Traffic is what a step, or all steps of a run, sent.
type Traffic struct {
	Requests, Retries int64
	Waited            time.Duration // before requests that were sent again
}

func (t *Traffic) add(more Traffic) {
	t.Requests += more.Requests
	t.Retries += more.Retries
	t.Waited += more.Waited
}

// Listed is what the first step of a run came to.
type Listed struct {
	Head    []byte   // for the last step
	Shards  [][]byte // the input of each shard
	Traffic Traffic
}

// Collected is what a shard came to.
type Collected struct {
	Result  []byte // for the last step
	Traffic Traffic
}

// Ended is what a run came to.
type Ended struct {
	Status  int    // as of the exit of trailguard scan
	Problem string // why it could not run
	Traffic Traffic
}

// Finished is what the last step came to. Its traffic is its own.
type Finished struct {
	Ended

	Reports map[string][]byte // that take the place of the tenant's earlier ones, by name
}

// Work says what steps mean. All of its functions may be called at once, and again
// for a step whose first attempt was cut off. An error ends the run, which then
// could not run, unless the context has ended or it is ErrAgain: then another
// attempt is made.
type Work interface {
	List(ctx context.Context, run Run) (Listed, error)
	Shard(ctx context.Context, run Run, input []byte) (Collected, error)
	// Finish gets the results of all shards in their order.
	Finish(ctx context.Context, run Run, head []byte, shards iter.Seq2[[]byte, error]) (Finished, error)
}

// ErrAgain says that another attempt may succeed where this one did not, perhaps by
// another process. Some attempts are made, over some minutes.
var ErrAgain = errors.New("it is tried again")

// The kinds of steps.
const (
	list   = "list"
	shard  = "shard"
	finish = "finish"
)
