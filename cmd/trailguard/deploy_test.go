package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

const deployDir = "../../docs/deploy/"

// manifest is what these tests read of an object of Kubernetes.
type manifest struct {
	Kind string
	Data map[string]string
	Spec struct {
		JobTemplate struct {
			Spec struct{ Template podTemplate }
		} `yaml:"jobTemplate"`
		Template podTemplate
	}
}

type podTemplate struct {
	Spec struct{ Containers []struct{ Args []string } }
}

// manifests are the objects for Kubernetes of a file; the chart renders the same.
func manifests(t *testing.T, file string) []manifest {
	t.Helper()
	var all []manifest
	for _, text := range strings.Split(readText(t, deployDir+"kubernetes/"+file), "\n---\n") {
		var m manifest
		if err := yaml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// deployed are the arguments that each way to deploy gives to the program.
func deployed(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, m := range manifests(t, "trailguard.yaml") {
		if m.Kind == "CronJob" {
			all["Kubernetes"] = m.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args
		}
	}
	all["systemd"] = startedBy(t, "trailguard.service")
	var task struct{ ContainerDefinitions []struct{ Command []string } }
	if err := json.Unmarshal([]byte(readText(t, deployDir+"ecs/task-definition.json")), &task); err != nil {
		t.Fatal(err)
	}
	all["ECS"] = task.ContainerDefinitions[0].Command
	line := regexp.MustCompile(`(?m)^15 6 \* \* \*  trailguard (.*?) \|\| `).FindStringSubmatch(readText(t, deployDir+"README.md"))
	if line != nil {
		all["cron"] = strings.Fields(line[1])
	}
	return all
}

// startedBy are the arguments that a unit gives to the program.
func startedBy(t *testing.T, unit string) []string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/trailguard (.*)$`).FindStringSubmatch(readText(t, deployDir+"systemd/"+unit))
	if line == nil {
		t.Fatalf("%s does not start the program", unit)
	}
	return strings.Fields(line[1])
}

// here has arguments name files of a test's folder.
func here(p *program, args []string) []string {
	there := regexp.MustCompile(`(/etc|/var/lib|/var/log)(/trailguard)?/`)
	var local []string
	for _, arg := range args {
		local = append(local, there.ReplaceAllString(arg, p.dir+"/"))
	}
	return local
}

// Each way to deploy scans as it says, on the first day and on the next: the
// exit status tells of the failures, and history, report and evidence are where
// it says.
func TestDeployedCommandsRun(t *testing.T) {
	server := startSandbox(t, sandbox.Options{Now: sandboxNow})
	commands := deployed(t)
	if len(commands) != 4 {
		t.Fatalf("commands of %d ways to deploy, want 4", len(commands))
	}
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, server.Environ()...)
			p.write(t, "trailguard.yaml", server.Config()+"\nhistory: ./history.db\n")
			args := here(p, args)
			for range 2 {
				p.run(t, args...).want(t, scanner.ExitFail)
			}
			want := []string{"history.db"}
			for _, arg := range args {
				if at := strings.LastIndex(arg, p.dir); at >= 0 {
					want = append(want, arg[at+len(p.dir)+1:])
				}
			}
			if len(want) < 3 {
				t.Errorf("it leaves %v only", want)
			}
			for _, file := range want {
				if _, err := os.Stat(filepath.Join(p.dir, file)); err != nil {
					t.Error(err)
				}
			}
			runs := p.run(t, "history", "runs", "--json", "--history", "history.db")
			if n := strings.Count(runs.stdout, `"asOf"`); n != 2 {
				t.Errorf("%d runs are recorded, want 2:\n%s", n, runs.stdout)
			}
		})
	}
}

// The configurations that come with the manifests are some, and their secrets are
// files that the pod mounts.
func TestDeployedConfiguration(t *testing.T) {
	for file, secrets := range map[string][]string{
		"trailguard.yaml": {"immuta-api-key"}, "trailguard-serve.yaml": {"immuta-api-key", "serve-token"},
		"trailguard-fleet.yaml": {"immuta-api-key", "serve-token"},
	} {
		all := manifests(t, file)
		i := slices.IndexFunc(all, func(m manifest) bool { return m.Kind == "ConfigMap" })
		if i < 0 {
			t.Errorf("%s: no ConfigMap", file)
			continue
		}
		text := all[i].Data["trailguard.yaml"]
		c, err := config.Parse("trailguard.yaml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if _, err := c.TenantSchedule(&c.Tenants[0]); file != "trailguard.yaml" && err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, secret := range secrets {
			if !strings.Contains(text, "file:/var/run/secrets/trailguard/"+secret) {
				t.Errorf("%s: %s is not read where the pod mounts it", file, secret)
			}
		}
		if !strings.Contains(readText(t, deployDir+"kubernetes/"+file), "mountPath: /var/run/secrets/trailguard,") {
			t.Errorf("%s: secrets are read where nothing is mounted", file)
		}
	}
}

// The services and the timer are units as systemd reads them, and confined.
func TestUnitsAreVerified(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var units []string
	for _, name := range []string{"trailguard.service", "trailguard-serve.service", "trailguard.timer", "trailguard-failed.service"} {
		unit := filepath.Join(dir, name)
		text := strings.ReplaceAll(readText(t, deployDir+"systemd/"+name), "/usr/bin/trailguard ", program+" ")
		if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		units = append(units, unit)
	}
	for _, args := range [][]string{slices.Concat([]string{"verify", "--man=no"}, units), {"security", "--offline=yes", "--threshold=20", units[0], units[1]}} {
		done := finish(t, exec.CommandContext(t.Context(), analyze, args...))
		done.want(t, 0)
		if args[0] == "verify" && done.stdout+done.stderr != "" {
			t.Error(done.stdout + done.stderr)
		}
	}
}
