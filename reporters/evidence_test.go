package reporters_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/reporters"
)

func evidenceWriter(t *testing.T, dir string) *reporters.EvidenceWriter {
	t.Helper()
	w, err := reporters.NewEvidenceWriter(dir)
	must(t, err)
	t.Cleanup(func() { must(t, w.Close()) })
	return w
}

// tree lists the files below a directory with their texts.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	}))
	return files
}

// Two names that differ by case alone are two files here, and one elsewhere. A
// hard link stands for such a file system.
func TestEvidenceThatDiffersByCaseAlone(t *testing.T) {
	dir := t.TempDir()
	w := evidenceWriter(t, dir)
	must(t, w.Add("acme/ID.json", "1\n"))
	if err := os.Link(filepath.Join(dir, "acme", "ID.json"), filepath.Join(dir, "acme", "id.json")); err != nil {
		t.Skip(err)
	}
	if err := w.Add("acme/id.json", "2\n"); err == nil || tree(t, dir)["acme/ID.json"] != "1\n" {
		t.Errorf("another document took the file: %v", err)
	}
	must(t, w.Add("acme/Id.json", "3\n"))
}

func TestEvidenceIsWrittenForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "proof")
	w := evidenceWriter(t, dir)
	must(t, w.Add("acme/s3/b/policy.json", "{}\n"))
	must(t, w.Add("acme/s3/b/policy.json", "{}\n"))
	must(t, w.Add("top.json", "[]\n"))
	want := map[string]string{"acme/s3/b/policy.json": "{}\n", "top.json": "[]\n"}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, mode := range map[string]fs.FileMode{"": 0o700, "acme": 0o700, "acme/s3/b": 0o700, "acme/s3/b/policy.json": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if got := info.Mode().Perm(); got != mode {
			t.Errorf("%q has the mode %o, want %o", name, got, mode)
		}
	}
}

func TestEvidenceReplacesWhatAnEarlierRunWrote(t *testing.T) {
	dir := t.TempDir()
	must(t, evidenceWriter(t, dir).Add("a/x.json", "old"))
	must(t, evidenceWriter(t, dir).Add("a/x.json", "new"))
	if diff := cmp.Diff(map[string]string{"a/x.json": "new"}, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestEvidenceRefusesTwoDocumentsInOnePlace(t *testing.T) {
	dir := t.TempDir()
	w := evidenceWriter(t, dir)
	must(t, w.Add("x.json", "one"))
	if err := w.Add("x.json", "two"); err == nil || err.Error() != `write evidence "x.json": two different documents have this path` {
		t.Errorf("the second document gives %v", err)
	}
}

func TestEvidenceStaysInItsDirectory(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "proof")
	w := evidenceWriter(t, dir)
	for _, name := range []string{"../x", "a/../../x", "/etc/x", "", ".", "a//b", "a/./b", "a/"} {
		if err := w.Add(name, "text"); err == nil || !strings.Contains(err.Error(), "leaves the evidence directory") {
			t.Errorf("the path %q gives %v", name, err)
		}
	}
	if files := tree(t, base); len(files) != 0 {
		t.Errorf("files were written: %v", files)
	}
}

func TestEvidenceFollowsNoLinkOut(t *testing.T) {
	base := t.TempDir()
	dir, outside := filepath.Join(base, "proof"), filepath.Join(base, "outside")
	must(t, os.MkdirAll(dir, 0o700))
	must(t, os.MkdirAll(outside, 0o700))
	target := filepath.Join(outside, "precious")
	must(t, os.WriteFile(target, []byte("precious"), 0o600))
	if err := os.Symlink(outside, filepath.Join(dir, "acme")); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	must(t, os.Symlink(target, filepath.Join(dir, "x.json")))
	w := evidenceWriter(t, dir)
	if err := w.Add("acme/policy.json", "text"); err == nil || !strings.Contains(err.Error(), `write evidence "acme/policy.json" below `) {
		t.Errorf("a directory that is a link out gives %v", err)
	}
	must(t, w.Add("x.json", "text")) // the link is replaced, not followed
	if diff := cmp.Diff(map[string]string{"precious": "precious"}, tree(t, outside)); diff != "" {
		t.Error(diff)
	}
}

func TestEvidenceLeavesNothingBehindWhenItCanNotWrite(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "x.json", "in the way"), 0o700))
	w := evidenceWriter(t, dir)
	if err := w.Add("x.json", "text"); err == nil {
		t.Error("a directory was replaced by a file")
	}
	if files := tree(t, dir); len(files) != 0 {
		t.Errorf("files were left: %v", files)
	}
}

func TestEvidenceDirectoryMustBeOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := reporters.NewEvidenceWriter(file); err == nil || !strings.Contains(err.Error(), "create evidence directory "+file) {
		t.Errorf("a file in the directory's place gives %v", err)
	}
}
