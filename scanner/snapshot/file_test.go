package snapshot_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func create(t *testing.T, path string, n int) string {
	t.Helper()
	w, err := snapshot.Create(path, testHeader(), testTenants())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	for i := range n {
		if err := w.Record(testRecord(i)); err != nil {
			t.Fatal(err)
		}
	}
	digest, err := w.Close(false)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func open(t *testing.T, path string) (digest string, exports int) {
	t.Helper()
	r, err := snapshot.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return r.Digest(), exports
		} else if err != nil {
			t.Fatal(err)
		}
		exports++
	}
}

// only asserts that a folder holds nothing but the named files.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

func TestPlainAndCompressedFilesAgree(t *testing.T) {
	dir := t.TempDir()
	plain, packed := filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "a.jsonl.zst")
	if one, two := create(t, plain, 50), create(t, packed, 50); one != two {
		t.Errorf("digests %s and %s differ with the compression", one, two)
	}
	for _, path := range []string{plain, packed} {
		digest, exports := open(t, path)
		if exports != 50 || digest == "" {
			t.Errorf("%s: %d exports, digest %q", path, exports, digest)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
	text, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	squeezed, err := os.ReadFile(packed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte(`{"record":"header"`)) || len(squeezed) > len(text)/3 {
		t.Errorf("%d bytes plain, %d compressed", len(text), len(squeezed))
	}
	only(t, dir, "a.jsonl", "a.jsonl.zst")
}

func TestCompressedFileCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.zst")
	create(t, path, 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, _, err := readAll(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("%d of %d bytes are read as a whole snapshot", n, len(whole))
		}
	}
	if _, _, err := readAll(bytes.NewReader(append(whole, "more"...))); err == nil {
		t.Error("data after the compressed snapshot is not noticed")
	}
}

func TestUnfinishedSnapshotLeavesTheOldOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.zst")
	before := create(t, path, 1)
	w, err := snapshot.Create(path, testHeader(), testTenants())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Record(testRecord(0)); err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if _, err := w.Close(false); err == nil {
		t.Error("a snapshot that was given up was closed")
	}
	if after, _ := open(t, path); after != before {
		t.Error("the old file was altered")
	}
	only(t, dir, "a.zst")
}

func TestPlacesThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                                "is a directory",
		filepath.Join(dir, "missing", "a"): "check that the folder exists",
		filepath.Join(file, "a"):           "create: not a directory",
	} {
		_, err := snapshot.Create(path, testHeader(), testTenants())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("create %s: %v; want %q", path, err, want)
		}
	}
	only(t, dir, "file")
}

func TestSymbolicLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	create(t, link, 1)
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	if _, exports := open(t, target); exports != 1 {
		t.Error("the file behind the link was not written")
	}
}

func TestApprovalBelongsToOneSnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.zst")
	digest := create(t, path, 1)
	if _, err := snapshot.ReadApproval(path, digest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without an approval the error is %v", err)
	}
	want := scanner.Approval{Digest: digest, At: collected, By: "Ada", Reason: "quarterly review"}
	if err := snapshot.WriteApproval(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := snapshot.ReadApproval(path, digest)
	if err != nil || *got != want {
		t.Errorf("approval is %+v, %v", got, err)
	}
	altered := create(t, path, 2)
	_, err = snapshot.ReadApproval(path, altered)
	if !errors.Is(err, snapshot.ErrApprovalMismatch) || !strings.Contains(err.Error(), "Ada") {
		t.Errorf("for another snapshot the error is %v", err)
	}
	for _, text := range []string{"", "{", `{"digest":"` + digest + `"}`, `{"digest":"` + digest + `","approver":"x"}`} {
		if err := os.WriteFile(snapshot.ApprovalPath(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := snapshot.ReadApproval(path, digest); err == nil {
			t.Errorf("%q is an approval", text)
		}
	}
}
