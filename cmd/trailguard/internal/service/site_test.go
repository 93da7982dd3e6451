package service_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/service"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/redact"
)

var noon = time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC)

// site is a site on a socket, of a service that waits.
type site struct {
	service.Site

	base     string
	dir      string // of the latest reports
	settings *service.Settings
	runs     []history.RunSummary
	broken   error // of the history
	ledger   *service.Ledger
	warned   []string
}

func run(id int64, at time.Time, status int, tenants ...string) history.RunSummary {
	return history.RunSummary{
		ID: id, CollectedAt: at, ExitStatus: status, Complete: status < 2, Tenants: tenants,
		Summary: scanner.Summary{ByStatus: map[scanner.Status]int{scanner.StatusFail: int(id), scanner.StatusUnknown: 2}},
	}
}

func newSite(t *testing.T, token string) *site {
	t.Helper()
	w := &world{}
	w.set(noon)
	s := &site{settings: tenants(t, "", "15 6 * * *", "15 7 * * *")}
	w.last = scanned(s.settings, noon)
	return s.open(t, token, w)
}

// open opens the site of a service in a world.
func (s *site) open(t *testing.T, token string, w *world, change ...func(*service.Options)) *site {
	t.Helper()
	if token != "" {
		s.settings.Token = redact.NewSecret(token)
	}
	v, stop := w.start(t, s.settings, change...)
	t.Cleanup(func() { _ = stop() })
	s.dir = t.TempDir()
	s.Site = service.Site{
		Service: v, Version: "1.2.3", Now: func() time.Time { return noon }, Open: service.Folder(s.dir),
		Runs:   func(context.Context) ([]history.RunSummary, error) { return s.runs, s.broken },
		Untold: func(context.Context) ([]history.Notice, error) { return []history.Notice{{Destination: "siem"}}, nil },
		Ready:  func(context.Context) error { return s.broken },
		Ledger: func() *service.Ledger { return s.ledger },
		Warn:   func(err error) { s.warned = append(s.warned, err.Error()) },
	}
	s.runs = []history.RunSummary{
		run(1, noon.AddDate(0, 0, -2), 1, "a"), run(2, noon.AddDate(0, 0, -1), 0, "a", "b"), run(3, noon.Add(-time.Hour), 2, "a"),
	}
	l, loopback, err := service.Listen(t.Context(), "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	s.Loopback = loopback
	s.base = "http://" + l.Addr().String()
	server := service.NewServer(s.Handler())
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

func (s *site) report(t *testing.T, tenant, name, text string) {
	t.Helper()
	dir := filepath.Join(s.dir, tenant)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *site) get(t *testing.T, method, path string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // follows nothing
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// What is shown tells each tenant's state, and leads from page to page.
func TestPages(t *testing.T) {
	s := newSite(t, "")
	s.report(t, "a", service.ReportName, "<!DOCTYPE html><title>a</title>")
	for _, tt := range []struct {
		path   string
		status int
		says   []string
	}{
		{"/", 200, []string{`<a href="tenants/a/"><bdi>a</bdi></a>`, "incomplete", "2026-06-10 11:00", "2026-06-09 12:00", "2026-06-11 06:15", "2026-06-11 07:15", "clean"}},
		{"/tenants/a/", 200, []string{`<a href="report">`, `href="../../"`, "(1 tenants besides)", "<svg", "Failing"}},
		{"/tenants/b/", 200, []string{"No report is kept yet", "clean"}},
		{"/tenants/a/report", 200, []string{"<title>a</title>"}},
		{"/tenants/b/report", 404, []string{"no report is kept yet"}},
		{"/tenants/c/", 404, nil},
		{"/tenants/c/report", 404, nil},
		{"/tenants/..%2f..%2fetc/report", 404, nil},
		{"/tenants/%2e%2e/report", 404, nil},
		{"/tenants/a%00/report", 404, nil},
		{"/tenants/a/report.html", 404, nil},
		{"/tenants/a/metrics.prom", 404, nil},
		{"/favicon.ico", 404, nil},
		{"/debug/pprof/", 404, nil},
	} {
		answer, body := s.get(t, "GET", tt.path, nil)
		if answer.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d", tt.path, answer.StatusCode, tt.status)
		}
		for _, text := range tt.says {
			if !strings.Contains(body, text) {
				t.Errorf("%s does not say %q:\n%s", tt.path, text, body)
			}
		}
	}
	if len(s.warned) > 0 {
		t.Errorf("%q", s.warned)
	}
}

// Whatever is asked for, a browser is told to run nothing, keep nothing and send
// nothing along; there is no cookie.
func TestHeaders(t *testing.T) {
	s := newSite(t, "")
	s.report(t, "a", service.ReportName, "<!DOCTYPE html>")
	for _, path := range []string{"/", "/tenants/a/", "/tenants/a/report", "/metrics", "/livez", "/readyz", "/nothing"} {
		answer, _ := s.get(t, "GET", path, nil)
		h := answer.Header
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "script") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin", "Set-Cookie": "", "Server": "", "Access-Control-Allow-Origin": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

// There is nothing to change, and HEAD is GET without its body.
func TestMethods(t *testing.T) {
	s := newSite(t, "")
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT2"} {
		answer, _ := s.get(t, method, "/", nil)
		if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, answer.StatusCode, answer.Header.Get("Allow"))
		}
	}
	if answer, body := s.get(t, "HEAD", "/", nil); answer.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %d %q", answer.StatusCode, body)
	}
	answer, _ := s.get(t, "GET", "/", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("x")) })
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("GET with a body: %d", answer.StatusCode)
	}
}

