package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// action is what these tests read of action.yml.
type action struct {
	Inputs map[string]struct{ Default string }
	Runs   struct{ Steps []actionStep }
}

type actionStep struct {
	ID, Name, Uses, If, Run, Shell string
	Env, With                      map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	if err := yaml.Unmarshal([]byte(readText(t, "../../action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// workflow stands in for the runner: it expands expressions, and runs the steps
// that are shell, each with a fresh file for its outputs and its summary.
type workflow struct {
	program *program
	action  action
	inputs  map[string]string
	outputs map[string]string // by steps.ID.outputs.NAME
	summary string
	uploads []string // the steps that another action would do
}

var expression = regexp.MustCompile(`\$\{\{ *(\S+?) *\}\}`)

func (w *workflow) expand(text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		return w.value(expression.FindStringSubmatch(e)[1])
	})
}

func (w *workflow) value(name string) string {
	if input, ok := strings.CutPrefix(name, "inputs."); ok {
		return w.inputs[input]
	}
	return w.outputs[name]
}

// meets evaluates what action.yml has of conditions: comparisons joined by &&.
func (w *workflow) meets(t *testing.T, condition string, failed bool) bool {
	t.Helper()
	if condition == "" {
		return !failed
	}
	for part := range strings.SplitSeq(condition, " && ") {
		if part == "always()" {
			continue
		}
		m := regexp.MustCompile(`^(\S+) (==|!=) '(.*)'$`).FindStringSubmatch(part)
		if m == nil {
			t.Fatalf("condition %q: not read here", part)
		}
		if (w.value(m[1]) == m[3]) != (m[2] == "==") {
			return false
		}
	}
	return true
}

// run runs the steps to the end, and returns the status of the first that fails.
func (w *workflow) run(t *testing.T, inputs map[string]string) int {
	t.Helper()
	w.action, w.inputs, w.outputs = readAction(t), map[string]string{}, map[string]string{}
	for name, input := range w.action.Inputs {
		w.inputs[name] = input.Default
	}
	maps.Copy(w.inputs, inputs)
	status := 0
	for _, s := range w.action.Runs.Steps {
		switch {
		case !w.meets(t, s.If, status != 0):
		case s.Uses != "":
			w.uploads = append(w.uploads, s.Uses)
		default:
			if got := w.shell(t, s); got != 0 && status == 0 {
				status = got
			}
		}
	}
	return status
}

func (w *workflow) shell(t *testing.T, s actionStep) int {
	t.Helper()
	if strings.Contains(s.Run, "${{") {
		t.Errorf("step %q: an expression inside of a script is code that others can write", s.Name)
	}
	w.program.write(t, "step.sh", s.Run)
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", w.program.path("step.sh"))
	cmd.Dir = w.program.dir
	cmd.Env = append([]string{}, w.program.env...)
	for _, file := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		w.program.write(t, file, "")
		cmd.Env = append(cmd.Env, file+"="+w.program.path(file))
	}
	for name, text := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+w.expand(text))
	}
	done := finish(t, cmd)
	t.Logf("step %q: exit status %d\n%s", s.Name, done.status, done.stderr)
	for line := range strings.SplitSeq(w.program.read(t, "GITHUB_OUTPUT"), "\n") {
		if name, text, ok := strings.Cut(line, "="); ok {
			w.outputs["steps."+s.ID+".outputs."+name] = text
		}
	}
	w.summary += w.program.read(t, "GITHUB_STEP_SUMMARY")
	return done.status
}

