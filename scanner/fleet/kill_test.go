//go:build integration && unix

package fleet

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trailguard/trailguard/fixtures/postgres"
)

// process is a process that takes part in a fleet, and can be killed.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // a scheduler's run has ended
}

// start starts this program in one of the parts of TestMain.
func start(t *testing.T, part, database string, slots, shards int, wait time.Duration) *process {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), partVariable+"="+part, databaseVariable+"="+database, slotsVariable+"="+strconv.Itoa(slots),
		shardsVariable+"="+strconv.Itoa(shards), waitVariable+"="+wait.String())
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, make(chan struct{})}
	go func() {
		if bufio.NewScanner(out).Scan() {
			close(p.ended)
		}
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// TestIntegrationFleetIsKilled kills a worker, the scheduler or Postgres at random
// while a run goes on. The last step fails unless it is given the result of every
// shard, once and in its place.
func TestIntegrationFleetIsKilled(t *testing.T) {
	const kills, workers, slots, shards, wait = 50, 4, 12, 3000, 200 * time.Millisecond
	server := postgres.Start(t)
	database := server.Database(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	team := make([]*process, workers)
	for i := range team {
		team[i] = start(t, "worker", database, slots, shards, wait)
	}
	scheduler := start(t, "scheduler", database, 0, shards, wait)
	done := map[string]int{}
	for range kills {
		select {
		case <-scheduler.ended:
			t.Fatalf("the run ended after %v, before all was killed", done)
		case <-time.After(time.Duration(random.IntN(500)) * time.Millisecond):
		}
		switch random.IntN(10) {
		case 0:
			done["Postgres"]++
			server.Kill(t)
			time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
			server.Restart(t)
		case 1, 2:
			done["scheduler"]++
			scheduler.kill()
			scheduler = start(t, "scheduler", database, 0, shards, wait)
		default:
			done["worker"]++
			i := random.IntN(workers)
			team[i].kill()
			team[i] = start(t, "worker", database, slots, shards, wait)
		}
		if runs := ended(t, database); len(runs) > 0 {
			t.Fatalf("after %v: %v", done, runs)
		}
	}
	t.Logf("killed %v", done)
	select {
	case <-scheduler.ended:
	case <-time.After(5 * time.Minute):
		t.Fatal("the run does not end")
	}
	if runs := ended(t, database); len(runs) != 1 || runs[0] != "status 0: " {
		t.Errorf("runs: %q", runs)
	}
}

// ended are the runs that ended.
func ended(t *testing.T, database string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var exists bool
	if err := conn.QueryRow(t.Context(), "SELECT to_regclass('fleet_run') IS NOT NULL").Scan(&exists); err != nil || !exists {
		return nil
	}
	rows, err := conn.Query(t.Context(), "SELECT status, problem FROM fleet_run WHERE ended IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	runs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var status int
		var problem string
		err := row.Scan(&status, &problem)
		return fmt.Sprintf("status %d: %s", status, problem), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// TestIntegrationFleetWakesUp has a worker sleep until others take it for dead and
// do its steps. What it brings back when it wakes up counts no more.
func TestIntegrationFleetWakesUp(t *testing.T) {
	database := postgres.Start(t).Database(t)
	sleeper := start(t, "worker", database, 4, 4, 3*time.Second)
	scheduler := join(t, database, 0, nil)
	ended := begin(t, scheduler, "acme")
	asleep := func() int {
		var n int
		if err := scheduler.pool.QueryRow(t.Context(), "SELECT COUNT(*) FROM fleet_step WHERE kind = 'shard' AND state = 'admitted' AND worker IS NOT NULL").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for asleep() < 4 {
		time.Sleep(time.Millisecond)
	}
	if err := sleeper.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if asleep() < 4 {
		t.Fatal("it was too quick")
	}
	hold := make(chan struct{})
	w := &world{shards: 4, size: 5, each: func(context.Context, Run, int) error { <-hold; return nil }}
	join(t, database, 4, w)
	for lost := 0; lost < 4; {
		if err := scheduler.pool.QueryRow(t.Context(), "SELECT COUNT(*) FROM fleet_step WHERE attempt = 2 AND worker IS NOT NULL").Scan(&lost); err != nil {
			t.Fatal(err)
		}
	}
	if err := sleeper.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second) // it wakes up, and brings back what it has
	if n := asleep(); n != 4 {
		t.Errorf("%d of 4 steps are still those of the worker that took them over", n)
	}
	close(hold)
	if e := <-ended; e.Status != 0 {
		t.Errorf("%+v", e)
	}
}
