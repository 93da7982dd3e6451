package scanner

import "time"

// Request describes a request to Immuta or AWS, without its content.
type Request struct {
	Service   string // immuta, one of AWS's such as s3, or the source of credentials
	Operation string // such as GetBucketPolicy
	Target    string // the tenant, bucket, role, user, group, policy, key or account in question; may be empty
}

// Retry is a request that is about to be sent again.
type Retry struct {
	Request
	Cause   string // how the last attempt ended
	Wait    time.Duration
	Attempt int // of the coming attempt: the first retry is attempt 2
}

// Traffic receives a report of every request. It is safe for concurrent use.
type Traffic interface {
	// Sent is called when a request is sent. The function that it returns is
	// called when the answer is there, with the HTTP status, or with 0 where
	// there was none.
	Sent(Request) (answered func(status int))
	Retrying(Retry)
}

// Unwatched is traffic that nobody observes.
type Unwatched struct{}

// Sent implements Traffic.
func (Unwatched) Sent(Request) func(int) { return func(int) {} }

// Retrying implements Traffic.
func (Unwatched) Retrying(Retry) {}
