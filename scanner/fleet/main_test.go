//go:build unix

package fleet

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The parts that this program plays in tests that kill it.
const (
	partVariable     = "FLEET_TEST_PART" // worker or scheduler
	databaseVariable = "FLEET_TEST_DATABASE"
	slotsVariable    = "FLEET_TEST_SLOTS"
	shardsVariable   = "FLEET_TEST_SHARDS"
	waitVariable     = "FLEET_TEST_WAIT"
)

func TestMain(m *testing.M) {
	switch os.Getenv(partVariable) {
	case "worker":
		play(0)
	case "scheduler":
		play(1)
	default:
		os.Exit(m.Run())
	}
}

// play takes part in a fleet until it is killed. A scheduler has one run done.
func play(runs int) {
	slots, _ := strconv.Atoi(os.Getenv(slotsVariable))
	shards, _ := strconv.Atoi(os.Getenv(shardsVariable))
	wait, _ := time.ParseDuration(os.Getenv(waitVariable))
	config, err := pgx.ParseConfig(os.Getenv(databaseVariable))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	var f *Fleet
	for {
		if f, err = Open(ctx, config.Copy(), hurried(slots, &world{shards: shards, wait: wait, size: 100})); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond) // the database is down
	}
	for f.Start(ctx) != nil {
		time.Sleep(50 * time.Millisecond)
	}
	for range runs {
		// What the history says in the product: that the tenant's run has ended.
		var ended int
		for f.pool.QueryRow(ctx, "SELECT COUNT(*) FROM fleet_run WHERE ended IS NOT NULL").Scan(&ended) != nil {
			time.Sleep(50 * time.Millisecond)
		}
		if ended == 0 {
			_, _ = f.Run(ctx, "acme", time.Time{})
		}
		fmt.Println("ended")
	}
	select {}
}
