package history_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

func testPrune(t *testing.T, s *history.Store) {
	w := newWorld(20)
	w.failing[1], w.failing[2] = true, true
	var runs []int64
	var texts [][]byte
	for day := range 6 {
		w.day = day
		w.policy[day]++
		w.failing[2] = day < 2
		w.fresh = true
		text, _ := w.snapshot(t)
		runs, texts = append(runs, recordRun(t, s, w)), append(texts, text)
	}
	if _, err := s.Approve(t.Context(), scanner.Approval{Digest: "d", At: start, By: "Ada", Reason: "reviewed"}); err != nil {
		t.Fatal(err)
	}
	entries := verify(t, s).Entries
	p, err := s.Prune(t.Context(), start.AddDate(0, 0, 3))
	if err != nil || p.Runs != 3 || p.Documents == 0 || p.Episodes != 1 {
		t.Fatalf("pruned %+v, %v", p, err)
	}
	if v := verify(t, s); v.Entries != entries+1 || v.Runs != 3 {
		t.Errorf("after pruning: %+v", v)
	}
	for i, run := range runs {
		if i < 3 {
			if err := s.Export(t.Context(), run, io.Discard); !errors.Is(err, history.ErrNoRun) {
				t.Errorf("run %d, which was pruned: %v", run, err)
			}
		} else if !bytes.Equal(texts[i], export(t, s, run)) {
			t.Errorf("run %d, which was kept, gives another snapshot", run)
		}
	}
	// When a finding began is still known.
	if diff := cmp.Diff([]string{"fail 03-01 goes on"}, states(t, s)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	w.day = 6
	recordRun(t, s, w)
	if p, err := s.Prune(t.Context(), start.AddDate(1, 0, 0)); err != nil || p.Runs != 3 {
		t.Errorf("the last run stays: %+v, %v", p, err)
	}
	if p, err := s.Prune(t.Context(), start.AddDate(1, 0, 0)); err != nil || p.Runs != 0 {
		t.Errorf("nothing is left to prune: %+v, %v", p, err)
	}
	verify(t, s)
}
