//go:build integration && unix

package fleet

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/postgres"
)

// testFairness has small tenants come after a large one. How long they wait is
// counted in shards that the large one begins meanwhile: as many as there are slots
// are one turn of all workers.
func testFairness(t *testing.T, server *postgres.Server) {
	const slots, large, small = 50, 400, 50
	var mu sync.Mutex
	var begun int64
	asked, waited := map[string]int64{}, map[string]int64{}
	each := func(_ context.Context, run Run, _ int) error {
		mu.Lock()
		defer mu.Unlock()
		if at, ok := asked[run.Tenant]; ok {
			waited[run.Tenant] = begun - at
		} else {
			begun++
		}
		return nil
	}
	w := sizes{&world{wait: 400 * time.Millisecond, each: each}, map[string]int{"large": large}}
	f := join(t, server.Database(t), slots, w)
	var group sync.WaitGroup
	run := func(tenant string) {
		group.Go(func() {
			if e, err := f.Run(t.Context(), tenant, time.Now()); err != nil || e.Status != 0 {
				t.Errorf("%s: %+v, %v", tenant, e, err)
			}
		})
	}
	run("large")
	for n := int64(0); n < slots; {
		time.Sleep(time.Millisecond)
		mu.Lock()
		n = begun
		mu.Unlock()
	}
	for i := range small {
		tenant := fmt.Sprintf("small%d", i)
		mu.Lock()
		asked[tenant] = begun
		mu.Unlock()
		run(tenant)
	}
	group.Wait()
	longest := int64(0)
	for _, n := range waited {
		longest = max(longest, n)
	}
	if len(waited) != small || longest > 2*slots {
		t.Errorf("%d small tenants, of which one waited for %d shards of the large one: more than two turns of %d", len(waited), longest, slots)
	}
}

// sizes are tenants with more than one shard.
type sizes struct {
	*world

	of map[string]int
}

func (s sizes) List(ctx context.Context, run Run) (Listed, error) {
	return s.sized(run).List(ctx, run)
}

func (s sizes) Finish(ctx context.Context, run Run, head []byte, shards iter.Seq2[[]byte, error]) (Finished, error) {
	return s.sized(run).Finish(ctx, run, head, shards)
}

func (s sizes) sized(run Run) *world {
	w := *s.world
	w.shards = max(1, s.of[run.Tenant])
	return &w
}
