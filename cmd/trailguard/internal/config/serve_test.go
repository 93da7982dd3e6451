package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
)

const scheduled = `tenants:
  - { name: acme, url: "https://acme.immutacloud.com", apiKey: "env:K" }
  - { name: globex, url: "https://globex.immutacloud.com", apiKey: "env:K", schedule: { cron: "0 2 * * *", jitter: 0s } }
schedule: { cron: "15 6 * * *", timeZone: Europe/Berlin, jitter: 10m }
serve: { listen: "0.0.0.0:9000", token: "file:token", grace: 30s, reports: reports, workers: 8, budgets: { iam: 3 } }
`

// A tenant's own schedule goes over the common one, field by field.
func TestSchedules(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "trailguard.yaml")
	if err := os.WriteFile(path, []byte(scheduled), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	common, err := c.TenantSchedule(&c.Tenants[0])
	if err != nil {
		t.Fatal(err)
	}
	if next := common.Next(at); next.Before(time.Date(2026, 1, 11, 5, 15, 0, 0, time.UTC)) || next.After(time.Date(2026, 1, 11, 5, 25, 0, 0, time.UTC)) {
		t.Errorf("acme is due at %s", next)
	}
	own, err := c.TenantSchedule(&c.Tenants[1])
	if err != nil {
		t.Fatal(err)
	}
	if next := own.Next(at); !next.Equal(time.Date(2026, 1, 11, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("globex is due at %s", next)
	}
	s := &c.Serve
	if s.Address() != "0.0.0.0:9000" || s.GracePeriod() != 30*time.Second || s.RunTimeout() != config.DefaultTimeout {
		t.Errorf("%+v", s)
	}
	if rates := s.Rates(); s.Slots() != 8 || rates["iam"] != 3 || rates["organizations"] != 2 {
		t.Errorf("%d slots, and budgets %v", s.Slots(), rates)
	}
	if s.Token != "file:"+filepath.Join(dir, "token") || s.Reports != filepath.Join(dir, "reports") {
		t.Errorf("%+v is not relative to its file", s)
	}
}

// Without a schedule nobody would notice that nothing is scanned.
func TestTenantWithoutASchedule(t *testing.T) {
	c, err := config.Parse("t.yaml", []byte(`tenants: [{ name: acme, url: "https://acme.immutacloud.com", apiKey: "env:K", schedule: { jitter: 5m } }]`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.TenantSchedule(&c.Tenants[0]); err == nil || !strings.Contains(err.Error(), `tenant "acme" has no schedule`) {
		t.Error(err)
	}
}

func TestServeIsRefused(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`schedule: { cron: "61 6 * * *" }`, `t.yaml:1: cron: "61 6 * * *" is no cron expression`},
		{`schedule: { cron: "0 0 31 2 *" }`, "never comes due"},
		{`schedule: { cron: "0 6 * * *", timeZone: Europe/Berlinn }`, `unknown time zone "Europe/Berlinn"`},
		{`schedule: { crontab: "0 6 * * *" }`, "crontab"},
		{`schedule: { jitter: 13h }`, "of 12h0m0s at most"},
		{`schedule: { jitter: -1m }`, `"-1m" is no delay`},
		{"tenants:\n  - name: acme\n    url: https://a.example.com\n    apiKey: env:K\n    schedule: { cron: nightly }", `t.yaml:5: cron: "nightly" is no cron expression`},
		{`serve: { listen: "8780" }`, "write HOST:PORT"},
		{`serve: { listen: "127.0.0.1:http" }`, "write HOST:PORT"},
		{`serve: { listen: "http://127.0.0.1:8780" }`, "write HOST:PORT"},
		{`serve: { token: hunter2 }`, "token must be env:NAME or file:PATH"},
		{`serve: { grace: 1s }`, "of 2s at least"},
		{`serve: { grace: "100" }`, "write a duration"},
		{`serve: { timeout: 0s }`, "of 1s at least"},
		{`serve: { port: 80 }`, "port"},
		{`serve: { workers: -1 }`, "workers -1: write how many"},
		{`serve: { workers: 1001 }`, "from 1 to 1000"},
		{"serve:\n  budgets:\n    iamm: 3", `t.yaml:3: budgets: nothing is shared of "iamm": there are budgets of cloudtrail, cloudtrail/lookup, iam`},
		{`serve: { budgets: { s3: 0 } }`, "s3 0: write requests a second"},
		{`serve: { budgets: { s3: 2.5 } }`, "a whole number should stand here"},
	} {
		_, err := config.Parse("t.yaml", []byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s tells the secret", err)
		}
	}
}
