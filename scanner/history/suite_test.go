package history_test

import (
	"bytes"
	"database/sql"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// suite is what every implementation of the store must do.
func suite(t *testing.T, store func(t *testing.T) *history.Store) {
	t.Run("snapshots come back", func(t *testing.T) { testSnapshots(t, store(t)) })
	t.Run("episodes", func(t *testing.T) { testEpisodes(t, store(t)) })
	t.Run("states", func(t *testing.T) { testStates(t, store(t)) })
	t.Run("other rules", func(t *testing.T) { testRules(t, store(t)) })
	t.Run("show", func(t *testing.T) { testShow(t, store(t)) })
	t.Run("same schedule", func(t *testing.T) { testSchedule(t, store(t)) })
	t.Run("abandoned", func(t *testing.T) { testAbandoned(t, store(t)) })
	t.Run("changes", func(t *testing.T) { testChanges(t, store(t)) })
	t.Run("json", func(t *testing.T) { testJSON(t, store(t)) })
	t.Run("past", func(t *testing.T) { testPast(t, store(t)) })
	t.Run("approvals", func(t *testing.T) { testApprovals(t, store(t)) })
	t.Run("expected head", func(t *testing.T) { testExpectedHead(t, store(t)) })
	t.Run("sweep", func(t *testing.T) { testSweep(t, store(t)) })
	t.Run("prune", func(t *testing.T) { testPrune(t, store(t)) })
	t.Run("outbox", func(t *testing.T) { testOutbox(t, store(t)) })
	t.Run("hold", func(t *testing.T) { testHold(t, store(t)) })
	t.Run("foreign transaction", func(t *testing.T) { testTransaction(t, store(t)) })
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) *history.Store { return newStore(t) })
}

func testSnapshots(t *testing.T, s *history.Store) {
	w := newWorld(20)
	w.denied[4] = true
	type day struct {
		run  int64
		text []byte
	}
	var days []day
	for n, change := range []func(){
		func() {},
		func() {},
		func() { w.policy[3]++; w.fresh = true },
		func() { w.gone[5] = true },
		func() { w.gone[5] = false; w.size++; w.denied[4] = false },
		func() { w.policy[3]-- },
	} {
		w.day = n
		change()
		text, _ := w.snapshot(t)
		days = append(days, day{recordRun(t, s, w), text})
	}
	for _, d := range days {
		if got := export(t, s, d.run); !bytes.Equal(got, d.text) {
			t.Errorf("run %d: the snapshot that comes back differs:\n%s", d.run, cmp.Diff(string(d.text), string(got)))
		}
	}
	verify(t, s)
}

func states(t *testing.T, s *history.Store) []string {
	t.Helper()
	episodes, err := s.Findings(t.Context(), history.Filter{Ended: true})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range episodes {
		list = append(list, string(e.Status)+" "+span(e))
	}
	slices.Sort(list)
	return list
}

func span(e history.Episode) string {
	text := e.FirstSeen.Format("01-02")
	if e.ResolvedRun == 0 {
		return text + " goes on"
	}
	return text + " to " + e.ResolvedAt.Format("01-02") + " " + e.Ending
}

func testEpisodes(t *testing.T, s *history.Store) {
	w := newWorld(10)
	for n, step := range []struct {
		change func()
		want   []string
	}{
		{func() { w.failing[1] = true }, []string{"fail 03-01 goes on"}},
		{func() {}, []string{"fail 03-01 goes on"}},
		// That it could not be assessed does not end it.
		{func() { w.denied[1] = true }, []string{"fail 03-01 goes on", "unknown 03-03 goes on"}},
		{func() { w.denied[1] = false }, []string{"fail 03-01 goes on", "unknown 03-03 to 03-04 resolved"}},
		{func() { w.failing[1] = false }, []string{"fail 03-01 to 03-05 resolved", "unknown 03-03 to 03-04 resolved"}},
		{func() { w.failing[2] = true }, []string{"fail 03-01 to 03-05 resolved", "fail 03-06 goes on", "unknown 03-03 to 03-04 resolved"}},
		// An incomplete list does not end it either.
		{func() { w.gone[2], w.complete = true, false }, []string{"fail 03-01 to 03-05 resolved", "fail 03-06 goes on", "unknown 03-03 to 03-04 resolved"}},
		{func() { w.complete = true }, []string{"fail 03-01 to 03-05 resolved", "fail 03-06 to 03-08 gone", "unknown 03-03 to 03-04 resolved"}},
		{func() { w.failing[3] = true }, []string{"fail 03-01 to 03-05 resolved", "fail 03-06 to 03-08 gone", "fail 03-09 goes on", "unknown 03-03 to 03-04 resolved"}},
		{func() { w.failing[3], w.rules = false, "rules-2" }, []string{"fail 03-01 to 03-05 resolved", "fail 03-06 to 03-08 gone", "fail 03-09 to 03-10 rules", "unknown 03-03 to 03-04 resolved"}},
	} {
		w.day = n
		step.change()
		recordRun(t, s, w)
		if diff := cmp.Diff(step.want, states(t, s)); diff != "" {
			t.Errorf("day %d (-want +got):\n%s", n+1, diff)
		}
	}
	verify(t, s)
}

