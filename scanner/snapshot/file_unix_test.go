//go:build unix

package snapshot_test

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/trailguard/trailguard/scanner/snapshot"
)

func TestNamedPipeIsWrittenStraight(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		w, err := snapshot.Create(path, testHeader(), testTenants())
		if err == nil {
			err = w.Record(testRecord(0))
			_, closed := w.Close(false)
			err = errors.Join(err, closed)
		}
		written <- err
	}()
	if _, exports := open(t, path); exports != 1 {
		t.Errorf("%d exports came through the pipe", exports)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	only(t, dir, "pipe")
}

func TestFullDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	w, err := snapshot.Create("/dev/full", testHeader(), testTenants())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Close(false)
	wantWords(t, err, "/dev/full", "no space left", "free some space")
}

// TestFullDisk runs itself in a child process whose files may not grow beyond
// a few kilobytes, which is what a full disk looks like.
func TestFullDisk(t *testing.T) {
	if path := os.Getenv("SNAPSHOT_TEST_LIMITED"); path != "" {
		signal.Ignore(syscall.SIGXFSZ)
		limited(t, path)
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jsonl")
	before := create(t, path, 1)
	child := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 16 && exec "$0" -test.run='^TestFullDisk$'`, os.Args[0])
	child.Env = append(os.Environ(), "SNAPSHOT_TEST_LIMITED="+path)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if after, _ := open(t, path); after != before {
		t.Error("the old file was altered")
	}
	only(t, dir, "a.jsonl")
}

func limited(t *testing.T, path string) {
	t.Helper()
	w, err := snapshot.Create(path, testHeader(), testTenants())
	if err != nil {
		t.Fatal(err)
	}
	record := testRecord(0)
	for i := range 1000 {
		record.Configuration.ID = strings.Repeat("x", i)
		if err = w.Record(record); err != nil {
			break
		}
	}
	_, closed := w.Close(false)
	wantWords(t, closed, path, "file too large", "free some space", "unchanged")
	if err == nil {
		t.Error("the writer went on although nothing could be written")
	}
}

func wantWords(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("error %v does not say %q", err, word)
		}
	}
}
