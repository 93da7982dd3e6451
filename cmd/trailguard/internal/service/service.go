// Package service scans tenants on their schedules for as long as its process
// lives, one run at a time, and shows over HTTP what came of it. How a scan is
// done and where runs are recorded is for its caller to say: the package decides
// only who is due.
package service

import (
	"context"
	"errors"
	"fmt"
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
	// LastRun is when each tenant was last scanned to the end.
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
	draining atomic.Bool

	mu       sync.Mutex // over what follows, which HTTP reads
	settings *Settings
	agenda   *agenda
	current  *Current
	figures  map[string]*Figures
	reloaded Reloaded
}

// Current is the run that goes on.
type Current struct {
	Due
	Started time.Time

	cancel context.CancelCauseFunc
	result chan Result
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

// ErrGrace says that a run did not end within the grace period.
var ErrGrace = errors.New("the run did not end within the grace period and is given up: nothing of it counts, and the next start makes up for it")

// New returns a service with its first settings, which knows from the history
// when each tenant was last scanned.
func New(ctx context.Context, s *Settings, o Options) (*Service, error) {
	last, err := o.LastRun(ctx)
	if err != nil {
		return nil, err
	}
	now := o.Now()
	v := &Service{
		o: o, reload: make(chan struct{}, 1), settings: s, agenda: newAgenda(),
		figures: map[string]*Figures{}, reloaded: Reloaded{true, now},
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

// Run scans who is due until the context ends, and then lets the run that goes
// on come to its end within the grace period. It is ErrGrace where it did not.
func (s *Service) Run(ctx context.Context) error {
	for {
		s.review()
		s.begin(ctx)
		always := false
		select {
		case <-ctx.Done():
			return s.drain(ctx)
		case r := <-s.ended():
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
	for _, name := range s.agenda.correct(now) {
		s.o.Warn(name, errors.New("the last scan lies in the future, so a clock was wrong: what is due is reckoned from now on"))
	}
	if s.current != nil {
		s.overlap(now)
	}
}

// overlap passes over what came due while the tenant's run still went on.
func (s *Service) overlap(now time.Time) {
	for _, deadline := range s.agenda.overlap(s.current.Tenant, now) {
		s.of(s.current.Tenant).Skipped++
		s.o.Warn(s.current.Tenant, fmt.Errorf("the run of %s is left out: the one before still goes on, since %s",
			deadline.Format(time.RFC3339), s.current.Started.UTC().Format(time.RFC3339)))
	}
}

// begin starts the run that has been due for longest, unless one goes on.
func (s *Service) begin(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil || ctx.Err() != nil {
		return
	}
	now := s.o.Now()
	due, ok := s.agenda.take(now)
	if !ok {
		return
	}
	// A signal does not end the run at once: see drain.
	run, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	c := &Current{Due: due, Started: now, cancel: cancel, result: make(chan Result, 1)}
	s.current = c
	go func() { c.result <- s.o.Scan(run, due) }()
}

// ended is where the run that goes on tells its result; nil: none goes on.
func (s *Service) ended() <-chan Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil
	}
	return s.current.result
}

// end takes the result of the run.
func (s *Service) end(r Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	s.overlap(now)
	c := s.current
	c.cancel(nil)
	s.current = nil
	f := s.of(c.Tenant)
	f.Outcomes[Outcome(r.Status)]++
	f.Requests += r.Requests
	f.Retries += r.Retries
	f.Waited += r.Waited
	f.Took = now.Sub(c.Started)
	if f.Broken = (time.Time{}); Outcome(r.Status) == Broken {
		f.Broken = c.Started
	}
}

func (s *Service) of(tenant string) *Figures {
	if s.figures[tenant] == nil {
		s.figures[tenant] = &Figures{Outcomes: map[string]int64{}}
	}
	return s.figures[tenant]
}

// pause is how long nothing can be due.
func (s *Service) pause() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	wait := poll
	if next := s.agenda.next(); !next.IsZero() && s.current == nil {
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
		s.agenda.set(settings.Tenants, last)
		s.o.Note("", "the configuration was read again: "+scanner.Count(len(settings.Tenants), "tenant", "tenants"))
	}
}

// drain ends the service: nothing begins any more. Towards the end of the grace
// period the run is told to stop, and reports and records what it has.
func (s *Service) drain(ctx context.Context) error {
	s.draining.Store(true)
	s.mu.Lock()
	c, grace := s.current, s.settings.Grace
	s.mu.Unlock()
	if c == nil {
		return nil
	}
	rest := min(grace/2, 15*time.Second)
	s.o.Note(c.Tenant, fmt.Sprintf("the run has %s to end", grace-rest))
	select {
	case r := <-c.result:
		s.end(r)
		return nil
	case <-s.o.After(grace - rest):
	}
	c.cancel(context.Cause(ctx))
	select {
	case r := <-c.result:
		s.end(r)
		return nil
	case <-s.o.After(rest):
		return ErrGrace
	}
}