func testShow(t *testing.T, s *history.Store) {
	w := newWorld(10)
	w.failing[1], w.failing[8] = true, true
	first := recordRun(t, s, w)
	want := w.findings()
	w.day, w.failing[8] = 1, false
	recordRun(t, s, w)
	d, err := s.Show(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, d.Findings); diff != "" {
		t.Errorf("findings of the first run (-want +got):\n%s", diff)
	}
	if len(d.Drift) != 1 || d.Drift[0].Message != "on day 0" {
		t.Errorf("drift of the first run: %+v", d.Drift)
	}
	if d.ExitStatus != scanner.ExitFail || !d.Complete || d.Summary.BySeverity[scanner.SeverityHigh] != 2 {
		t.Errorf("the first run is shown as %+v", d.RunSummary)
	}
	runs, err := s.Runs(t.Context())
	if err != nil || len(runs) != 2 || !slices.Equal(runs[1].Tenants, []string{"acme"}) {
		t.Errorf("runs: %+v, %v", runs, err)
	}
	if trend, err := s.Trend(t.Context(), w.at()); err != nil || len(trend) != 1 || trend[0].Summary.BySeverity[scanner.SeverityHigh] != 1 {
		t.Errorf("trend since the second day: %+v, %v", trend, err)
	}
	if _, err := s.Show(t.Context(), 99); !errors.Is(err, history.ErrNoRun) {
		t.Errorf("a run that does not exist: %v", err)
	}
}

func testSchedule(t *testing.T, s *history.Store) {
	w := newWorld(3)
	recordRun(t, s, w)
	if _, err := s.BeginRun(t.Context(), w.info()); !errors.Is(err, history.ErrRecorded) {
		t.Errorf("the same run for the second time: %v", err)
	}
	w.day = 1
	recordRun(t, s, w) // the refusal left nothing behind
}

func testAbandoned(t *testing.T, s *history.Store) {
	w := newWorld(20)
	w.failing[1] = true
	first := recordRun(t, s, w)
	before := export(t, s, first)

	w.day, w.failing[1], w.failing[2], w.policy[9] = 1, false, true, 1
	run, err := begin(t.Context(), s, w, w.records())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"fail 03-01 goes on"}, states(t, s)); diff != "" {
		t.Errorf("while a run is recorded, the last one counts (-want +got):\n%s", diff)
	}
	if err := run.Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"fail 03-01 goes on"}, states(t, s)); diff != "" {
		t.Errorf("after it was given up (-want +got):\n%s", diff)
	}
	if !bytes.Equal(before, export(t, s, first)) {
		t.Error("the first run's snapshot is another one")
	}
	verify(t, s)
	recordRun(t, s, w)
	if diff := cmp.Diff([]string{"fail 03-01 to 03-02 resolved", "fail 03-02 goes on"}, states(t, s)); diff != "" {
		t.Errorf("after the next run (-want +got):\n%s", diff)
	}
}

func testChanges(t *testing.T, s *history.Store) {
	w := newWorld(10)
	w.failing[7] = true
	first := recordRun(t, s, w)
	w.day, w.policy[2], w.gone[7], w.size, w.fresh = 1, 1, true, 11, true
	w.policy[4] = 1
	w.failing[2] = true
	second := recordRun(t, s, w)
	w.day, w.policy[4], w.lastUsed = 2, 0, true
	third := recordRun(t, s, w)

	check := func(a, b int64, want map[string]scanner.Effect) {
		t.Helper()
		c, err := s.Changes(t.Context(), a, b)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]scanner.Effect{}
		for _, e := range c.Exports {
			got[e.ExportID] = e.Effect
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %d to %d (-want +got):\n%s", a, b, diff)
		}
	}
	// New deliveries everywhere are no change, and neither is the use of every
	// role.
	check(first, second, map[string]scanner.Effect{w.id(2): "changed", w.id(4): "changed", w.id(7): "removed", w.id(10): "added"})
	check(second, third, map[string]scanner.Effect{w.id(4): "changed"})
	check(first, third, map[string]scanner.Effect{w.id(2): "changed", w.id(7): "removed", w.id(10): "added"})
	check(first, first, map[string]scanner.Effect{})
	c, err := s.Changes(t.Context(), first, third)
	if err != nil || len(c.Begun) != 1 || c.Begun[0].ExportID != w.id(2) || len(c.Ended) != 1 || c.Ended[0].ExportID != w.id(7) {
		t.Errorf("findings that began and ended: %+v, %v", c, err)
	}
	if _, err := s.Changes(t.Context(), first, 99); !errors.Is(err, history.ErrNoRun) {
		t.Errorf("a run that does not exist: %v", err)
	}
}

func testApprovals(t *testing.T, s *history.Store) {
	want := []scanner.Approval{
		{Digest: "d1", At: start, By: "Ada", Reason: "reviewed"},
		{Digest: "d2", At: start.AddDate(0, 0, 1), By: "Grace", Reason: "after the change"},
	}
	for _, a := range want {
		if _, err := s.Approve(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Approvals(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("approvals (-want +got), %v:\n%s", err, diff)
	}
	if _, err := s.Approve(t.Context(), scanner.Approval{Digest: "d3", At: start, By: "Ada"}); err == nil {
		t.Error("an approval without a reason is kept")
	}
	verify(t, s)
}

func testTransaction(t *testing.T, s *history.Store) {
	w := newWorld(20)
	run, err := s.BeginRun(t.Context(), w.info())
	if err != nil {
		t.Fatal(err)
	}
	entries := w.records()
	for number, part := range [][]*scanner.Record{entries[10:], entries[:10]} {
		err := s.Within(t.Context(), func(tx *sql.Tx) error {
			return s.RecordShard(t.Context(), tx, run.ID, 1-number, part)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := run.Finish(t.Context(), w.report(t)); err != nil {
		t.Fatal(err)
	}
	text, _ := w.snapshot(t)
	if !bytes.Equal(text, export(t, s, run.ID)) {
		t.Error("a run that others recorded gives another snapshot")
	}
}
