package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// standIns are programs of the runner that the job calls: a Terraform that has made a
// plan, and a GitHub that keeps what it is told.
var standIns = map[string]string{
	"terraform": `case "$*" in *"show -json tfplan") cat "$RECORDED";; esac`,
	"go":        `exit 0`,
	"gh":        `test "$1 $2 $3 $4" = "pr comment 7 --body-file" && cp "$5" "$COMMENTS"`,
}

// The job of docs/plan.md comments what the guide shows, and fails with what is new.
func TestPullRequestJobComments(t *testing.T) {
	short.Skip(t)
	guide := readText(t, "../../docs/plan.md")
	var job struct {
		Jobs struct {
			Plan struct {
				Env   map[string]string
				Steps []actionStep
			}
		}
	}
	for _, text := range blocks(guide, "yaml") {
		if strings.Contains(text, "pull_request") {
			if err := yaml.Unmarshal([]byte(text), &job); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"GH_TOKEN", "IMMUTA_API_KEY"} { // which its programs read
		if job.Jobs.Plan.Env[name] == "" {
			t.Errorf("the job does not set %s", name)
		}
	}
	p, _ := newSandboxed(t, sandbox.Options{})
	plans, err := filepath.Abs("../../fixtures/terraform/plans/opens")
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "terraform/main.tf", readText(t, filepath.Join(plans, "after.tf")))
	for name, script := range standIns {
		p.write(t, "bin/"+name, "#!/bin/sh\n"+script+"\n")
		if err := os.Chmod(p.path("bin/"+name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p.env = append(p.env, "PATH="+p.path("bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"RECORDED="+filepath.Join(plans, "plan.json"), "COMMENTS="+p.path("comment.md"))
	var failed []string
	for _, s := range job.Jobs.Plan.Steps {
		if s.Run == "" || len(failed) > 0 && !strings.HasPrefix(s.If, "always()") {
			continue
		}
		p.write(t, "step.sh", strings.ReplaceAll(s.Run, "${{ github.event.number }}", "7"))
		step := exec.CommandContext(t.Context(), "bash", "-e", p.path("step.sh"))
		step.Dir, step.Env = p.dir, p.env
		if done := finish(t, step); done.status != 0 {
			failed = append(failed, s.Run)
			done.want(t, scanner.ExitFail)
		}
	}
	if len(failed) != 1 || !strings.HasPrefix(failed[0], "trailguard plan ") {
		t.Errorf("these steps fail: %q", failed)
	}
	shown := blocks(guide, "markdown")
	if len(shown) != 1 {
		t.Fatalf("the guide shows %d comments", len(shown))
	}
	prints(t, shown[0], p.read(t, "comment.md"))
}
