package config

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/schedule"
	"github.com/trailguard/trailguard/scanner/fleet/budget"
	"github.com/trailguard/trailguard/scanner/secretref"
)

// Schedule is when the command serve scans. A tenant's own goes over the common
// one, field by field.
type Schedule struct {
	Cron     string `yaml:"cron"`
	TimeZone string `yaml:"timeZone"` // of the IANA database; empty: UTC
	Jitter   string `yaml:"jitter"`   // the longest delay, a duration
}

// Serve are the settings of the command serve.
type Serve struct {
	Listen  string `yaml:"listen"`  // HOST:PORT; empty: DefaultListen
	Token   string `yaml:"token"`   // a reference, env:NAME or file:PATH
	Grace   string `yaml:"grace"`   // how long it takes to end at most, a duration; empty: DefaultGrace
	Timeout string `yaml:"timeout"` // how long a run may collect, a duration; empty: DefaultTimeout
	Reports string `yaml:"reports"` // folder of the latest reports; empty: beside the history
	Workers int    `yaml:"workers"` // steps of a fleet that a process takes at once; 0: DefaultWorkers
	// Budgets are requests a second to AWS's services that all processes of a fleet
	// together send for one account and region, over those of package budget.
	Budgets map[string]int `yaml:"budgets"`
}

// What holds where the configuration is silent.
const (
	DefaultListen  = "127.0.0.1:8780"
	DefaultGrace   = 100 * time.Second
	DefaultTimeout = time.Hour
	DefaultWorkers = 4
)

// shortestGrace is what it takes to judge and record what was collected.
const shortestGrace = 2 * time.Second

// ServeToken is the token of the command serve, as messages name it.
var ServeToken = secretref.Purpose{Key: "token", Noun: "the token that readers send"}

// GracePeriod is how long it takes to end at most.
func (s *Serve) GracePeriod() time.Duration { return orDuration(s.Grace, DefaultGrace) }

// RunTimeout is how long a run may collect.
func (s *Serve) RunTimeout() time.Duration { return orDuration(s.Timeout, DefaultTimeout) }

// Slots is how many steps of a fleet a process takes at once.
func (s *Serve) Slots() int { return cmp.Or(s.Workers, DefaultWorkers) }

// Rates are the budgets in force.
func (s *Serve) Rates() map[string]float64 {
	rates := budget.Rates()
	for of, rate := range s.Budgets {
		rates[of] = float64(rate)
	}
	return rates
}

// mostWorkers is more than one process has any use for.
const mostWorkers = 1000

// mostRate is more than AWS lets anybody send, in requests a second.
const mostRate = 10_000

// orDuration reads a duration that was checked while loading.
func orDuration(text string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	return otherwise
}

// Address is where the service listens.
func (s *Serve) Address() string { return cmp.Or(s.Listen, DefaultListen) }

// TenantSchedule is when a tenant is scanned. The error says that nothing does.
func (c *Config) TenantSchedule(t *Tenant) (*schedule.Schedule, error) {
	own := c.Schedule
	if t.Schedule != nil {
		own = Schedule{
			Cron:     cmp.Or(t.Schedule.Cron, own.Cron),
			TimeZone: cmp.Or(t.Schedule.TimeZone, own.TimeZone),
			Jitter:   cmp.Or(t.Schedule.Jitter, own.Jitter),
		}
	}
	if own.Cron == "" {
		return nil, fmt.Errorf("tenant %q has no schedule: write schedule: { cron: \"15 6 * * *\" } at the top, or for this tenant", t.Name)
	}
	return schedule.New(schedule.Spec{Cron: own.Cron, Zone: own.TimeZone, Jitter: orDuration(own.Jitter, 0)}, t.Name)
}

// schedule checks a schedule. What it leaves out, another may say.
func (c *checker) schedule(s *Schedule, at []any) {
	here := func(key string) []any { return append(slices.Clone(at), key) }
	if s.Cron != "" {
		if _, err := schedule.Cron(s.Cron); err != nil {
			c.add(here("cron"), "cron: %s", err)
		}
	}
	if _, err := schedule.Zone(s.TimeZone); err != nil {
		c.add(here("timeZone"), "%s", err)
	}
	if s.Jitter != "" {
		if d, err := time.ParseDuration(s.Jitter); err != nil || d < 0 || d > schedule.LongestJitter {
			c.add(here("jitter"), "%q is no delay: write a duration, such as 10m, of %s at most", s.Jitter, schedule.LongestJitter)
		}
	}
}

// serve checks the settings of the command serve.
func (c *checker) serve(s *Serve) {
	here := func(key string) []any { return []any{"serve", key} }
	if s.Listen != "" {
		if err := CheckAddress(s.Listen); err != nil {
			c.add(here("listen"), "listen: %s", err)
		}
	}
	if s.Token != "" {
		if err := secretref.Check(ServeToken, s.Token); err != nil {
			c.add(here("token"), "%s", err)
		}
	}
	if s.Workers < 0 || s.Workers > mostWorkers {
		c.add(here("workers"), "workers %d: write how many steps of a fleet a process takes at once, from 1 to %d", s.Workers, mostWorkers)
	}
	known := slices.Sorted(maps.Keys(budget.Rates()))
	for _, of := range slices.Sorted(maps.Keys(s.Budgets)) {
		at := []any{"serve", "budgets", of}
		switch rate := s.Budgets[of]; {
		case !slices.Contains(known, of):
			c.add(at, "budgets: nothing is shared of %q: there are budgets of %s", of, strings.Join(known, ", "))
		case rate < 1 || rate > mostRate:
			c.add(at, "budgets: %s %d: write requests a second, from 1 to %d", of, rate, mostRate)
		}
	}
	durations := []struct {
		key, text, example string
		least              time.Duration
	}{
		{"grace", s.Grace, "100s", shortestGrace}, {"timeout", s.Timeout, "1h", time.Second},
	}
	for _, d := range durations {
		if got, err := time.ParseDuration(d.text); d.text != "" && (err != nil || got < d.least) {
			c.add(here(d.key), "%s %q: write a duration, such as %s, of %s at least", d.key, d.text, d.example, d.least)
		}
	}
}

// CheckAddress says what is wrong with an address to listen on.
func CheckAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	_, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil || strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%q is no address: write HOST:PORT, such as %s", address, DefaultListen)
	}
	return nil
}
