package transport

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
)

// maxRetryAfter is the longest wait that a server may ask for. A longer one is
// reported instead, since a scheduled job has to end.
const maxRetryAfter = time.Minute

// retrying retries on top of the bounded transport, so that each attempt has
// its own time limit and a body that breaks off is requested again.
type retrying struct {
	o    *Options
	http *http.Client // makes one attempt
}

func newRetrying(o *Options, base http.RoundTripper) *retrying {
	return &retrying{o, &http.Client{
		Transport:     &watched{&bounded{next: base, timeout: o.Timeout, max: o.MaxBytes, scrub: o.Scrub}, o},
		CheckRedirect: refuseRedirect,
	}}
}

// RoundTrip implements http.RoundTripper. Each request gets a retrying client
// of its own, which knows the operation's name and why the last attempt failed.
func (r *retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	client := retryablehttp.NewClient()
	client.Logger = nil // requests are reported to Traffic, without secrets
	client.HTTPClient = r.http
	client.RetryMax = r.o.RetryMax
	client.RetryWaitMin, client.RetryWaitMax = r.o.RetryWait, 20*r.o.RetryWait
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	check, failed := checkRetry(r.o.Now), ""
	client.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		failed = cause(resp, err)
		return check(ctx, resp, err)
	}
	client.Backoff = func(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
		wait := retryablehttp.DefaultBackoff(low, high, attempt, resp)
		r.o.Traffic.Retrying(scanner.Retry{Request: r.o.request(req.Context()), Cause: failed, Wait: wait, Attempt: attempt + 2})
		return wait
	}
	return (&retryablehttp.RoundTripper{Client: client}).RoundTrip(req)
}

// checkRetry retries where the server is busy or the failure may be temporary,
// unless the server asks for a longer wait than maxRetryAfter.
func checkRetry(now func() time.Time) retryablehttp.CheckRetry {
	return func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			e, ok := errors.AsType[*failure.Error](err)
			return ok && !e.Final, nil
		}
		overloaded := resp.StatusCode == http.StatusTooManyRequests ||
			resp.StatusCode >= http.StatusInternalServerError && resp.StatusCode != http.StatusNotImplemented
		return overloaded && retryAfter(resp, now()) <= maxRetryAfter, nil
	}
}

// retryAfter returns the wait that a server asks for, in seconds or as a date.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	header := resp.Header.Get("Retry-After")
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	seconds, err := strconv.ParseInt(header, 10, 64)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int64(365*24*time.Hour/time.Second))) * time.Second
}
