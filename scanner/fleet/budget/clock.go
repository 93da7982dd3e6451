package budget

import (
	"sync"
	"time"
)

// clock tells when, by this process's clock, it is a time of the database's.
type clock struct {
	now func() time.Time

	mu     sync.Mutex
	server time.Time     // a time of the database's
	local  time.Time     // when it was known here; zero: none is
	spread time.Duration // it was at most as long before
}

// learn takes what the database said the time was, in answer to a question that
// was sent and answered at times of this clock. The quickest answer says most.
// One that contradicts it means that a clock was set, or another server took
// over.
func (c *clock) learn(sent, server, answered time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	spread := answered.Sub(sent)
	if !c.local.IsZero() {
		said := c.here(server)
		if spread > c.spread && !said.Before(sent) && !said.After(answered.Add(c.spread)) {
			return
		}
	}
	c.server, c.local, c.spread = server, answered, spread
}

// when returns the time of this clock by which it is a time of the database's
// for certain.
func (c *clock) when(server time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.here(server)
}

func (c *clock) here(server time.Time) time.Time { return c.local.Add(server.Sub(c.server)) }
