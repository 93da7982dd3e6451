package channels

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// Outbox is where notices wait until they are told.
type Outbox interface {
	Untold(ctx context.Context) ([]history.Notice, error)
	Notice(ctx context.Context, id int64) ([]byte, error)
	Told(ctx context.Context, id int64) error
	Postpone(ctx context.Context, id int64, due time.Time, why string) error
}

// Courier tells destinations what waits in an outbox, at least once.
type Courier struct {
	Outbox  Outbox
	Publish func() *config.Publish // as it is now
	Now     func() time.Time
	Traffic scanner.Traffic
	Note    func(tenant, text string)
	Warn    func(tenant string, err error)
}

// How long a notice waits for its next attempt: twice as long each time.
const (
	firstWait   = time.Minute
	longestWait = time.Hour
)

// Deliver tries every notice that is due, each destination's in their order: a
// failure that is mended must not arrive before the failure.
func (c *Courier) Deliver(ctx context.Context) error {
	waiting, err := c.Outbox.Untold(ctx)
	if err != nil {
		return err
	}
	stuck := map[string]bool{}
	for i := range waiting {
		n := &waiting[i]
		if stuck[n.Destination] || ctx.Err() != nil {
			continue
		}
		if n.Due.After(c.Now()) {
			stuck[n.Destination] = true
			continue
		}
		told, err := c.try(ctx, n)
		if err != nil {
			return err
		}
		stuck[n.Destination] = !told
	}
	return nil
}

// try tells one notice, and notes in the outbox what came of it. The error is the
// outbox's.
func (c *Courier) try(ctx context.Context, n *history.Notice) (told bool, err error) {
	p := c.Publish()
	all := Of(p)
	i := slices.IndexFunc(all, func(d Destination) bool { return d.Name == n.Destination })
	if i < 0 {
		c.Warn(n.Tenant, fmt.Errorf("the configuration has no destination %s any more: what it was to be told is dropped", n.Destination))
		return true, c.Outbox.Told(ctx, n.ID)
	}
	text, err := c.Outbox.Notice(ctx, n.ID)
	if err != nil {
		return false, err
	}
	report, err := publish.Read(bytes.NewReader(text))
	if err != nil {
		c.Warn(n.Tenant, fmt.Errorf("what %s was to be told cannot be read, and is dropped: %w", n.Destination, err))
		return true, c.Outbox.Told(ctx, n.ID)
	}
	transport, err := Transport(p, c.Now, c.Traffic)
	if err != nil {
		return false, c.postpone(ctx, n, err.Error())
	}
	outcome := all[i].Send(ctx, transport, report, publish.Criteria{Tenant: n.Tenant})
	if outcome.NotSent > 0 || outcome.Why != "" {
		return false, c.postpone(ctx, n, outcome.Summary())
	}
	for _, r := range outcome.Refused {
		c.Warn(n.Tenant, fmt.Errorf("%s refused %s: %s", n.Destination, r.About, r.Why))
	}
	if outcome.Accepted > 0 {
		c.Note(n.Tenant, fmt.Sprintf("told %s: %s", n.Destination, outcome.Summary()))
	}
	return true, c.Outbox.Told(ctx, n.ID)
}

func (c *Courier) postpone(ctx context.Context, n *history.Notice, why string) error {
	wait := min(longestWait, firstWait<<min(n.Attempts, 10))
	c.Warn(n.Tenant, fmt.Errorf("%s is not told yet, and is again in %s: %s", n.Destination, wait, why))
	// What ended meanwhile is not lost: it is tried again.
	return c.Outbox.Postpone(context.WithoutCancel(ctx), n.ID, c.Now().Add(wait), why)
}
