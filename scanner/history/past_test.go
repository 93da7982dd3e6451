package history_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/history"
)

// recordReport records a run with a report that holds more than the world produces.
func recordReport(t *testing.T, s *history.Store, w *world, report *scanner.Report) int64 {
	t.Helper()
	run, err := s.BeginRun(t.Context(), w.info())
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Shard(t.Context(), w.records()); err != nil {
		t.Fatal(err)
	}
	recorded, err := run.Finish(t.Context(), report)
	if err != nil {
		t.Fatal(err)
	}
	return recorded.Run
}

// testPast: what a run said of every subject comes back, passes and waivers included.
func testPast(t *testing.T, s *history.Store) {
	w := newWorld(3)
	w.failing[1], w.denied[2], w.fresh = true, true, true
	report := w.judged()
	waiver := &scanner.Waiver{Justification: "moves in May", ApprovedBy: "Ada", Expires: "2026-05-31"}
	report.Findings[0].Waiver = waiver
	report.Waivers.Applied = []scanner.WaiverUse{{Waiver: *waiver, Rules: []string{ruleID(3)}, Findings: 1}}
	report.Controls = []scanner.ControlResult{{Framework: "SOC 2", ID: "CC7.2", State: scanner.ControlNotMet, Waived: true, Rules: []scanner.ControlRule{{RuleID: ruleID(3)}}}}
	report.Scan.Baseline = &scanner.BaselineInfo{Digest: "b"}
	first := recordReport(t, s, w, report)
	w.day = 1
	second := recordRun(t, s, w)

	past, err := s.Past(t.Context(), start.AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	runs := past.Runs()
	if len(runs) != 1 || runs[0].Run != first || runs[0].Kept {
		t.Fatalf("before the second run there are %+v", runs)
	}
	j, got := &runs[0], map[string]string{}
	err = past.Read(t.Context(), j, func(r *scanner.SubjectResults) {
		got[r.ExportID] = r.Letters[2:5]
		if r.ExportID == w.id(1) && (len(r.Failing) != 1 || r.Failing[0].Waiver == nil || r.Failing[0].Waiver.ApprovedBy != "Ada") {
			t.Errorf("what fails is %+v", r.Failing)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{w.id(0): "PPP", w.id(1): "PWP", w.id(2): "PUP", "": "..."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the results of the third to the fifth rule:\n%s", diff)
	}
	if !j.Kept || len(j.Rules) != ruleCount || len(j.Waivers) != 1 || j.Waivers[0].State != "applied" || j.Baseline == nil ||
		j.Controls[0].State != scanner.ControlNotMet || !j.Controls[0].Waived || strings.Join(j.Whole, ",") != w.tenant {
		t.Errorf("the run says %+v", j)
	}
	if past, err = s.Past(t.Context(), start.AddDate(1, 0, 0)); err != nil || len(past.Runs()) != 2 || past.Head() == "" {
		t.Fatalf("%d runs, %v", len(past.Runs()), err)
	}
	testDelivered(t, past, w, second)
	verify(t, s)
}

func testDelivered(t *testing.T, past *history.Past, w *world, run int64) {
	t.Helper()
	days := map[string]int{}
	err := past.Deliveries(t.Context(), run, func(c *scanner.ExportConfiguration, at time.Time, d *document.Delivery) {
		if d == nil || !at.Equal(w.at()) {
			t.Fatalf("export %s was listed at %s: %v", c.ID, at, d)
		}
		days[c.ID] = len(d.Days)
	})
	if err != nil || len(days) != w.size || days[w.id(0)] != continuityDays+1 {
		t.Errorf("days with objects are %v, %v", days, err)
	}
}

// TestPastOfWhatWasPruned reads no results of a pruned run.
func TestPastOfWhatWasPruned(t *testing.T) {
	s := newStore(t)
	w := newWorld(2)
	w.failing[0] = true
	recordRun(t, s, w)
	w.day, w.failing[0] = 1, false
	recordRun(t, s, w)
	if _, err := s.Prune(t.Context(), w.at()); err != nil {
		t.Fatal(err)
	}
	past, err := s.Past(t.Context(), start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	runs := past.Runs()
	for i := range runs {
		said := 0
		if err := past.Read(t.Context(), &runs[i], func(*scanner.SubjectResults) { said++ }); err != nil {
			t.Fatal(err)
		}
		if kept := i == 1; runs[i].Kept != kept || (said > 0) != kept {
			t.Errorf("run %d: kept is %t, of %d subjects", runs[i].Run, runs[i].Kept, said)
		}
	}
}
