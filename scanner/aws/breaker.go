package aws

import (
	"strings"
	"sync"

	"github.com/trailguard/trailguard/scanner"
)

// giveUpAfter is how many calls to a service may go unanswered in a row, before
// the first answer, until no more are sent. Without it, a network that swallows
// packets would cost every call its whole timeout.
const giveUpAfter = 20

// breaker remembers whether the services answer.
type breaker struct {
	mu       sync.Mutex
	services map[string]*service
}

type service struct {
	answered   bool
	unanswered int
	reason     scanner.GapReason
}

// tripped returns the failure of a call that is not worth sending.
func (b *breaker) tripped(call string) *failure {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.service(call)
	if s.answered || s.unanswered < giveUpAfter {
		return nil
	}
	return &failure{call: call, reason: s.reason, detail: "not asked: the service answered none of the calls before"}
}

// note records how a call ended.
func (b *breaker) note(call string, f *failure) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.service(call)
	switch {
	case f != nil && f.unsent: // the service was not asked
	case f == nil || f.status != 0:
		s.answered = true
	case f.reason == scanner.ReasonTimeout || f.reason == scanner.ReasonUnreachable:
		s.unanswered++
		s.reason = f.reason
	}
}

func (b *breaker) service(call string) *service {
	name, _, _ := strings.Cut(call, ":")
	if b.services == nil {
		b.services = map[string]*service{}
	}
	if b.services[name] == nil {
		b.services[name] = &service{}
	}
	return b.services[name]
}
