package history_test

import (
	"errors"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner/history"
)

func untold(t *testing.T, s *history.Store) []history.Notice {
	t.Helper()
	list, err := s.Untold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A notice counts with its run, or not at all, and stays until it is told.
func testOutbox(t *testing.T, s *history.Store) {
	w := newWorld(3)
	run, err := begin(t.Context(), s, w, w.records())
	if err != nil {
		t.Fatal(err)
	}
	must(t, run.Tell("acme", []string{"siem"}, []byte("given up")))
	if err := run.Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := untold(t, s); len(list) != 0 {
		t.Errorf("a run that was given up tells %+v", list)
	}
	if run, err = begin(t.Context(), s, w, w.records()); err != nil {
		t.Fatal(err)
	}
	must(t, run.Tell("acme", []string{"siem", "on-call"}, []byte("first")))
	if list := untold(t, s); len(list) != 0 {
		t.Errorf("a run that goes on tells %+v", list)
	}
	recorded, err := run.Finish(t.Context(), w.report(t))
	if err != nil {
		t.Fatal(err)
	}
	must(t, s.Tell(t.Context(), "globex", []string{"siem"}, []byte("could not run")))
	list := untold(t, s)
	if len(list) != 3 || list[0].Run != recorded.Run || list[1].Destination != "on-call" || list[2].Run != 0 || list[2].Tenant != "globex" {
		t.Fatalf("%+v", list)
	}
	if report, err := s.Notice(t.Context(), list[2].ID); err != nil || string(report) != "could not run" {
		t.Errorf("%q, %v", report, err)
	}
	later := start.Add(time.Hour)
	must(t, s.Postpone(t.Context(), list[0].ID, later, "status 503"))
	must(t, s.Told(t.Context(), list[1].ID))
	list = untold(t, s)
	if len(list) != 2 || list[0].Attempts != 1 || !list[0].Due.Equal(later) || list[0].Why != "status 503" || list[1].Destination != "siem" {
		t.Errorf("%+v", list)
	}
	if _, err := s.Notice(t.Context(), 99); !errors.Is(err, history.ErrNoRun) {
		t.Error(err)
	}
	verify(t, s)
}

// One service works on a history, and single runs beside it.
func testHold(t *testing.T, s *history.Store) {
	hold, err := s.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Hold(t.Context()); !errors.Is(err, history.ErrHeld) {
		t.Errorf("a second service: %v", err)
	}
	recordRun(t, s, newWorld(2))
	must(t, hold.Keep(t.Context()))
	must(t, s.Ready(t.Context()))
	must(t, hold.Release())
	again, err := s.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	must(t, again.Release())
	must(t, again.Release())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
