package history_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner/history"
)

func testCache(t *testing.T, s *history.Store) {
	w := newWorld(20)
	w.failing[1], w.denied[2] = true, true
	if c, err := s.Cache(t.Context(), w.tenant, w.info().JudgeDigest); err != nil {
		t.Fatal(err)
	} else if _, ok, err := c.Results(t.Context(), w.record(1)); ok || err != nil {
		t.Errorf("results before the first run: %v, %v", ok, err)
	}
	recordRun(t, s, w)
	w.day, w.policy[5] = 1, 1
	w.failing[5] = true
	recordRun(t, s, w)

	w.day = 2 // other times and request ids, and nothing else
	c, err := s.Cache(t.Context(), w.tenant, w.info().JudgeDigest)
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.size {
		got, ok, err := c.Results(t.Context(), w.record(i))
		if err != nil || !ok {
			t.Fatalf("export %d: %v, %v", i, ok, err)
		}
		if diff := cmp.Diff(w.judge(i), got); diff != "" {
			t.Errorf("export %d: results from the history are not what judging gives (-want +got):\n%s", i, diff)
		}
	}
	w.policy[3], w.fresh = 1, true
	for _, i := range []int{3, 4} { // another policy, and a new delivery
		if _, ok, err := c.Results(t.Context(), w.record(i)); ok || err != nil {
			t.Errorf("export %d has changed: %v, %v", i, ok, err)
		}
	}
	w.policy[3], w.fresh = 0, false
	for _, judge := range []string{"another", ""} {
		c, err := s.Cache(t.Context(), w.tenant, judge)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, err := c.Results(t.Context(), w.record(1)); ok || err != nil {
			t.Errorf("results of another judge: %v, %v", ok, err)
		}
	}
}
