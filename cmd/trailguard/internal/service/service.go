// Package service scans tenants on their schedules for as long as its process
// lives, as many at once as its caller allows, and shows over HTTP what came of it.
// How and where a scan is done, where runs are recorded, and which process of
// several schedules is for its caller to say: the package decides only who is due.
package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/schedule"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// Tenant is a tenant with its schedule.
type Tenant struct {
	Name     string
	Schedule *schedule.Schedule
}

// Settings are what a configuration says of the service. Another one may take
// their place while it runs.
type Settings struct {
	Tenants []Tenant
	Token   redact.Secret // that readers must send; empty: none
	Grace   time.Duration // within which the service ends
}

// Due is a run that is due.
type Due struct {
	Tenant   string
	Deadline time.Time // the last that was missed; zero: the tenant was never scanned
}

// Result is what a run came to.
type Result struct {
	Status            int // as of the exit of trailguard scan
	Requests, Retries int64
	Waited            time.Duration // before requests that were sent again
}

// Options are what a service needs of its caller.
type Options struct {
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time
	// Scan scans a tenant, and records the run. It ends soon after its context.
	Scan func(ctx context.Context, due Due) Result
	// Parallel is how many runs may go on at once; 0: as many as are due. No tenant
	// ever has two.
	Parallel int
	// Detached says that runs go on elsewhere when this process ends: their
	// contexts end with it, and nothing waits for them.
	Detached bool
	// Leads says whether this process is the one that schedules: any other begins
	// nothing. It is asked in each turn, so it answers soon. Nil: it always is.
	Leads func(ctx context.Context) (bool, error)
	// LastRun is when each tenant was last scanned to the end. It is asked again with
	// each configuration, and when this process begins to lead. Where runs that
	// another process began go on, it may be when they began: otherwise Scan is
	// asked for them again.
	LastRun func(ctx context.Context) (map[string]time.Time, error)
	// Reload returns settings where the configuration has changed, or must be
	// read whether or not it has; nil: it is as it was.
	Reload func(always bool) (*Settings, error)
	// Note and Warn tell people what happens. Tenant may be empty.
	Note func(tenant, text string)
	Warn func(tenant string, err error)
}

// poll is how often the service looks at the clock and at the configuration: a
// clock that was set, or a machine that slept, costs no more than this.
const poll = 10 * time.Second

// Service is a running service.
type Service struct {
	o        Options
	reload   chan struct{}
	results  chan ended
	over     chan struct{} // closed: nobody takes results any more
	draining atomic.Bool
	role     role // of Run alone

	mu       sync.Mutex // over what follows, which HTTP reads
	settings *Settings
	agenda   *agenda
	current  map[string]*Current // by tenant
	figures  map[string]*Figures
	reloaded Reloaded
}

// Figures count a tenant's runs since the process began.
type Figures struct {
	Outcomes          map[string]int64
	Skipped           int64
	Requests, Retries int64
	Waited, Took      time.Duration // Took is that of the last run
	// Broken is when the last run began, where it could not run: the history knows
	// of no such run. Zero: it could.
	Broken time.Time
}

// Reloaded is what became of the last configuration.
type Reloaded struct {
	Good bool
	At   time.Time // of the last good one
}

// New returns a service with its first settings, which knows from the history
// when each tenant was last scanned.
func New(ctx context.Context, s *Settings, o Options) (*Service, error) {
	last, err := o.LastRun(ctx)
	if err != nil {
		return nil, err
	}
	now := o.Now()
	v := &Service{
		o: o, reload: make(chan struct{}, 1), results: make(chan ended), over: make(chan struct{}),
		settings: s, agenda: newAgenda(), current: map[string]*Current{}, figures: map[string]*Figures{}, reloaded: Reloaded{true, now},
	}
	if v.alone() {
		v.role = leads
	}
	v.agenda.set(s.Tenants, last)
	return v, nil
}

// Reload has the configuration read again.
func (s *Service) Reload() {
	select {
	case s.reload <- struct{}{}:
	default: // it will be
	}
}

// Run scans who is due until the context ends, and then lets the runs that go on
// come to their ends within the grace period, unless they are detached. It is
// ErrGrace where one did not.
func (s *Service) Run(ctx context.Context) error {
	defer close(s.over)
	for {
		s.lead(ctx)
		s.review()
		s.begin(ctx)
		always := false
		select {
		case <-ctx.Done():
			return s.drain(ctx)
		case r := <-s.results:
			s.end(r)
		case <-s.o.After(s.pause()):
		case <-s.reload:
			always = true
		}
		s.take(ctx, always)
	}
}

// review looks at the clock.
func (s *Service) review() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if s.role != leads {
		s.agenda.pass(now)
		return
	}
	for _, name := range s.agenda.correct(now) {
		s.o.Warn(name, errors.New("the last scan lies in the future, so a clock was wrong: what is due is reckoned from now on"))
	}
	for _, name := range slices.Sorted(maps.Keys(s.current)) {
		s.overlap(s.current[name], now)
	}
}

// pause is how long nothing can be due.
func (s *Service) pause() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	wait := poll
	if next := s.agenda.next(s.goesOn); !next.IsZero() && !s.full() {
		wait = min(wait, next.Sub(now))
	}
	return max(wait, time.Millisecond)
}

// take puts a configuration in the place of the one before. A wrong one changes
// nothing.
func (s *Service) take(ctx context.Context, always bool) {
	settings, err := s.o.Reload(always)
	var last map[string]time.Time
	if err == nil && settings != nil {
		last, err = s.o.LastRun(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.reloaded.Good = false
		s.o.Warn("", fmt.Errorf("the configuration stays as it was: %w", err))
	case settings != nil:
		s.settings, s.reloaded = settings, Reloaded{true, s.o.Now()}
		s.plan(last)
		s.o.Note("", "the configuration was read again: "+scanner.Count(len(settings.Tenants), "tenant", "tenants"))
	}
}
