package history_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// compared are the states of today's findings against the last complete run,
// with what the comparison adds, by the export's number.
func compared(t *testing.T, s *history.Store, w *world, exports ...string) map[string]scanner.State {
	t.Helper()
	p, err := s.Previous(t.Context(), w.tenant)
	if err != nil {
		t.Fatal(err)
	}
	r := w.judged(exports...)
	missing := scanner.Compare(r, []scanner.Earlier{p.Earlier})
	states := map[string]scanner.State{}
	for _, f := range append(r.Findings, bodies(t, p, missing)...) {
		name := "export " + strings.TrimLeft(strings.SplitN(f.ExportID, "-", 2)[0], "0") + " " + string(f.Status)
		if states[name] != "" {
			t.Errorf("%s is there twice", name)
		}
		states[name] = f.State
	}
	return states
}

// bodies are the findings that a comparison adds.
func bodies(t *testing.T, p *history.Previous, missing []scanner.Missing) []scanner.Finding {
	t.Helper()
	fingerprints := make([]string, len(missing))
	for i := range missing {
		fingerprints[i] = missing[i].Fingerprint
	}
	found, err := p.Bodies(t.Context(), fingerprints)
	if err != nil {
		t.Fatal(err)
	}
	findings := make([]scanner.Finding, len(missing))
	for i := range missing {
		findings[i] = missing[i].Finding(found[missing[i].Fingerprint])
	}
	return findings
}

func testStates(t *testing.T, s *history.Store) {
	w := newWorld(9)
	if p, err := s.Previous(t.Context(), w.tenant); p != nil || err != nil {
		t.Fatalf("before the first run: %v, %v", p, err)
	}
	w.failing = map[int]bool{1: true, 2: true, 3: true, 6: true}
	w.denied[4], w.denied[8] = true, true
	recordRun(t, s, w)

	w.day = 1
	w.failing[2] = false // fixed
	w.denied[3] = true   // no longer assessed
	w.denied[4], w.failing[4] = false, true
	w.failing[5] = true
	w.gone[6] = true
	w.denied[7] = true
	w.size = 11
	w.denied[9], w.failing[10] = true, true
	want := map[string]scanner.State{
		"export 1 fail":    scanner.StateUnchanged,
		"export 2 fail":    scanner.StateResolved,
		"export 3 unknown": scanner.StateIncomparable,
		"export 4 fail":    scanner.StateNew, // never reported before
		"export 5 fail":    scanner.StateNew,
		"export 6 fail":    scanner.StateResolved, // deleted
		"export 7 unknown": scanner.StateIncomparable,
		"export 8 unknown": scanner.StateUnchanged,
		"export 9 unknown": scanner.StateNew,
		"export a fail":    scanner.StateNew,
	}
	if diff := cmp.Diff(want, compared(t, s, w)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}

	// A list that could not be read whole resolves nothing.
	w.complete = false
	delete(want, "export 6 fail")
	want["export 6 unknown"] = scanner.StateIncomparable
	if diff := cmp.Diff(want, compared(t, s, w)); diff != "" {
		t.Errorf("states with an incomplete list (-want +got):\n%s", diff)
	}
	recordRun(t, s, w) // nor does it count as a complete run
	w.day, w.complete = 2, true
	want["export 6 fail"] = scanner.StateResolved
	delete(want, "export 6 unknown")
	if diff := cmp.Diff(want, compared(t, s, w)); diff != "" {
		t.Errorf("states after an incomplete run (-want +got):\n%s", diff)
	}
	recordRun(t, s, w)

	// A failure that could not be assessed for a while was there all along.
	w.day, w.denied[3] = 3, false
	if got := compared(t, s, w)["export 3 fail"]; got != scanner.StateUnchanged {
		t.Errorf("a failure that could not be assessed in between is %q", got)
	}
	w.failing[3] = false
	if got := compared(t, s, w)["export 3 fail"]; got != scanner.StateResolved {
		t.Errorf("a failure that was mended while nobody could look is %q", got)
	}

	// A run of one export says nothing about others.
	for name, state := range compared(t, s, w, w.id(1)) {
		if state == scanner.StateResolved {
			t.Errorf("a run over one export resolves %s", name)
		}
	}
}

func testRules(t *testing.T, s *history.Store) {
	w := newWorld(5)
	w.failing[1], w.failing[2] = true, true
	recordRun(t, s, w)
	w.day, w.rules = 1, "rules-2"
	w.failing[2], w.failing[3] = false, true
	want := map[string]scanner.State{"export 1 fail": scanner.StateUnchanged, "export 3 fail": scanner.StateIncomparable}
	if diff := cmp.Diff(want, compared(t, s, w)); diff != "" {
		t.Errorf("other rules (-want +got):\n%s", diff)
	}

	// A comparison judges the old records again, with today's rules.
	p, err := s.Previous(t.Context(), w.tenant)
	if err != nil {
		t.Fatal(err)
	}
	records, err := s.Records(t.Context(), p.Run)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(drain(t, records)); got != 5 {
		t.Fatalf("%d records come back", got)
	}
}

func TestResolvedFindingsAreWhole(t *testing.T) {
	s := newStore(t)
	w := newWorld(3)
	w.failing[1] = true
	recordRun(t, s, w)
	want := w.findings()[0]
	want.State = scanner.StateResolved
	w.day, w.denied[1] = 1, true
	recordRun(t, s, w) // has no body of the failure
	w.day, w.denied[1], w.failing[1] = 2, false, false
	p, err := s.Previous(t.Context(), w.tenant)
	if err != nil {
		t.Fatal(err)
	}
	got := bodies(t, p, scanner.Compare(w.judged(), []scanner.Earlier{p.Earlier}))
	if diff := cmp.Diff([]scanner.Finding{want}, got); diff != "" {
		t.Errorf("the resolved finding (-want +got):\n%s", diff)
	}
}
