package scanner

import "time"

// Request is a request to Immuta or AWS, without what it holds.
type Request struct {
	Service   string // immuta, one of AWS's such as s3, or whoever gives credentials
	Operation string // such as GetBucketPolicy
	Target    string // the tenant, bucket, role, user, group, policy, key or account in question; may be empty
}

// Retry is a request that is about to be sent again.
type Retry struct {
	Request
	Cause   string // what the attempt before ended with
	Wait    time.Duration
	Attempt int // the number of the one to come: the first retry is the second attempt
}

// Traffic is told of every request. It is safe for concurrent use.
type Traffic interface {
	// Sent is called when a request goes out. What it returns is called when the
	// answer is there, with its HTTP status, or with 0 where there was none.
	Sent(Request) (answered func(status int))
	Retrying(Retry)
}

// Unwatched is traffic that nobody is told of.
type Unwatched struct{}

// Sent implements Traffic.
func (Unwatched) Sent(Request) func(int) { return func(int) {} }

// Retrying implements Traffic.
func (Unwatched) Retrying(Retry) {}
