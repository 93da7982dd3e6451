package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Current is a run that goes on.
type Current struct {
	Due
	Started time.Time

	cancel context.CancelCauseFunc
}

// ended is a run with its result.
type ended struct {
	*Current
	Result
}

// ErrGrace says that a run did not end within the grace period.
var ErrGrace = errors.New("the run did not end within the grace period and is given up: nothing of it counts, and the next start makes up for it")

// goesOn says whether a run of the tenant does.
func (s *Service) goesOn(tenant string) bool { return s.current[tenant] != nil }

func (s *Service) running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.current)
}

// full says that no further run may go on.
func (s *Service) full() bool { return s.o.Parallel > 0 && len(s.current) >= s.o.Parallel }

// begin starts the runs that have been due for longest, as many as there is room for.
func (s *Service) begin(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.role != leads || ctx.Err() != nil {
		return
	}
	now := s.o.Now()
	for !s.full() {
		due, ok := s.agenda.take(now, s.goesOn)
		if !ok {
			return
		}
		s.start(ctx, due, now)
	}
}

func (s *Service) start(ctx context.Context, due Due, now time.Time) {
	// A signal does not end the run at once: see drain.
	run, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	c := &Current{Due: due, Started: now, cancel: cancel}
	s.current[due.Tenant] = c
	go func() {
		r := s.o.Scan(run, due)
		select {
		case s.results <- ended{c, r}:
		case <-s.over:
		}
	}()
}

// overlap passes over what came due while the tenant's run still went on.
func (s *Service) overlap(c *Current, now time.Time) {
	for _, deadline := range s.agenda.overlap(c.Tenant, now) {
		s.of(c.Tenant).Skipped++
		s.o.Warn(c.Tenant, fmt.Errorf("the run of %s is left out: the one before still goes on, since %s",
			deadline.Format(time.RFC3339), c.Started.UTC().Format(time.RFC3339)))
	}
}

// end takes the result of a run.
func (s *Service) end(r ended) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if s.role == leads { // of what else is left out, the process that leads knows
		s.overlap(r.Current, now)
	}
	r.cancel(nil)
	delete(s.current, r.Tenant)
	f := s.of(r.Tenant)
	f.Outcomes[Outcome(r.Status)]++
	f.Requests += r.Requests
	f.Retries += r.Retries
	f.Waited += r.Waited
	f.Took = now.Sub(r.Started)
	if f.Broken = (time.Time{}); Outcome(r.Status) == Broken {
		f.Broken = r.Started
	}
}

func (s *Service) of(tenant string) *Figures {
	if s.figures[tenant] == nil {
		s.figures[tenant] = &Figures{Outcomes: map[string]int64{}}
	}
	return s.figures[tenant]
}

// detachedTime is how long results of runs that go on elsewhere are waited for.
const detachedTime = time.Second

// drain ends the service: nothing begins any more. Towards the end of the grace
// period the runs are told to stop, and report and record what they have.
func (s *Service) drain(ctx context.Context) error {
	s.draining.Store(true)
	s.mu.Lock()
	names, grace := slices.Sorted(maps.Keys(s.current)), s.settings.Grace
	s.mu.Unlock()
	if len(names) == 0 {
		return nil
	}
	if s.o.Detached {
		s.o.Note("", scanner.Count(len(names), "run goes", "runs go")+" on without this process")
		s.cancel(ctx)
		s.collect(s.o.After(detachedTime))
		return nil
	}
	rest := min(grace/2, 15*time.Second)
	for _, name := range names {
		s.o.Note(name, fmt.Sprintf("the run has %s to end", grace-rest))
	}
	if s.collect(s.o.After(grace - rest)) {
		return nil
	}
	s.cancel(ctx)
	if !s.collect(s.o.After(rest)) {
		return ErrGrace
	}
	return nil
}

// cancel ends the contexts of the runs that go on, for the reason that the
// service's own has ended.
func (s *Service) cancel(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.current {
		c.cancel(context.Cause(ctx))
	}
}

// collect takes results until a time, and says whether no run goes on any more.
func (s *Service) collect(until <-chan time.Time) bool {
	for s.running() > 0 {
		select {
		case r := <-s.results:
			s.end(r)
		case <-until:
			return false
		}
	}
	return true
}
