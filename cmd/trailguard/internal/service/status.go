package service

import (
	"maps"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// The outcomes of runs.
const (
	Clean       = "clean"
	Failing     = "failing"
	Incomplete  = "incomplete"
	Interrupted = "interrupted"
	Broken      = "error"
)

// Outcomes lists them.
func Outcomes() []string { return []string{Clean, Failing, Incomplete, Interrupted, Broken} }

// Outcome is the outcome of a run with an exit status.
func Outcome(status int) string {
	switch status {
	case scanner.ExitClean:
		return Clean
	case scanner.ExitFail:
		return Failing
	case scanner.ExitIncomplete:
		return Incomplete
	case scanner.ExitInterrupted, scanner.ExitTerminated:
		return Interrupted
	default:
		return Broken
	}
}

// Status is what a service shows of itself at a moment.
type Status struct {
	Settings *Settings
	Current  map[string]Current // the runs that go on, by tenant
	Next     map[string]time.Time
	Figures  map[string]Figures
	Reloaded Reloaded
}

// Status returns what there is to show.
func (s *Service) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := Status{
		Settings: s.settings, Reloaded: s.reloaded,
		Current: map[string]Current{}, Next: map[string]time.Time{}, Figures: map[string]Figures{},
	}
	for name, c := range s.current {
		v.Current[name] = *c
	}
	for i := range s.settings.Tenants {
		name := s.settings.Tenants[i].Name
		f := *s.of(name)
		f.Outcomes = maps.Clone(f.Outcomes)
		v.Next[name], v.Figures[name] = s.agenda.deadline(name), f
	}
	return v
}

// Settings returns those in force.
func (s *Service) Settings() *Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Draining says that the service is about to end.
func (s *Service) Draining() bool { return s.draining.Load() }

// Tenant says whether the settings have a tenant.
func (s *Settings) Tenant(name string) bool {
	return slices.ContainsFunc(s.Tenants, func(t Tenant) bool { return t.Name == name })
}
