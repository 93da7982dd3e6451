package history_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"github.com/trailguard/trailguard/scanner/history"
)

// The test binary runs itself as a recording process that is killed or runs out
// of space.
const (
	childPath  = "HISTORY_CHILD_PATH"
	childDays  = "HISTORY_CHILD_DAYS"
	childLimit = "HISTORY_CHILD_LIMIT"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child records day after day, from the first that is not recorded yet.
func child(path string) error {
	if limit, err := strconv.ParseUint(os.Getenv(childLimit), 10, 64); err == nil {
		if err := limitFiles(limit); err != nil {
			return err
		}
	}
	days, err := strconv.Atoi(os.Getenv(childDays))
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := history.Open(ctx, path, history.Options{})
	if err != nil {
		return err
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	for day := len(runs); day < days; day++ {
		w := worldOn(day)
		run, err := begin(ctx, s, w, w.records())
		if err != nil {
			return err
		}
		r := w.judged()
		if _, r.Scan.SnapshotDigest, err = w.text(); err != nil {
			return err
		}
		if _, err := run.Finish(ctx, r); err != nil {
			return err
		}
	}
	return s.Close()
}

// worldOn is the state of things on a day: every day differs from the one
// before.
func worldOn(day int) *world {
	w := newWorld(30 + day%3)
	w.day, w.fresh = day, day%2 == 0
	for i := range w.size {
		w.policy[i] = (day + i) / 20
		w.failing[i] = (day+i)%15 == 0
		w.denied[i] = (day+i)%40 == 1
		w.gone[i] = (day+2*i)%50 == 0
	}
	return w
}
