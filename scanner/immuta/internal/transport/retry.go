package transport

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
)

// maxRetryAfter is the longest wait that a server is granted. One that asks
// for more is reported, not waited for: a scheduled job has to end.
const maxRetryAfter = time.Minute

// retrying puts retries above the bounded transport, so that each attempt has
// its own time limit and a body that breaks off is tried again.
func retrying(o *Options, base http.RoundTripper) http.RoundTripper {
	client := retryablehttp.NewClient()
	client.Logger = nil // ours logs, and knows what not to
	client.HTTPClient = &http.Client{
		Transport:     &bounded{next: base, timeout: o.Timeout, max: o.MaxBytes, scrub: o.Scrub},
		CheckRedirect: refuseRedirect,
	}
	client.RetryMax = o.RetryMax
	client.RetryWaitMin, client.RetryWaitMax = o.RetryWait, 20*o.RetryWait
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	again := checkRetry(o.Now)
	client.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		retry, refused := again(ctx, resp, err)
		if c, ok := ctx.Value(callKey{}).(*Call); ok && retry {
			c.cause, c.ended = cause(resp, err), o.Now()
		}
		return retry, refused
	}
	client.RequestLogHook = func(_ retryablehttp.Logger, req *http.Request, attempt int) {
		c, ok := req.Context().Value(callKey{}).(*Call)
		if !ok || attempt == 0 {
			return
		}
		o.Logger.Warn("immuta did not answer, trying again", slog.String("call", c.Name), slog.String("target", o.Tenant),
			slog.String("cause", c.cause), slog.Int("attempt", attempt+1), slog.Float64("seconds", o.Now().Sub(c.ended).Seconds()))
	}
	return &retryablehttp.RoundTripper{Client: client}
}

// Call is what a request is for, as the log calls it.
type Call struct {
	Name string

	cause string    // why the last attempt was not the last
	ended time.Time // when that was
}

type callKey struct{}

// WithCall returns a context whose requests are logged under a name.
func WithCall(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, callKey{}, &Call{Name: name})
}

// cause says in a word or two why an attempt is repeated.
func cause(resp *http.Response, err error) string {
	if err != nil {
		return string(failure.KindOf(err))
	}
	return "HTTP status " + strconv.Itoa(resp.StatusCode)
}

// checkRetry tries again after a load or a failure that may pass, unless the
// server asks for a longer wait than it is granted.
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

// retryAfter is the wait that a server asks for, in seconds or as a date.
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