// Without the token nobody sees more than that the service lives.
func TestToken(t *testing.T) {
	s := newSite(t, "s3cret-t0ken")
	for _, tt := range []struct {
		sent   string
		status int
	}{
		{"", 401},
		{"Bearer s3cret-t0ken", 200},
		{"bearer s3cret-t0ken", 200},
		{"Bearer s3cret-t0ke", 401},
		{"Bearer ", 401},
		{"Basic s3cret-t0ken", 401},
		{"s3cret-t0ken", 401},
		{"Bearer s3cret-t0ken2", 401},
	} {
		for _, path := range []string{"/", "/metrics", "/tenants/a/"} {
			answer, body := s.get(t, "GET", path, func(r *http.Request) {
				r.Header.Set("Authorization", tt.sent)
				r.Host = "audit.example.com" // a proxy's
			})
			if answer.StatusCode != tt.status || tt.status == 401 && answer.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d, want %d", path, tt.sent, answer.StatusCode, tt.status)
			}
			if strings.Contains(body, "s3cret") {
				t.Errorf("%s tells the token", path)
			}
		}
	}
	for _, path := range []string{"/livez", "/readyz"} {
		if answer, _ := s.get(t, "GET", path, nil); answer.StatusCode != 200 {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

// A page elsewhere that has its name point to this machine sees nothing.
func TestDNSRebinding(t *testing.T) {
	s := newSite(t, "")
	for host, status := range map[string]int{
		"localhost": 200, "LOCALHOST:8780": 200, "127.0.0.1": 200, "127.1.2.3:80": 200, "[::1]:8780": 200, "::1": 200, "[::ffff:127.0.0.1]": 200,
		"evil.example.com": 421, "localhost.evil.example.com": 421, "127.0.0.1.evil.example.com": 421, "192.0.2.7": 421, "evil@127.0.0.1": 421,
	} {
		if answer, _ := s.get(t, "GET", "/", func(r *http.Request) { r.Host = host }); answer.StatusCode != status && (host != "evil@127.0.0.1" || answer.StatusCode != 400) {
			t.Errorf("Host %s: %d, want %d", host, answer.StatusCode, status)
		}
	}
}

// Readiness is about the history, never about what the last scan found.
func TestReadiness(t *testing.T) {
	s := newSite(t, "")
	if answer, _ := s.get(t, "GET", "/readyz", nil); answer.StatusCode != 200 {
		t.Errorf("ready: %d", answer.StatusCode)
	}
	s.broken = errors.New("dial postgres.internal: refused")
	for _, path := range []string{"/readyz", "/", "/metrics"} {
		if answer, body := s.get(t, "GET", path, nil); answer.StatusCode != 503 || strings.Contains(body, "postgres.internal") {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
	if answer, _ := s.get(t, "GET", "/livez", nil); answer.StatusCode != 200 {
		t.Errorf("alive: %d", answer.StatusCode)
	}
	if len(s.warned) != 3 {
		t.Errorf("%q", s.warned)
	}
}

// Metrics join what each tenant's last report says with what the history and the
// service know, in either format.
func TestMetrics(t *testing.T) {
	s := newSite(t, "")
	s.ledger = &service.Ledger{Good: true, At: noon}
	figures := func(tenant string, n int) string {
		return fmt.Sprintf("# HELP trailguard_findings What fails.\n# TYPE trailguard_findings gauge\ntrailguard_findings{tenant=%q,rule=\"versioned\",severity=\"high\",status=\"fail\",waived=\"false\"} %d\n"+
			"# HELP %[3]s x\n# TYPE %[3]s gauge\n%[3]s{tenant=%[1]q} 5\n# EOF\n", tenant, n, "trailguard_last_complete_run_timestamp_seconds")
	}
	s.report(t, "a", service.MetricsName, figures("a", 3))
	s.report(t, "b", service.MetricsName, figures("b", 4))
	_, text := s.get(t, "GET", "/metrics", nil)
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(text)); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, line := range []string{
		`trailguard_findings{tenant="a",rule="versioned",severity="high",status="fail",waived="false"} 3`,
		`trailguard_findings{tenant="b",rule="versioned",severity="high",status="fail",waived="false"} 4`,
		fmt.Sprintf(`trailguard_last_complete_run_timestamp_seconds{tenant="a"} %g`, float64(noon.AddDate(0, 0, -1).Unix())),
		fmt.Sprintf(`trailguard_last_complete_run_timestamp_seconds{tenant="b"} %g`, float64(noon.AddDate(0, 0, -1).Unix())),
		`trailguard_runs_total{outcome="clean",tenant="a"} 0`,
		`trailguard_run_in_progress{tenant="a"} 0`,
		`trailguard_config_last_reload_successful 1`,
		`trailguard_ledger_ok 1`,
		`trailguard_notices_waiting 1`,
		`trailguard_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	answer, open := s.get(t, "GET", "/metrics", func(r *http.Request) {
		r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
	})
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/openmetrics-text") || !strings.HasSuffix(open, "# EOF\n") || !strings.Contains(open, "# TYPE trailguard_runs counter") {
		t.Errorf("%s\n%s", answer.Header.Get("Content-Type"), open)
	}
	s.report(t, "b", service.MetricsName, "no metrics\n")
	if answer, text := s.get(t, "GET", "/metrics", nil); answer.StatusCode != 200 || !strings.Contains(text, `trailguard_findings{tenant="a"`) || len(s.warned) != 1 {
		t.Errorf("a damaged file hides the others: %d %q", answer.StatusCode, s.warned)
	}
}

// A name is no loophole: what it stands for decides whether a token is needed.
func TestListen(t *testing.T) {
	for _, tt := range []struct {
		address         string
		token, loopback bool
		want            string
	}{
		{"127.0.0.1:0", false, true, ""},
		{"[::1]:0", false, true, ""},
		{"localhost:0", false, true, ""},
		{"0.0.0.0:0", false, false, "a token is needed"},
		{":0", false, false, "a token is needed"},
		{"[::]:0", false, false, "a token is needed"},
		{"192.0.2.7:0", false, false, "a token is needed"},
		{"0.0.0.0:0", true, false, ""},
		{":0", true, false, ""},
		{"no.such.host.invalid:0", true, false, "no.such.host.invalid"},
		{"127.0.0.1", false, false, "missing port"},
	} {
		l, loopback, err := service.Listen(t.Context(), tt.address, tt.token)
		switch {
		case tt.want != "":
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", tt.address, err, tt.want)
			}
		case err != nil:
			if tt.address == "[::1]:0" && strings.Contains(err.Error(), "assign") {
				continue // a machine without IPv6
			}
			t.Errorf("%s: %v", tt.address, err)
		case loopback != tt.loopback:
			t.Errorf("%s is loopback: %t", tt.address, loopback)
		}
		if l != nil {
			_ = l.Close()
		}
	}
	if name, err := os.Hostname(); err == nil {
		if ips, err := net.DefaultResolver.LookupIPAddr(t.Context(), name); err == nil && len(ips) > 0 && !ips[0].IP.IsLoopback() {
			if _, _, err := service.Listen(t.Context(), net.JoinHostPort(name, "0"), false); err == nil || !strings.Contains(err.Error(), "a token is needed") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestPortTaken(t *testing.T) {
	l, _, err := service.Listen(t.Context(), "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, _, err := service.Listen(t.Context(), l.Addr().String(), false); err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Error(err)
	}
}

// Who sends headers without end, or slowly, is cut off; others are served meanwhile.
func TestRudeClients(t *testing.T) {
	s := newSite(t, "")
	dial := func() net.Conn {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	huge := dial()
	defer huge.Close()
	_, _ = fmt.Fprintf(huge, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Huge: %s\r\n\r\n", strings.Repeat("a", 1<<20)) // it may be cut off
	if line, err := bufio.NewReader(huge).ReadString('\n'); err == nil && !strings.Contains(line, "431") {
		t.Errorf("huge headers: %s", line)
	}
	slow := dial()
	defer slow.Close()
	_, _ = fmt.Fprint(slow, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	if answer, _ := s.get(t, "GET", "/livez", nil); answer.StatusCode != 200 {
		t.Errorf("beside a slow client: %d", answer.StatusCode)
	}
	if err := slow.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(slow); err != nil || len(rest) > 0 && !strings.Contains(string(rest), "408") && !strings.Contains(string(rest), "400") {
		t.Errorf("a slow client is not cut off: %v %s", err, rest)
	}
}

// A run that could not run is shown until one could, be it another process's, of which
// only the history knows.
func TestBrokenUntilAnotherRuns(t *testing.T) {
	s := &site{settings: tenants(t, "", "15 6 * * *")}
	w := &world{status: 3}
	w.set(noon)
	s.open(t, "", w, func(o *service.Options) { o.Leads = func(context.Context) (bool, error) { return true, nil } })
	for range 1000 {
		if !s.Service.Status().Figures["a"].Broken.IsZero() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, tt := range []struct {
		at    time.Time
		shown bool
	}{{noon.Add(-time.Hour), true}, {noon.Add(time.Hour), false}} {
		s.runs = []history.RunSummary{run(1, tt.at, 0, "a")}
		if _, body := s.get(t, "GET", "/", nil); strings.Contains(body, "could not run") != tt.shown {
			t.Errorf("after a run of %s:\n%s", tt.at, body)
		}
	}
}

// Each run that goes on is shown, on the page and in the metrics.
func TestPagesOfSeveralRuns(t *testing.T) {
	s := &site{settings: tenants(t, "", "15 6 * * *", "15 7 * * *", "15 8 * * *")}
	w := &world{takes: map[string]time.Duration{"a": time.Hour, "b": time.Hour}, last: map[string]time.Time{"c": noon}}
	w.set(noon)
	s.open(t, "", w, func(o *service.Options) { o.Parallel, o.Detached = 0, true })
	for range 1000 {
		if len(s.Service.Status().Current) == 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, body := s.get(t, "GET", "/", nil); strings.Count(body, "goes on since 2026-06-10 12:00") != 2 {
		t.Errorf("the page shows other runs:\n%s", body)
	}
	_, text := s.get(t, "GET", "/metrics", nil)
	for _, line := range []string{
		`trailguard_run_in_progress{tenant="a"} 1`, `trailguard_run_in_progress{tenant="b"} 1`, `trailguard_run_in_progress{tenant="c"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
}

// What the caller has to show besides stands among the metrics; where it is not known,
// there are none at all, as where the history does not answer.
func TestMoreMetrics(t *testing.T) {
	s := newSite(t, "")
	s.More = func(context.Context) ([]service.Gauge, error) {
		return []service.Gauge{
			{Name: "trailguard_workers", Help: "Machines that scan.", Value: 3, Labels: []string{"state", "busy"}},
			{Name: "trailguard_workers", Help: "Machines that scan.", Value: 4, Labels: []string{"state", "idle"}},
		}, nil
	}
	_, text := s.get(t, "GET", "/metrics", nil)
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(text)); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, line := range []string{
		`# HELP trailguard_workers Machines that scan.`, `# TYPE trailguard_workers gauge`,
		`trailguard_workers{state="busy"} 3`, `trailguard_workers{state="idle"} 4`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	s.More = func(context.Context) ([]service.Gauge, error) { return nil, errors.New("no answer") }
	if answer, _ := s.get(t, "GET", "/metrics", nil); answer.StatusCode != 503 || len(s.warned) != 1 {
		t.Errorf("%d %q", answer.StatusCode, s.warned)
	}
}

// A report comes from wherever it is kept: no page knows of folders.
func TestReportsFromElsewhere(t *testing.T) {
	s := newSite(t, "")
	s.Open = func(tenant, name string) (io.ReadSeekCloser, time.Time, error) {
		switch tenant + "/" + name {
		case "a/" + service.ReportName:
			return struct {
				io.ReadSeeker
				io.Closer
			}{strings.NewReader("<!DOCTYPE html><title>kept elsewhere</title>"), io.NopCloser(nil)}, noon, nil
		case "b/" + service.ReportName:
			return nil, time.Time{}, errors.New("no answer")
		default:
			return nil, time.Time{}, fmt.Errorf("%s of %s: %w", name, tenant, fs.ErrNotExist)
		}
	}
	for path, want := range map[string]string{"/tenants/a/report": "kept elsewhere", "/tenants/a/": `<a href="report">`, "/tenants/b/": `<a href="report">`} {
		answer, body := s.get(t, "GET", path, nil)
		if answer.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d\n%s", path, answer.StatusCode, body)
		}
	}
	answer, _ := s.get(t, "GET", "/tenants/a/report", func(r *http.Request) { r.Header.Set("If-Modified-Since", noon.Format(http.TimeFormat)) })
	if answer.StatusCode != http.StatusNotModified {
		t.Errorf("a report that has not changed: %d", answer.StatusCode)
	}
	if answer, _ := s.get(t, "GET", "/metrics", nil); answer.StatusCode != 200 || len(s.warned) > 0 {
		t.Errorf("%d %q", answer.StatusCode, s.warned)
	}
	if answer, body := s.get(t, "GET", "/tenants/b/report", nil); answer.StatusCode != 500 || strings.Contains(body, "no answer") || len(s.warned) != 1 {
		t.Errorf("%d %q", answer.StatusCode, s.warned)
	}
}
