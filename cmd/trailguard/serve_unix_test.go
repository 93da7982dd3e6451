//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/reporters/publish/webhook"
	"github.com/trailguard/trailguard/scanner"
)

// serving is the command serve in a process of its own.
type serving struct {
	cmd *exec.Cmd

	mu  sync.Mutex
	log strings.Builder
	end chan struct{} // closed once all is read
}

func (p *program) serve(t *testing.T, args ...string) *serving {
	t.Helper()
	s := &serving{cmd: p.command(t, append([]string{"serve"}, args...)...), end: make(chan struct{})}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.end)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			s.mu.Lock()
			s.log.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have ended
		<-s.end
		_ = s.cmd.Wait() // likewise
	})
	return s
}

func (s *serving) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// says waits until the service has said a text a number of times.
func (s *serving) says(t *testing.T, text string, times int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); strings.Count(s.said(), text) < times; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the service does not say %q:\n%s", text, s.said())
		}
	}
}

func (s *serving) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// wait returns the exit status; -1: a signal ended it.
func (s *serving) wait(t *testing.T) int {
	t.Helper()
	<-s.end
	_ = s.cmd.Wait() // its status tells
	return s.cmd.ProcessState.ExitCode()
}

func (s *serving) get(t *testing.T, path string) (int, string) {
	t.Helper()
	s.says(t, "serving ", 1)
	base := regexp.MustCompile(`http://[0-9.:]+/`).FindString(s.said())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// shows asks for each page of a service that has scanned the demo.
func (s *serving) shows(t *testing.T) {
	t.Helper()
	for path, want := range map[string]string{
		"livez": "alive", "readyz": "ready", "": "acme", "tenants/acme/": "The latest report", "tenants/acme/report": "external_id_equals_configuration_id",
		"metrics": `trailguard_findings{tenant="acme",rule="external_id_equals_configuration_id",severity="critical",status="fail",waived="false"}`,
	} {
		if status, body := s.get(t, path); status != http.StatusOK || !strings.Contains(strings.ToUpper(body), strings.ToUpper(want)) {
			t.Errorf("/%s: %d without %q:\n%.2000s", path, status, want, body)
		}
	}
}

const scanEnded = "the scan has ended"

// service is a configuration of a service on a sandbox.
func service(server *sandbox.Server, more string) string {
	return server.Config() + "\nschedule: { cron: \"15 6 1 1 *\" }\nserve: { listen: 127.0.0.1:0, grace: 6s }\nhistory: history.db\n" + more
}

// A service scans, records, tells and shows; it reads a changed configuration, keeps
// the one before where that is wrong, and ends when told to.
func TestServe(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	told := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
	}))
	defer hook.Close()
	p.env = append(p.env, "HOOK="+hook.URL, "HOOK_SECRET=whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")
	good := service(server, "publish: { webhook: [{ name: siem, url: env:HOOK, secret: env:HOOK_SECRET }] }\n")
	p.write(t, "trailguard.yaml", good)
	s := p.serve(t)
	s.says(t, scanEnded+": failing", 1)
	for notice := ""; !strings.Contains(notice, webhook.FindingEvent); {
		select {
		case notice = <-told:
		case <-time.After(time.Minute):
			t.Fatal("the webhook was told of no finding")
		}
	}
	s.shows(t)
	p.write(t, "trailguard.yaml", good+"schedul: {}\n")
	s.signal(t, syscall.SIGHUP)
	s.says(t, "the configuration stays as it was: trailguard.yaml:", 1)
	if _, body := s.get(t, "metrics"); !strings.Contains(body, "trailguard_config_last_reload_successful 0\n") {
		t.Errorf("no metric says so:\n%s", body)
	}
	p.write(t, "trailguard.yaml", good+"failOn: critical\n")
	s.says(t, "the configuration was read again", 1) // nobody has told it to
	s.signal(t, syscall.SIGTERM)
	if status := s.wait(t); status != scanner.ExitClean {
		t.Errorf("exit status %d:\n%s", status, s.said())
	}
	if log := s.said(); strings.Contains(log, server.APIKey()) || strings.Contains(log, "whsec_") || !strings.Contains(log, "tenant=acme run=") {
		t.Errorf("the log tells a secret, or not whose run it was:\n%s", log)
	}
	p.run(t, "history", "verify", "--history", "history.db").want(t, scanner.ExitClean)
}

// stuckService starts a service whose run waits for an answer that never comes.
func stuckService(t *testing.T) (*program, *sandbox.Server, *serving) {
	t.Helper()
	p, server := newSandboxed(t, sandbox.Options{})
	p.write(t, "trailguard.yaml", service(server, ""))
	return p, server, p.stuck(t, server)
}

