package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// Message is what a channel sends in one request.
type Message struct {
	ID string // the same whenever it is sent again
	// About names each finding in the message, for the account of what was
	// delivered.
	About []string
	// Body is what is sent, or a readable form of it. It holds no secret.
	Body []byte
	// Payload is what the channel needs besides to send it. Only the channel
	// reads it.
	Payload any
}

// Channel is one way to reach one receiver.
type Channel interface {
	// Compose returns what would be sent. It sends no request.
	Compose(n *Notice) ([]Message, error)
	// Deliver sends one message. Refusals name the parts of it that were not
	// accepted; all others were. A *RefusedError means that the whole message
	// was refused. After any other error it is useless to send more.
	Deliver(ctx context.Context, m Message) ([]Refusal, error)
}

// Refusal is something that was not delivered, and why.
type Refusal struct {
	About string `json:"about"`
	Why   string `json:"why"`
}

// RefusedError says that the receiver refuses this message but may accept the
// next.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }

// Refuse returns a *RefusedError.
func Refuse(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }

// Outcome is what became of a notice at one receiver. It counts findings and
// runs, not messages.
type Outcome struct {
	Accepted int       `json:"accepted"`
	Refused  []Refusal `json:"refused"`
	// NotSent were not tried, or not to the end, because of Why.
	NotSent int    `json:"notSent"`
	Why     string `json:"why,omitempty"`
}

// Delivered reports whether everything was accepted.
func (o *Outcome) Delivered() bool { return len(o.Refused) == 0 && o.NotSent == 0 && o.Why == "" }

// Send sends a notice to one receiver: all of it, or as much as the receiver
// accepts.
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

// shortPrint is how many characters of a fingerprint name a finding.
const shortPrint = 8

// About names a finding.
func About(f *scanner.Finding) string {
	if len(f.Fingerprint) < shortPrint {
		return f.RuleID
	}
	return f.RuleID + ", finding " + f.Fingerprint[:shortPrint]
}

// AboutRun names the run as a whole.
const AboutRun = "the run"
