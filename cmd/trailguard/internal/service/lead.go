package service

import (
	"context"
	"fmt"
	"time"
)

// role is what this process is among those that work on one history.
type role int

const (
	unknown role = iota // begins nothing, as one that follows
	leads
	follows
)

// alone says that no other process schedules, ever.
func (s *Service) alone() bool { return s.o.Leads == nil }

// lead finds out whether this process schedules, and tells people when that changes.
// One that begins to do so knows from the history what others did before.
func (s *Service) lead(ctx context.Context) {
	if s.alone() {
		return
	}
	now, err := s.asked(ctx)
	if ctx.Err() != nil {
		return // it ends, and begins nothing anyway
	}
	before := s.role
	s.role = now
	switch {
	case err != nil:
		s.o.Warn("", fmt.Errorf("whether this process schedules is not known, so it begins nothing until it is: %w", err))
	case now == before:
	case now == leads:
		s.o.Note("", "this process schedules now")
	default:
		s.o.Note("", "another process schedules")
	}
}

func (s *Service) asked(ctx context.Context) (role, error) {
	is, err := s.o.Leads(ctx)
	switch {
	case err != nil:
		return unknown, err
	case !is:
		return follows, nil
	case s.role == leads:
		return leads, nil
	}
	last, err := s.o.LastRun(ctx)
	if err != nil {
		return unknown, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// What this process passed over while another one led is no longer dealt with:
	// that one may have ended before it got there.
	s.agenda = newAgenda()
	s.plan(last)
	return leads, nil
}

// plan sets the agenda from what the history says, and from what it cannot say: of a
// run that still goes on, and of one that could not run.
func (s *Service) plan(last map[string]time.Time) {
	dealt := map[string]time.Time{}
	for i := range s.settings.Tenants {
		name := s.settings.Tenants[i].Name
		at := last[name]
		if c := s.current[name]; c != nil && c.Started.After(at) {
			at = c.Started
		}
		if f := s.of(name); f.Broken.After(at) {
			at = f.Broken
		}
		dealt[name] = at
	}
	s.agenda.set(s.settings.Tenants, dealt)
}
