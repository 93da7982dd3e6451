package budget

import (
	"testing"
	"time"
)

// TestClock: a time of the database's comes here when it is that for certain, by the
// quickest answer, unless a later one shows that clocks were set.
func TestClock(t *testing.T) {
	here, there := time.Now(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	answer := func(c *clock, sent, read, answered int) {
		c.learn(here.Add(ms(sent)), there.Add(ms(read)), here.Add(ms(answered)))
	}
	late := func(c *clock) time.Duration { return c.when(there).Sub(here) / time.Millisecond }
	var c clock
	answer(&c, 0, 10, 40)
	if got := late(&c); got != 30 {
		t.Errorf("%d ms by one answer, want 30", got)
	}
	answer(&c, 100, 101, 104)
	if got := late(&c); got != 3 {
		t.Errorf("%d ms by a quicker one, want 3", got)
	}
	answer(&c, 200, 201, 300)
	if got := late(&c); got != 3 {
		t.Errorf("%d ms by a slow one, want 3", got)
	}
	answer(&c, 300, 5000, 340)
	if got := late(&c); got != 340-5000 {
		t.Errorf("%d ms after the database's clock was put forward, want %d", got, 340-5000)
	}
	answer(&c, 400, 410, 440)
	if got := late(&c); got != 30 {
		t.Errorf("%d ms after it was put back, want 30", got)
	}
}
