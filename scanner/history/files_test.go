package history_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner/history"
)

// mention fails unless an error's text holds all of the words.
func mention(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want one that mentions %q", words)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not mention %q: %v", word, err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	if _, err := history.Open(t.Context(), path, history.Options{ReadOnly: true}); err == nil {
		t.Error("a history that does not exist was opened to read")
	} else if _, err := os.Stat(path); err == nil {
		t.Error("opening to read made a file")
	}
	writer := open(t, path)
	w := newWorld(3)
	run := recordRun(t, writer, w)
	s, err := history.Open(t.Context(), path, history.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	text, _ := w.snapshot(t)
	if !bytes.Equal(text, export(t, s, run)) {
		t.Error("another snapshot comes back")
	}
	w.day = 1
	if _, err := begin(t.Context(), s, w, w.records()); err == nil {
		t.Error("a run was recorded in a history that was opened to read")
	} else {
		mention(t, err, path, "may read and write")
	}
}

func TestNoHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, bytes.Repeat([]byte("this is no history\n"), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := history.Open(t.Context(), path, history.Options{})
	mention(t, err, path, "no history")
}

func TestFull(t *testing.T) {
	s := newStore(t)
	w := newWorld(20)
	first := recordRun(t, s, w)
	text, _ := w.snapshot(t)
	if err := s.LimitPages(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	big := newWorld(2000)
	big.day = 1
	_, err := begin(t.Context(), s, big, big.records())
	mention(t, err, "full", "free some space", "kept")
	if !bytes.Equal(text, export(t, s, first)) {
		t.Error("what was recorded before differs")
	}
}

// TestCorruptPage overwrites each page in turn. Whatever that hits, nothing
// wrong comes out: the snapshot is the one that was recorded, or there is an
// error.
func TestCorruptPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history.db")
	s, err := history.Open(t.Context(), path, history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(40)
	run := recordRun(t, s, w)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want, _ := w.snapshot(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	failed := 0
	for at := 0; at < len(whole); at += page {
		damaged := bytes.Clone(whole)
		for i := range page {
			damaged[at+i] ^= 0x5a
		}
		copied := filepath.Join(t.TempDir(), "history.db")
		if err := os.WriteFile(copied, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := history.Open(t.Context(), copied, history.Options{})
		if err != nil {
			mention(t, err, copied)
			failed++
			continue
		}
		var out bytes.Buffer
		exported := s.Export(t.Context(), run, &out)
		if exported == nil && !bytes.Equal(out.Bytes(), want) {
			t.Errorf("page %d: another snapshot comes back", at/page)
		}
		v, err := s.Verify(t.Context())
		if exported != nil {
			mention(t, exported, copied)
			failed++
			if err == nil && len(v.Problems) == 0 {
				t.Errorf("page %d: the snapshot does not come back (%v), and nothing is wrong", at/page, exported)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if failed < 5 {
		t.Errorf("only %d damaged pages were noticed", failed)
	}
}

func TestTwoWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history.db")
	stores := make([]*history.Store, 2)
	var group sync.WaitGroup
	for i := range stores { // also opening a new one takes turns
		group.Go(func() {
			var err error
			if stores[i], err = history.Open(t.Context(), path, history.Options{Wait: 30 * time.Second}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	for i, s := range stores {
		defer s.Close()
		group.Go(func() {
			for day := range 5 {
				w := newWorld(30)
				w.day = 2*day + i
				w.policy[i] = day
				run, err := begin(t.Context(), s, w, w.records())
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := run.Finish(t.Context(), w.report(t)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	runs, err := stores[0].Runs(t.Context())
	if err != nil || len(runs) != 10 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for _, r := range runs {
		export(t, stores[1], r.ID)
	}
	verify(t, stores[0])
}

func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := open(t, path)
	w := newWorld(3)
	run, err := s.BeginRun(t.Context(), w.info())
	if err != nil {
		t.Fatal(err)
	}
	other, err := history.Open(t.Context(), path, history.Options{Wait: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	w.day = 1
	if _, err := other.BeginRun(t.Context(), w.info()); !errors.Is(err, history.ErrBusy) {
		t.Errorf("while a run is recorded: %v", err)
	}
	if err := run.Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	next, err := other.BeginRun(t.Context(), w.info())
	if err != nil {
		t.Fatalf("after it was given up: %v", err)
	}
	if err := next.Abandon(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDefaultPath(t *testing.T) {
	for _, tt := range []struct{ state, home, want string }{
		{"/state", "/home/ada", "/state/trailguard/history.db"},
		{"", "/home/ada", "/home/ada/.local/state/trailguard/history.db"},
		{"relative", "/home/ada", "/home/ada/.local/state/trailguard/history.db"},
		{"", "", ""},
	} {
		got := history.DefaultPath(func(string) string { return tt.state }, tt.home)
		if filepath.ToSlash(got) != tt.want {
			t.Errorf("with %+v: %s", tt, got)
		}
	}
}

// TestOtherVersions refuses what another version wrote, and leaves it as it is.
func TestOtherVersions(t *testing.T) {
	for name, tt := range map[string]struct {
		version int
		words   []string
	}{
		"first":   {1, []string{"earlier version", "nothing in it was changed", "history export", "--history"}},
		"earlier": {2, []string{"an earlier version of trailguard wrote it, in a form that this one does not read", "nothing in it was changed: take its runs out with that version (trailguard history export RUN -o FILE), and name another history with --history"}},
		"later":   {99, []string{"later version", "another history"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.db")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			for _, query := range []string{
				"PRAGMA journal_mode = WAL",
				"CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))",
				fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (%d, 1)", tt.version),
				"CREATE TABLE run (id INTEGER PRIMARY KEY, judge_digest TEXT NOT NULL)",
				"INSERT INTO run VALUES (1, 'x')",
			} {
				if _, err := db.ExecContext(t.Context(), query); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range []history.Options{{}, {ReadOnly: true}} {
				_, err := history.Open(t.Context(), path, o)
				mention(t, err, append(tt.words, path)...)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file is not as it was: %v", err)
			}
		})
	}
}