// stuck starts a service, and waits until its run waits for such an answer.
func (p *program) stuck(t *testing.T, world *sandbox.Server) *serving {
	t.Helper()
	world.SetFault("s3:GetBucketPolicy", sandbox.Fault{Kind: sandbox.FaultHang})
	s := p.serve(t)
	until(t, func() bool { return world.Count("s3:GetBucketPolicy", "") > 0 })
	return s
}

// A service that is killed in a run leaves nothing that counts. The next start makes up
// for it once, and keeps others from the history meanwhile.
func TestServeIsKilled(t *testing.T) {
	t.Parallel()
	p, server, s := stuckService(t)
	p.run(t, "serve").want(t, scanner.ExitCannotRun, "another trailguard serve works on it")
	s.signal(t, syscall.SIGKILL)
	s.wait(t)
	server.ClearFaults()
	again := p.serve(t)
	again.says(t, scanEnded, 1)
	again.signal(t, syscall.SIGTERM)
	if status := again.wait(t); status != scanner.ExitClean {
		t.Errorf("exit status %d:\n%s", status, again.said())
	}
	last := p.serve(t)
	last.says(t, "serving ", 1)
	last.signal(t, syscall.SIGINT)
	if status := last.wait(t); status != scanner.ExitClean || strings.Contains(last.said(), scanEnded) {
		t.Errorf("exit status %d:\n%s", status, last.said())
	}
	if runs := p.run(t, "history", "runs", "--history", "history.db").stdout; strings.Count(runs, "\n") != 1 {
		t.Errorf("runs:\n%s", runs)
	}
}

// A run that does not end within the grace period is cut off, recorded as such, and
// made up for; a second signal waits for nothing.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	p, server, s := stuckService(t)
	s.signal(t, syscall.SIGTERM)
	s.says(t, "to end tenant=acme", 1)
	if status, _ := s.get(t, "readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readyz says %d", status)
	}
	if status := s.wait(t); status != scanner.ExitTerminated {
		t.Errorf("exit status %d:\n%s", status, s.said())
	}
	before := server.Count("s3:GetBucketPolicy", "")
	again := p.serve(t)
	until(t, func() bool { return server.Count("s3:GetBucketPolicy", "") > before })
	again.signal(t, syscall.SIGTERM)
	again.says(t, "to end tenant=acme", 1)
	again.signal(t, syscall.SIGTERM)
	if status := again.wait(t); status != -1 && status != scanner.ExitTerminated {
		t.Errorf("exit status %d after two signals", status)
	}
}

// What cannot be meant, or would show to others what is wrong, does not start.
func TestServeIsRefused(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	address := strings.TrimPrefix(taken.URL, "http://")
	const tenant = "tenants: [{ name: acme, url: \"https://acme.immutacloud.com\", apiKey: \"env:K\" }]\n"
	const daily = tenant + "schedule: { cron: \"15 6 * * *\" }\n"
	for _, tt := range []struct {
		text   string
		args   []string
		status int
		says   string
	}{
		{daily, []string{"--listen", "0.0.0.0:0"}, scanner.ExitCannotRun, "a token is needed"},
		{daily, []string{"--listen", address}, scanner.ExitCannotRun, address},
		{daily, []string{"--history", "none"}, scanner.ExitUsage, "serve needs a history"},
		{daily, []string{"--role", "worker"}, scanner.ExitUsage, "need a history that processes share"},
		{daily, []string{"--workers", "3"}, scanner.ExitUsage, "need a history that processes share"},
		{daily, []string{"--role", "boss"}, scanner.ExitUsage, "scheduler"},
		{daily, []string{"--history", "postgres://127.0.0.1:1/x", "--reports", "r"}, scanner.ExitUsage, "a fleet keeps the latest reports in its database"},
		{daily, []string{"--history", "postgres://127.0.0.1:1/x", "--role", "scheduler", "--workers", "3"}, scanner.ExitUsage, "a scheduler takes no steps"},
		{daily + "serve: { token: env:NO_SUCH_TOKEN }\n", nil, scanner.ExitCannotRun, "NO_SUCH_TOKEN"},
		{tenant, nil, scanner.ExitCannotRun, `tenant "acme" has no schedule`},
		{"schedule: { cron: \"15 6 * * *\" }\n", nil, scanner.ExitCannotRun, "there are no tenants"},
		{tenant + "schedule: { cron: \"15 6 * * *\", timeZone: Mars/Base }\n", nil, scanner.ExitCannotRun, "trailguard.yaml:2: unknown time zone"},
	} {
		p.write(t, "trailguard.yaml", tt.text)
		p.run(t, append([]string{"serve"}, tt.args...)...).want(t, tt.status, tt.says)
	}
}