// The GitHub action ends as the scan does, with findings and summary uploaded
// whatever the status, and with nothing where the scan could not run.
func TestGitHubAction(t *testing.T) {
	short.Skip(t)
	server := startSandbox(t, sandbox.Options{Now: sandboxNow})
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w := &workflow{program: newProgram(t, server.Environ()...)}
	w.program.env = append(w.program.env, "GITHUB_ACTION_PATH="+root, "GITHUB_ACTION_REF=v1.0.0", "RUNNER_TEMP="+w.program.path("runner"))
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY", "GOSUMDB"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		w.program.env = append(w.program.env, name+"="+strings.TrimSpace(string(value)))
	}
	w.program.write(t, "audit.yaml", server.Config())

	if got := w.run(t, map[string]string{"config": "audit.yaml", "args": "--rule=configuration_enabled\n\n--fail-on=critical\n"}); got != scanner.ExitClean {
		t.Errorf("nothing critical: exit status %d", got)
	}
	if got := w.run(t, map[string]string{"config": "audit.yaml"}); got != scanner.ExitFail {
		t.Errorf("a company with failures: exit status %d", got)
	}
	uploads := strings.Join(w.uploads, " ")
	if strings.Count(uploads, "upload-sarif@") != 2 || strings.Count(uploads, "upload-artifact@") != 2 {
		t.Errorf("uploaded: %s", uploads)
	}
	if !strings.Contains(w.summary, "external_id_equals_configuration_id") {
		t.Errorf("summary:\n%s", w.summary)
	}
	for _, name := range []string{"trailguard.sarif", "report.json", "report.html", "evidence"} {
		if _, err := os.Stat(w.program.path("runner/trailguard/" + name)); err != nil {
			t.Error(err)
		}
	}
	if text := w.program.read(t, "runner/trailguard/report.json"); !strings.Contains(text, `"v1.0.0"`) {
		t.Error("the report does not name the version of the action")
	}

	w.uploads, w.summary = nil, ""
	if err := os.RemoveAll(w.program.path("runner/trailguard")); err != nil {
		t.Fatal(err)
	}
	if got := w.run(t, map[string]string{"config": `$(touch pwned).yaml`}); got != scanner.ExitCannotRun {
		t.Errorf("without a configuration: exit status %d", got)
	}
	if _, err := os.Stat(w.program.path("pwned")); err == nil {
		t.Error("an input is run as code")
	}
	if strings.Contains(strings.Join(w.uploads, " "), "upload-sarif") || !strings.Contains(w.summary, "trailguard exits with 3") {
		t.Errorf("uploaded %v; summary:\n%s", w.uploads, w.summary)
	}
}

// commitHook is a hook of pre-commit.
type commitHook struct {
	ID, Entry, Language, Files string
	Args                       []string
	PassFilenames              *bool `yaml:"pass_filenames"`
}

// The hooks of pre-commit call commands that exist, with the files that they are
// for.
func TestPreCommitHooks(t *testing.T) {
	short.Skip(t)
	var hooks []commitHook
	if err := yaml.Unmarshal([]byte(readText(t, "../../.pre-commit-hooks.yaml")), &hooks); err != nil {
		t.Fatal(err)
	}
	snapshot := see(t, nil).path
	for _, h := range hooks {
		p := newProgram(t)
		p.write(t, "waivers.yaml", "waivers: []\n")
		p.write(t, "team/waivers.yml", "waivers: [{rules: [no_such_rule]}]\n")
		args := append(strings.Fields(h.Entry)[1:], h.Args...)
		switch h.ID {
		case "trailguard-waivers":
			p.run(t, append(args, "waivers.yaml")...).want(t, scanner.ExitClean)
			p.run(t, append(args, "waivers.yaml", "team/waivers.yml")...).want(t, scanner.ExitCannotRun, "team/waivers.yml")
			for name, want := range map[string]bool{"waivers.yaml": true, "team/waivers.yml": true, "my-waivers.yaml.bak": false} {
				if regexp.MustCompile(h.Files).MatchString(name) != want {
					t.Errorf("%s is looked at: %v", name, !want)
				}
			}
		case "trailguard-rules":
			p.run(t, "rules", "new", "acme.owned", "--dir", "rules").want(t, scanner.ExitClean)
			p.run(t, args...).want(t, scanner.ExitClean)
		case "trailguard-plan":
			p.write(t, "policy.json", `{"Version": "2012-10-17", "Statement": []}`)
			p.run(t, append(args, "--snapshot", snapshot, "--policy", "s3:acme-audit-finance-eu=policy.json")...).want(t, scanner.ExitFail)
		default:
			t.Errorf("hook %s is not tried", h.ID)
		}
		if pass := h.PassFilenames == nil || *h.PassFilenames; pass != (h.ID == "trailguard-waivers") || h.Language != "golang" {
			t.Errorf("%s: pass_filenames %v, language %s", h.ID, pass, h.Language)
		}
	}
}
