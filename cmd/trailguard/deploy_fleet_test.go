//go:build integration && unix

package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/trailguard/trailguard/fixtures/postgres"
	"github.com/trailguard/trailguard/scanner"
)

// The parts of a fleet start as Kubernetes starts them, with the password in the file
// that the configuration names: they scan, each shows the report, and nothing is
// written but below /tmp.
func TestIntegrationDeployedFleetRuns(t *testing.T) {
	server := postgres.Start(t)
	p, world, place := inFleet(t, server, nil)
	at, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "pgpass", "*:*:*:*:"+strings.ReplaceAll(postgres.Password, ":", `\:`)+"\n")
	if err := os.Chmod(filepath.Join(p.dir, "pgpass"), 0o400); err != nil {
		t.Fatal(err)
	}
	at.User = url.User(postgres.User)
	at.RawQuery += "&passfile=" + filepath.Join(p.dir, "pgpass")
	p.write(t, "trailguard.yaml", strings.Replace(service(world, ""), "history: history.db", "history: \""+at.String()+"\"", 1))
	home := t.TempDir()
	p.env = append(p.env, "HOME="+home, "XDG_STATE_HOME="+home)
	var parts []*serving
	for _, m := range manifests(t, "trailguard-fleet.yaml") {
		if m.Kind == "Deployment" {
			parts = append(parts, p.serve(t, here(p, m.Spec.Template.Spec.Containers[0].Args[1:])...))
		}
	}
	if len(parts) != 2 {
		t.Fatalf("%d parts, want 2", len(parts))
	}
	parts[0].says(t, scanEnded, 1) // the scheduler
	for _, s := range parts {
		for _, path := range []string{"livez", "readyz", "tenants/acme/report"} {
			if status, body := s.get(t, path); status != http.StatusOK {
				t.Errorf("/%s: %d %.200s", path, status, body)
			}
		}
		s.signal(t, syscall.SIGTERM)
		if status := s.wait(t); status != scanner.ExitClean || !strings.HasPrefix(s.said(), "{") || strings.Contains(s.said(), postgres.Password) {
			t.Errorf("exit status %d:\n%s", status, s.said())
		}
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("left in the home folder: %v, %v", left, err)
	}
}
