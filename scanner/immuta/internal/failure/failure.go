package failure

import (
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
)

// Kind says what kind of failure an Error is, so that callers can say what to
// do about it.
type Kind string

// The kinds of errors.
const (
	Unauthorized Kind = "unauthorized"  // the key is wrong, expired or revoked
	Forbidden    Kind = "forbidden"     // the key's user lacks the AUDIT permission
	NotFound     Kind = "not_found"     // no audit service at this URL
	NotGraphQL   Kind = "not_graphql"   // a page, a redirect or another service answered
	Rejected     Kind = "rejected"      // GraphQL errors instead of data
	Timeout      Kind = "timeout"       // no whole answer in time
	Unreachable  Kind = "unreachable"   // no connection, or one that broke
	Unavailable  Kind = "unavailable"   // a server error beyond all retries
	Throttled    Kind = "throttled"     // refused for load beyond all retries
	TooLarge     Kind = "too_large"     // an answer over the limit
	Malformed    Kind = "malformed"     // JSON that is cut off, or not what was asked for
	Interrupted  Kind = "interrupted"   // the context was cancelled
	Configured   Kind = "configuration" // the options or the key reference are wrong
)

// Error says why a tenant could not be asked. Its text says what to do next,
// and never holds a key or a token.
type Error struct {
	Op     string // what was tried: "list export configurations"
	URL    string // the tenant's, or the address that answered
	Kind   Kind
	Status int    // HTTP status; 0 where there was none
	Detail string // what happened and what to do next
	// RequestID is the service's own id of the request, for a support case. It
	// may be empty.
	RequestID string
	// Answer is the answer whose GraphQL errors make the kind Rejected, and nil
	// for other kinds. Its texts are the server's own and not scrubbed: quote
	// Detail instead.
	Answer *answer.Answer
	// Final means that the same request would fail again.
	Final bool
	// Cause is the context's error where that ended the request. No other cause
	// is kept: its text may quote what was sent.
	Cause error
}

// Error implements error.
func (e *Error) Error() string {
	text := e.Op
	if e.URL != "" {
		text += " of " + e.URL
	}
	text += ": " + e.Detail
	if e.RequestID != "" {
		text += fmt.Sprintf(" (request id %s)", e.RequestID)
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Gap returns the error as a gap in the tenant's list.
func (e *Error) Gap(tenantURL string) scanner.Gap {
	gap := scanner.Gap{
		Kind: document.KindConfigurations, Call: query.Call, Resource: tenantURL,
		Reason: e.reason(), RequestID: e.RequestID, Detail: e.Detail,
	}
	if e.Status != 0 {
		gap.Code = fmt.Sprintf("HTTP %d", e.Status)
	}
	if e.Kind == Forbidden {
		gap.Permission = "AUDIT"
	}
	return gap
}

func (e *Error) reason() scanner.GapReason {
	switch e.Kind {
	case Unauthorized, Forbidden:
		return scanner.ReasonDenied
	case Timeout:
		return scanner.ReasonTimeout
	case Unreachable, Unavailable, NotFound:
		return scanner.ReasonUnreachable
	case Throttled:
		return scanner.ReasonThrottled
	case Rejected:
		return scanner.ReasonUnsupported
	case Interrupted:
		return scanner.ReasonInterrupted
	default:
		return scanner.ReasonMalformed
	}
}

// KindOf returns the kind of an *Error, and "" for any other error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// Misconfigured returns the error of options that cannot work.
func Misconfigured(format string, args ...any) *Error {
	return &Error{Op: "configure immuta", Kind: Configured, Detail: fmt.Sprintf(format, args...)}
}
