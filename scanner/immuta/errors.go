package immuta

import (
	"context"
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// ErrorKind says what kind of failure an Error is, so that a caller can say
// what to do about it.
type ErrorKind string

// The kinds of errors.
const (
	KindUnauthorized ErrorKind = "unauthorized"  // the key is wrong, expired or revoked
	KindForbidden    ErrorKind = "forbidden"     // the key's user lacks the AUDIT permission
	KindNotFound     ErrorKind = "not_found"     // no audit service at this URL
	KindNotGraphQL   ErrorKind = "not_graphql"   // a page, a redirect or another service answered
	KindRejected     ErrorKind = "rejected"      // GraphQL errors instead of data
	KindTimeout      ErrorKind = "timeout"       // no whole answer in time
	KindUnreachable  ErrorKind = "unreachable"   // no connection, or one that broke
	KindUnavailable  ErrorKind = "unavailable"   // a server error beyond all retries
	KindThrottled    ErrorKind = "throttled"     // refused for load beyond all retries
	KindTooLarge     ErrorKind = "too_large"     // an answer over Options.MaxBytes
	KindMalformed    ErrorKind = "malformed"     // JSON that is cut off, or not what was asked for
	KindInterrupted  ErrorKind = "interrupted"   // the context was cancelled
	KindConfigured   ErrorKind = "configuration" // the options or the key reference are wrong
)

// Error is why a tenant could not be asked. Its text says what to do next, and
// never holds a key or a token.
type Error struct {
	Op     string // what was tried: "list export configurations"
	URL    string // the tenant's, or the address that answered
	Kind   ErrorKind
	Status int    // HTTP status; 0 where there was none
	Detail string // what happened and what to do next
	// RequestID is the service's own, for a support case; may be empty.
	RequestID string

	cause error
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

// Unwrap returns the context's error where that ended the request. No other
// cause is kept: texts of other packages may quote what was sent.
func (e *Error) Unwrap() error { return e.cause }

// Gap is the error as a gap in the tenant's list.
func (e *Error) Gap(tenantURL string) scanner.Gap {
	gap := scanner.Gap{
		Kind: document.KindConfigurations, Call: call, Resource: tenantURL,
		Reason: e.reason(), RequestID: e.RequestID, Detail: e.Detail,
	}
	if e.Status != 0 {
		gap.Code = fmt.Sprintf("HTTP %d", e.Status)
	}
	if e.Kind == KindForbidden {
		gap.Permission = "AUDIT"
	}
	return gap
}

func (e *Error) reason() scanner.GapReason {
	switch e.Kind {
	case KindUnauthorized, KindForbidden:
		return scanner.ReasonDenied
	case KindTimeout:
		return scanner.ReasonTimeout
	case KindUnreachable, KindUnavailable, KindNotFound:
		return scanner.ReasonUnreachable
	case KindThrottled:
		return scanner.ReasonThrottled
	case KindRejected:
		return scanner.ReasonUnsupported
	case KindInterrupted:
		return scanner.ReasonInterrupted
	default:
		return scanner.ReasonMalformed
	}
}

// KindOf returns the kind of an error of this package, or an empty one.
func KindOf(err error) ErrorKind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// configured is the error of options that cannot work.
func configured(format string, args ...any) *Error {
	return &Error{Op: "configure immuta", Kind: KindConfigured, Detail: fmt.Sprintf(format, args...)}
}

// contextCause keeps the context's own sentinel, and nothing else.
func contextCause(err error) error {
	for _, sentinel := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, sentinel) {
			return sentinel
		}
	}
	return nil
}
