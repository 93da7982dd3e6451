package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
)

// program is the program in a process of its own, with a home and a working
// directory of its own and no variable of the person who runs the tests.
type program struct {
	dir string // working directory, empty at first
	env []string
}

// ended is how a run of the program ended, and what it said.
type ended struct {
	status         int
	stdout, stderr string
}

func newProgram(t testing.TB, env ...string) *program {
	t.Helper()
	root := t.TempDir()
	p := &program{dir: filepath.Join(root, "work")}
	home, tmp := filepath.Join(root, "home"), filepath.Join(root, "tmp")
	for _, dir := range []string{p.dir, home, tmp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + tmp, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}, env...)
	return p
}

// newSandboxed is the program with the configuration of a sandbox in its
// working directory.
func newSandboxed(t testing.TB, o sandbox.Options) (*program, *sandbox.Server) {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	server, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	p := newProgram(t, server.Environ()...)
	p.write(t, "trailguard.yaml", server.Config())
	return p, server
}

// command is the program, ready to be started.
func (p *program) command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "trailguard", args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	return cmd
}

// run runs the program to its end.
func (p *program) run(t testing.TB, args ...string) ended {
	t.Helper()
	return finish(t, p.command(t, args...))
}

// finish runs a command to its end.
func finish(t testing.TB, cmd *exec.Cmd) ended {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want asserts the exit status and that standard error says each text.
func (e ended) want(t testing.TB, status int, says ...string) {
	t.Helper()
	if e.status != status {
		t.Errorf("exit status %d, want %d; standard error:\n%s", e.status, status, e.stderr)
	}
	for _, text := range says {
		if !strings.Contains(e.stderr, text) {
			t.Errorf("standard error does not say %q:\n%s", text, e.stderr)
		}
	}
}

func (p *program) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *program) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *program) read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(p.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
