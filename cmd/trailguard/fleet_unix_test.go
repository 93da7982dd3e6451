//go:build integration && unix

package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/trailguard/trailguard/fixtures/postgres"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

const (
	leads   = "this process schedules now"
	follows = "another process schedules"
)

// inFleet is a sandbox whose service has its history in Postgres. Its data are those of
// the demo where none are given.
func inFleet(t *testing.T, server *postgres.Server, data fs.FS) (*program, *sandbox.Server, string) {
	t.Helper()
	p, world := newSandboxed(t, sandbox.Options{Data: data})
	place := server.Database(t)
	p.write(t, "trailguard.yaml", strings.Replace(service(world, ""), "history: history.db", "history: \""+place+"\"", 1))
	return p, world, place
}

// told is a webhook that counts what it is told, by the ids that make it the same.
type told struct {
	*httptest.Server

	mu  sync.Mutex
	ids map[string]int
}

func newTold(t *testing.T) *told {
	t.Helper()
	w := &told{ids: map[string]int{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ids[r.Header.Get("Webhook-Id")]++
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *told) all() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ids)
}

func metrics(t *testing.T, s *serving) string {
	t.Helper()
	_, body := s.get(t, "metrics")
	return body
}

// Processes that share a Postgres share the work: one says who is due, others do it, and
// each of them shows what came of it.
func TestIntegrationServeInAFleet(t *testing.T) {
	server := postgres.Start(t)
	p, _, place := inFleet(t, server, nil)
	told := newTold(t)
	p.env = append(p.env, "HOOK="+told.URL, "HOOK_SECRET=whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")
	p.write(t, "trailguard.yaml", p.read(t, "trailguard.yaml")+"publish: { webhook: [{ name: siem, url: env:HOOK, secret: env:HOOK_SECRET }] }\n")
	scheduler := p.serve(t, "--role", "scheduler")
	scheduler.says(t, leads, 1)
	worker := p.serve(t, "--role", "worker", "--workers", "2")
	standby := p.serve(t)
	standby.says(t, follows, 1)
	scheduler.says(t, scanEnded+": failing", 1)
	for name, s := range map[string]*serving{"scheduler": scheduler, "worker": worker, "all": standby} {
		s.shows(t)
		if _, body := s.get(t, "metrics"); !strings.Contains(body, "trailguard_fleet_workers 2\n") || !strings.Contains(body, "trailguard_fleet_slots 6\n") {
			t.Errorf("%s: no metric tells of two workers:\n%s", name, body)
		}
	}
	until(t, func() bool {
		return told.all() > 0 && strings.Contains(metrics(t, standby), "trailguard_notices_waiting 0\n")
	})
	scheduler.signal(t, syscall.SIGKILL)
	scheduler.wait(t)
	standby.says(t, leads, 1)
	for _, s := range []*serving{worker, standby} {
		s.signal(t, syscall.SIGTERM)
		if status := s.wait(t); status != scanner.ExitClean {
			t.Errorf("exit status %d:\n%s", status, s.said())
		}
	}
	told.mu.Lock()
	defer told.mu.Unlock()
	for id, times := range told.ids {
		if times != 1 {
			t.Errorf("the webhook was told of %s %d times", id, times)
		}
	}
	p.run(t, "history", "verify", "--history", place).want(t, scanner.ExitClean)
	if runs := p.run(t, "history", "runs", "--history", place).stdout; strings.Count(runs, "\n") != 1 {
		t.Errorf("runs:\n%s", runs)
	}
	for _, s := range []*serving{scheduler, worker, standby} {
		if log := s.said(); strings.Contains(log, postgres.Password) || strings.Contains(log, "WARN") {
			t.Errorf("the log tells a secret, or warns:\n%s", log)
		}
	}
}

// Whoever is killed in a run, another makes up for it, and the run is recorded once.
func TestIntegrationServeInAFleetIsKilled(t *testing.T) {
	server := postgres.Start(t)
	p, world, place := inFleet(t, server, nil)
	first := p.stuck(t, world)
	server.Kill(t)
	server.Restart(t)
	first.signal(t, syscall.SIGKILL)
	first.wait(t)
	world.ClearFaults()
	second := p.serve(t)
	second.says(t, leads, 1)
	second.says(t, scanEnded, 1) // once the first one has been silent for long enough
	second.signal(t, syscall.SIGTERM)
	if status := second.wait(t); status != scanner.ExitClean {
		t.Errorf("exit status %d:\n%s", status, second.said())
	}
	if runs := p.run(t, "history", "runs", "--history", place).stdout; strings.Count(runs, "\n") != 1 {
		t.Errorf("runs:\n%s", runs)
	}
}

// A process that ends gives back what it does not bring to its end.
func TestIntegrationServeInAFleetDrains(t *testing.T) {
	server := postgres.Start(t)
	p, world, place := inFleet(t, server, nil)
	first := p.stuck(t, world)
	first.signal(t, syscall.SIGTERM)
	first.says(t, "goes on without this process", 1)
	if status := first.wait(t); status != scanner.ExitClean {
		t.Errorf("exit status %d:\n%s", status, first.said())
	}
	world.ClearFaults()
	second := p.serve(t)
	second.says(t, scanEnded+": failing", 1)
	if runs := p.run(t, "history", "runs", "--history", place).stdout; strings.Count(runs, "\n") != 1 || strings.Contains(runs, "interrupted") {
		t.Errorf("runs:\n%s", runs)
	}
}

// A tenant of more than one shard comes out as in a scan, also where a worker is killed in
// the midst of it.
func TestIntegrationServeInAFleetInShards(t *testing.T) {
	const more = 1100
	var exports strings.Builder
	for i := range more {
		fmt.Fprintf(&exports, `  - id: %08d-8d1e-4c57-9a0b-6f2e1d7c3b54
    enabled: true
    interval: EVERY_12_HOURS
    connectionStatus: SUCCESS
    endpoint: {type: S3AssumedRoleEndpointConfiguration, bucket: acme-audit-finance-eu, path: more%d, region: eu-west-1, roleArn: "arn:aws:iam::111111111111:role/acme-immuta-audit-finance"}
    created: -300d
    createdBy: m.okafor@acme.example
`, i, i)
	}
	data := edited(t, []edit{{"exports.yaml", "exports:\n  # Finance.", "exports:\n" + exports.String() + "  # Finance."}})
	p, world, place := inFleet(t, postgres.Start(t), data)
	scheduler := p.serve(t, "--role", "scheduler")
	killed := p.serve(t, "--role", "worker", "--workers", "1")
	until(t, func() bool { return world.Count("iam:GetRole", "") > 0 })
	p.serve(t, "--role", "worker", "--workers", "2")
	killed.signal(t, syscall.SIGKILL)
	killed.wait(t)
	scheduler.says(t, scanEnded+": failing", 1)
	p.run(t, "scan", "--history", "alone.db", "--format", "none").want(t, scanner.ExitFail)
	findings := func(history string) string {
		var list []struct{ Fingerprint, Status string }
		if err := json.Unmarshal([]byte(p.run(t, "history", "findings", "--history", history, "--format", "json").stdout), &list); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(list, func(a, b struct{ Fingerprint, Status string }) int {
			return strings.Compare(a.Fingerprint, b.Fingerprint)
		})
		return fmt.Sprint(len(list), list)
	}
	if got, want := findings(place), findings("alone.db"); got != want || len(want) < more {
		t.Errorf("%.300s, want %.300s", got, want)
	}
}
