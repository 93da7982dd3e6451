//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// Each way to deploy the service starts it as it says: it answers, scans, keeps history
// and reports where it says, and ends when it is told to.
func TestDeployedServicesRun(t *testing.T) {
	server := startSandbox(t, sandbox.Options{Now: sandboxNow})
	commands := map[string][]string{"systemd": startedBy(t, "trailguard-serve.service")}
	for _, m := range manifests(t, "trailguard-serve.yaml") {
		if m.Kind == "Deployment" {
			commands["Kubernetes"] = m.Spec.Template.Spec.Containers[0].Args
		}
	}
	if len(commands) != 2 {
		t.Fatalf("commands of %d ways to deploy, want 2", len(commands))
	}
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, server.Environ()...)
			p.write(t, "trailguard.yaml", server.Config()+"\nschedule: { cron: \"15 6 * * *\" }\nserve: { listen: 127.0.0.1:0 }\n")
			if args[0] != "serve" {
				t.Fatalf("it starts %q", args)
			}
			s := p.serve(t, here(p, args[1:])...)
			s.says(t, scanEnded, 1)
			for _, path := range []string{"livez", "readyz", "tenants/acme/report"} {
				if status, body := s.get(t, path); status != http.StatusOK {
					t.Errorf("/%s: %d %.200s", path, status, body)
				}
			}
			s.signal(t, syscall.SIGTERM)
			if status := s.wait(t); status != scanner.ExitClean || !strings.HasPrefix(s.said(), "{") {
				t.Errorf("exit status %d:\n%s", status, s.said())
			}
			for _, file := range []string{"history.db", "reports/acme/report.html"} {
				if _, err := os.Stat(filepath.Join(p.dir, file)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
