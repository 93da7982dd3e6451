package immuta

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxRetryAfter is the longest wait that a server is granted. One that asks
// for more is reported, not waited for: a scheduled job has to end.
const maxRetryAfter = time.Minute

// newBase returns the transport to the tenant: through the proxy of the
// environment, trusting the system's certificates and the bundle's.
func newBase(bundle string, timeout time.Duration) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if bundle != "" {
		pem, err := os.ReadFile(bundle)
		if err != nil {
			return nil, configured("read caBundle: %v", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // some systems have none
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, configured("caBundle %s holds no PEM certificate", bundle)
		}
		config.RootCAs = pool
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    timeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}, nil
}

// newRetrying puts retries above the bounded transport, so that each attempt
// has its own time limit and a body that breaks off is tried again.
func newRetrying(o *Options, base http.RoundTripper, scrub *scrubber) http.RoundTripper {
	client := retryablehttp.NewClient()
	client.Logger = nil // ours logs, and knows what not to
	client.HTTPClient = &http.Client{
		Transport:     &bounded{next: base, timeout: o.Timeout, max: o.MaxBytes, scrub: scrub},
		CheckRedirect: refuseRedirect,
	}
	client.RetryMax = o.RetryMax
	client.RetryWaitMin, client.RetryWaitMax = o.RetryWait, 20*o.RetryWait
	client.CheckRetry = checkRetry(o.Now)
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	client.Backoff = func(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
		wait := retryablehttp.DefaultBackoff(low, high, attempt, resp)
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		o.Logger.Warn("immuta did not answer, trying again",
			slog.String("tenant", o.Name), slog.Int("status", status), slog.Int("attempt", attempt+1), slog.Duration("wait", wait))
		return wait
	}
	return &retryablehttp.RoundTripper{Client: client}
}

// refuseRedirect hands the redirect back as the answer: a redirect is a wrong
// URL, and another host must never see the key.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func checkRetry(now func() time.Time) retryablehttp.CheckRetry {
	return func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			e, ok := errors.AsType[*attemptError](err)
			return ok && !e.final, nil
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

// attemptError is why one attempt brought no answer.
type attemptError struct {
	kind   ErrorKind
	detail string
	final  bool // trying again cannot help
}

func (e *attemptError) Error() string { return e.detail }

// bounded makes one attempt within a time and a size. It reads the body, so
// that above it an answer is whole or an error.
type bounded struct {
	next    http.RoundTripper
	timeout time.Duration
	max     int64
	scrub   *scrubber
}

// RoundTrip implements http.RoundTripper.
func (b *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), b.timeout)
	defer cancel()
	resp, err := b.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, b.classify(ctx, req, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	if resp.ContentLength > b.max {
		return nil, b.tooLarge()
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, b.max+1))
	if int64(len(body)) > b.max {
		return nil, b.tooLarge()
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, b.classify(ctx, req, err)
		}
		return nil, &attemptError{
			kind:   KindMalformed,
			detail: fmt.Sprintf("the answer stops half-way, after %d bytes: try again, or look for a proxy that cuts connections", len(body)),
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

func (b *bounded) tooLarge() error {
	return &attemptError{
		kind: KindTooLarge, final: true,
		detail: fmt.Sprintf("the answer is larger than %d bytes: this is no list of export configurations; check the url", b.max),
	}
}

// classify turns a failed attempt into one of the known kinds. The context's
// own end is passed on as it is.
func (b *bounded) classify(ctx context.Context, req *http.Request, err error) error {
	if req.Context().Err() != nil {
		return req.Context().Err()
	}
	if ctx.Err() != nil {
		return &attemptError{
			kind:   KindTimeout,
			detail: fmt.Sprintf("no whole answer within %s: check that the url is reachable from here, or raise the timeout", b.timeout),
		}
	}
	detail := b.scrub.quote(err.Error())
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &attemptError{
			kind: KindUnreachable, final: true,
			detail: "the server's certificate is not trusted: set caBundle to the certificate of your private CA (" + detail + ")",
		}
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return &attemptError{kind: KindUnreachable, final: true, detail: "the server does not speak https at this port: check the url"}
	}
	return &attemptError{kind: KindUnreachable, detail: "no connection: check the url, the network and HTTPS_PROXY (" + detail + ")"}
}
