//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// readOnlyDir is a folder that nobody may write to, the superuser included.
func readOnlyDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if probe, err := os.CreateTemp(dir, ""); err == nil {
		// The superuser writes anywhere but where there is nothing to write.
		_, _ = probe.Close(), os.Remove(probe.Name())
		dir = "/sys/kernel"
		if _, err := os.Stat(dir); err != nil {
			dir = "/dev/fd"
		}
	}
	return dir
}

// A report that cannot be written makes the run fail, with the file's name,
// and costs no other report.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	dir := readOnlyDir(t)
	p, _ := newSandboxed(t, sandbox.Options{})
	done := p.run(t, "scan", "--format", "json", "--output", "sarif="+dir+"/r.sarif", "--output", "json=good.json")
	done.want(t, scanner.ExitCannotRun, dir)
	parseReport(t, done.stdout)
	parseReport(t, p.read(t, "good.json"))

	p.run(t, "snapshot", "-o", dir+"/s.jsonl").want(t, scanner.ExitCannotRun, dir)
	p.run(t, "scan", "--evidence", dir+"/evidence").want(t, scanner.ExitCannotRun, dir)
	p.run(t, "scan", "--format", "none", "--output", "json=nowhere/r.json").want(t, scanner.ExitCannotRun, "nowhere")
	want := []string{"good.json", "trailguard.yaml"}
	if diff := cmp.Diff(want, filesBelow(t, p.dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// What is scraped is read by another user; every other report is for its owner alone,
// however the file was before.
func TestModesOfReports(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	p, _ := newSandboxed(t, sandbox.Options{})
	for range 2 {
		p.run(t, "scan", "--format", "none", "--output", "openmetrics=m.prom", "--output", "json=r.json", "--output", "asff=hub/").want(t, scanner.ExitFail)
	}
	for name, want := range map[string]os.FileMode{"m.prom": 0o644, "r.json": 0o600, "hub": 0o700, "hub/111111111111-eu-west-1-001.json": 0o600} {
		info, err := os.Stat(filepath.Join(p.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has the mode %o, want %o", name, got, want)
		}
	}
}

// A disk that is full in the middle of writing: the old file stays as it was,
// the program says which file it could not write, and leaves nothing behind.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	const old = "what was there before\n"
	for _, tt := range []struct {
		name string
		args []string
		file string
	}{
		{"a report", []string{"scan", "--history", "none", "--format", "none", "--output", "json=r.json"}, "r.json"},
		{"a snapshot", []string{"snapshot", "-o", "s.jsonl"}, "s.jsonl"},
		{"a compressed snapshot", []string{"snapshot", "-o", "s.jsonl.zst"}, "s.jsonl.zst"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.write(t, tt.file, old)
			// A real limit in the child process: 4 blocks for any file.
			cmd := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", `ulimit -f 4 && exec trailguard "$@"`, "sh"}, tt.args...)...)
			cmd.Dir, cmd.Env = p.dir, p.env
			finish(t, cmd).want(t, scanner.ExitCannotRun, tt.file, "file too large")
			if got := p.read(t, tt.file); got != old {
				t.Errorf("the old file has become %.80q", got)
			}
			leftovers := filesBelow(t, filepath.Dir(p.dir))
			for _, name := range leftovers {
				if base := filepath.Base(name); base != "trailguard.yaml" && base != "r.json" && !strings.HasPrefix(base, "s.jsonl") || strings.Contains(base, "tmp") {
					t.Errorf("%s was left behind", name)
				}
			}
		})
	}
}
