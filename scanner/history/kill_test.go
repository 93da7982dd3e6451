//go:build unix

package history_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/history"
)

func childProcess(t *testing.T, path string, days int, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), append(env, childPath+"="+path, childDays+"="+strconv.Itoa(days))...)
	return cmd
}

// TestKill kills a recording process at fifty random points, and compares the
// result with what an undisturbed process records.
func TestKill(t *testing.T) {
	short.Skip(t)
	path := filepath.Join(t.TempDir(), "history.db")
	random := rand.New(rand.NewPCG(20260301, 1))
	// How long two days take here and now says when to kill: in the first or
	// the second.
	began := time.Now()
	if out, err := childProcess(t, filepath.Join(t.TempDir(), "timed.db"), 2).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	most := time.Since(began)
	unfinished := 0
	for range 50 {
		cmd := childProcess(t, path, 1<<20)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(most/4 + time.Duration(random.Int64N(int64(3*most/4))))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the process ended before it was killed")
		}
		if left(t, path) {
			unfinished++
		}
	}
	if unfinished == 0 {
		t.Error("no process was killed in the midst of a run: the test proves nothing")
	}
	s := open(t, path)
	runs, err := s.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	days := len(runs) + 1
	t.Logf("%d days, and %d of 50 processes were killed in the midst of a run", days, unfinished)

	// The one that is not killed completes what the others left.
	other := filepath.Join(t.TempDir(), "undisturbed.db")
	for _, p := range []string{path, other} {
		if out, err := childProcess(t, p, days).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	compareStores(t, open(t, other), s)
}

// left says whether the history holds a run that did not end, and checks that
// the last one that did is readable.
func left(t *testing.T, path string) bool {
	t.Helper()
	s, err := history.Open(t.Context(), path, history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, err := s.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) > 0 {
		last := runs[len(runs)-1]
		var out bytes.Buffer
		if err := s.Export(t.Context(), last.ID, &out); err != nil {
			t.Fatalf("the last complete run: %v", err)
		}
	}
	n, err := s.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func compareStores(t *testing.T, want, got *history.Store) {
	t.Helper()
	a, err := want.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := got.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) {
		t.Fatalf("%d runs, want %d", len(b), len(a))
	}
	for i := range a {
		if !bytes.Equal(export(t, want, a[i].ID), export(t, got, b[i].ID)) {
			t.Errorf("the snapshot of day %d differs", i)
		}
		x, err := want.Show(t.Context(), a[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		y, err := got.Show(t.Context(), b[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		x.ID, y.ID = 0, 0 // a run that was killed has used one up
		if diff := cmp.Diff(x, y); diff != "" {
			t.Errorf("day %d differs (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(spans(t, want), spans(t, got)); diff != "" {
		t.Errorf("findings differ (-want +got):\n%s", diff)
	}
	verify(t, want)
	verify(t, got)
}

func spans(t *testing.T, s *history.Store) []string {
	t.Helper()
	episodes, err := s.Findings(t.Context(), history.Filter{Ended: true})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range episodes {
		list = append(list, strings.Join([]string{e.ExportID, e.Fingerprint, string(e.Status), span(e)}, " "))
	}
	return list
}

func TestFileLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	if out, err := childProcess(t, path, 3).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := export(t, open(t, path), 3)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	out, err := childProcess(t, path, 1000, childLimit+"="+strconv.FormatInt(info.Size()+100_000, 10)).CombinedOutput()
	if err == nil {
		t.Fatal("a process that may not write on has recorded 1000 days")
	}
	if text := string(out); !strings.Contains(text, path) || !strings.Contains(text, "space") || !strings.Contains(text, "kept") {
		t.Errorf("the message does not say what happened and what to do: %s", text)
	}
	s := open(t, path)
	if !bytes.Equal(before, export(t, s, 3)) {
		t.Error("what was recorded before differs")
	}
	verify(t, s)
	runs, err := s.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := childProcess(t, path, len(runs)+1).CombinedOutput(); err != nil {
		t.Fatalf("with space again: %v: %s", err, out)
	}
	verify(t, s)
}
