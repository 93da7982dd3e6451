package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/scanner"
)

const prometheusDocs = "../../docs/prometheus/"

// expressions are those of the alert rules and of the dashboard, with its variables
// filled in.
func expressions(t *testing.T) []string {
	t.Helper()
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(readText(t, prometheusDocs+"alerts.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readText(t, prometheusDocs+"dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			all = append(all, rule.Expr)
		}
	}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			all = append(all, strings.ReplaceAll(target.Expr, "$tenant", ".*"))
		}
	}
	if len(all) < 14 {
		t.Fatalf("only %d expressions were found", len(all))
	}
	return all
}

// The alert rules and the dashboard ask for metrics, labels and values that scans write.
func TestPrometheusAsksForWhatScansWrite(t *testing.T) {
	snapshot := see(t, acme.Files()).path
	result := newProgram(t).run(t, "scan", "--snapshot", snapshot, "--history", "none", "--format", "openmetrics")
	result.want(t, scanner.ExitFail)
	name := regexp.MustCompile(`trailguard_[a-z_]+`)
	selector := regexp.MustCompile(`(trailguard_[a-z_]+)\{([^}]*)\}`)
	matcher := regexp.MustCompile(`([a-z]+)(=~?)"([^"]*)"`)
	written := map[string]map[string][]string{} // values by label by metric
	for _, line := range strings.Split(result.stdout, "\n") {
		if metric := name.FindString(line); metric != "" && !strings.HasPrefix(line, "#") {
			if written[metric] == nil {
				written[metric] = map[string][]string{}
			}
			for _, m := range regexp.MustCompile(`([a-z]+)="([^"]*)"`).FindAllStringSubmatch(line, -1) {
				written[metric][m[1]] = append(written[metric][m[1]], m[2])
			}
		}
	}
	for _, expr := range expressions(t) {
		for _, metric := range name.FindAllString(expr, -1) {
			if written[metric] == nil {
				t.Errorf("%s: no scan writes %s", expr, metric)
			}
		}
		for _, s := range selector.FindAllStringSubmatch(expr, -1) {
			for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
				wanted := regexp.MustCompile("^(?:" + m[3] + ")$")
				if !slices.ContainsFunc(written[s[1]][m[1]], wanted.MatchString) {
					t.Errorf("%s: no scan writes %s with %s %s %q", expr, s[1], m[1], m[2], m[3])
				}
			}
		}
	}
}

// Prometheus's own tool reads the rules, the dashboard's expressions, and what a scan
// writes; the alert on old runs fires when it should.
func TestPromtoolReadsThem(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool (Debian's prometheus) is not installed")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(stdin string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Stdin = strings.NewReader(stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	recorded := map[string]any{}
	var list []any
	for _, expr := range expressions(t) {
		list = append(list, map[string]string{"record": "x:y", "expr": expr})
	}
	recorded["groups"] = []any{map[string]any{"name": "all", "rules": list}}
	text, err := yaml.Marshal(recorded)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := filepath.Abs(prometheusDocs + "alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	run("", "check", "rules", rules)
	run("", "check", "rules", write("expressions.yml", string(text)))
	run("", "check", "rules", write("kubernetes.yml", blocks(readText(t, deployDir+"README.md"), "yaml")[0]))
	result := newProgram(t).run(t, "scan", "--snapshot", see(t, acme.Files()).path, "--history", "none", "--format", "openmetrics")
	run(result.stdout, "check", "metrics")
	run("", "test", "rules", write("alerts_test.yml", `rule_files: [`+rules+`]
tests:
  - interval: 1h
    input_series:
      - { series: 'trailguard_last_complete_run_timestamp_seconds{tenant="acme"}', values: "0x40" }
    alert_rule_test:
      - { eval_time: 25h, alertname: TrailguardNoCompleteRun, exp_alerts: [] }
      - eval_time: 27h
        alertname: TrailguardNoCompleteRun
        exp_alerts:
          - exp_labels: { severity: critical, tenant: acme }
            exp_annotations:
              summary: "No complete run over acme in 26 hours"
              description: "What is wrong with the audit trail of acme would not be seen. The job, or the reader's permissions, are broken: `+"`trailguard check`"+`."
`))
}

// Prometheus itself scrapes what a scan writes, and every expression of the dashboard
// has a value there.
func TestPrometheusEvaluatesTheDashboard(t *testing.T) {
	server, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed")
	}
	result := newProgram(t).run(t, "scan", "--snapshot", see(t, acme.Files()).path, "--history", "none", "--format", "openmetrics")
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write([]byte(result.stdout)) // the scraper may hang up
	}))
	defer target.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	text := "scrape_configs: [{job_name: trailguard, scrape_interval: 1s, static_configs: [{targets: ['" + strings.TrimPrefix(target.URL, "http://") + "']}]}]"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	cmd := exec.CommandContext(t.Context(), server, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill() // it has nothing to lose
		_ = cmd.Wait()
	}()
	ask := func(expr string) (results int, err error) {
		resp, err := http.Get("http://" + address + "/api/v1/query?query=" + url.QueryEscape(expr))
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		var answer struct {
			Error string
			Data  struct{ Result []json.RawMessage }
		}
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return 0, err
		}
		if answer.Error != "" {
			t.Fatalf("%s: %s", expr, answer.Error)
		}
		return len(answer.Data.Result), nil
	}
	for range 300 {
		if n, err := ask("trailguard_run_complete"); err == nil && n > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	alerts, board := 5, expressions(t)
	for i, expr := range board {
		if n, err := ask(expr); err != nil || n == 0 && i >= alerts {
			t.Errorf("%s has %d values: %v", expr, n, err)
		}
	}
}

// freeAddress is one on this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
