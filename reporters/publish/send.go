package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// Message is what a channel sends at once.
type Message struct {
	ID string // the same whenever it is sent again
	// About names each thing that it tells, for whoever reads what became of it.
	About []string
	// Body is what is sent, without any secret, or what it says.
	Body []byte
	// Payload is what the channel needs to send it besides; its own matter.
	Payload any
}

// Channel is one way to one receiver.
type Channel interface {
	// Compose says what would be sent. It asks nobody.
	Compose(n *Notice) ([]Message, error)
	// Deliver sends one message. The refusals are about parts of it, with all
	// others accepted. A *RefusedError is about the whole message; after any
	// other error there is no use in sending more.
	Deliver(ctx context.Context, m Message) ([]Refusal, error)
}

// Refusal is something that was not delivered, and why.
type Refusal struct {
	About string `json:"about"`
	Why   string `json:"why"`
}

// RefusedError says that the receiver refuses this message, and may well take
// the next.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }

// Refuse returns a *RefusedError.
func Refuse(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }

// Outcome is what became of a notice at one receiver. It counts what the
// messages tell, and not messages.
type Outcome struct {
	Accepted int       `json:"accepted"`
	Refused  []Refusal `json:"refused"`
	// NotSent was not tried any more, or not to the end, because of Why.
	NotSent int    `json:"notSent"`
	Why     string `json:"why,omitempty"`
}

// Delivered says that everything was accepted.
func (o *Outcome) Delivered() bool { return len(o.Refused) == 0 && o.NotSent == 0 && o.Why == "" }

// Send sends a notice to one receiver: all of it, or as much as it takes.
func Send(ctx context.Context, c Channel, n *Notice) Outcome {
	o := Outcome{Refused: []Refusal{}}
	messages, err := c.Compose(n)
	if err != nil {
		o.Why, o.NotSent = err.Error(), max(1, len(n.Findings))
		return o
	}
	for _, m := range messages {
		if o.Why != "" {
			o.NotSent += len(m.About)
			continue
		}
		refusals, err := c.Deliver(ctx, m)
		refused, whole := errors.AsType[*RefusedError](err)
		switch {
		case whole:
			for _, about := range m.About {
				o.Refused = append(o.Refused, Refusal{about, refused.Why})
			}
		case err != nil:
			o.Why = err.Error()
			o.NotSent += len(m.About)
		default:
			o.Refused = append(o.Refused, refusals...)
			o.Accepted += len(m.About) - len(refusals)
		}
	}
	return o
}

// shortPrint is how much of a fingerprint names a finding.
const shortPrint = 8

// About names a finding.
func About(f *scanner.Finding) string {
	if len(f.Fingerprint) < shortPrint {
		return f.RuleID
	}
	return f.RuleID + ", finding " + f.Fingerprint[:shortPrint]
}

// AboutRun names what is told of the run as a whole.
const AboutRun = "the run"
