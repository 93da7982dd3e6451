// Package post sends requests to receivers: over TLS except on loopback,
// without following redirects, within bounds of time and size, and again where
// the answer allows it. It knows no channel. Addresses are secrets to it.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// maxAnswer bounds an answer, in bytes. All expected answers are shorter.
const maxAnswer = 64 << 10

// Client sends to one address.
type Client struct {
	s       publish.Transport
	request scanner.Request // as reported to Traffic
	address *url.URL
	scrub   redact.Scrubber
	http    *http.Client
	base    *http.Transport
	// twice means that the receiver drops what it gets twice.
	twice bool
}

// Receiver says where requests go, and what the receiver can do.
type Receiver struct {
	Service string        // the channel
	Name    string        // as the operator calls it
	URL     redact.Secret // https, or http on loopback
	// DropsTwice means that the receiver drops what it gets twice. Otherwise a
	// request that may have arrived is never sent again.
	DropsTwice bool
}

// New returns a client. No error repeats the address.
func New(to Receiver, s publish.Transport) (*Client, error) {
	address, err := parse(to.URL.Reveal())
	if err != nil {
		return nil, err
	}
	s = s.WithDefaults()
	c := &Client{s: s, request: scanner.Request{Service: to.Service, Operation: "deliver", Target: to.Name}, address: address, twice: to.DropsTwice}
	c.Hide(to.URL)
	hideParts(c, address)
	c.base = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.RootCAs},
		TLSHandshakeTimeout:    s.Timeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	c.http = &http.Client{
		Transport:     &attempt{c},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Hide removes a secret from all quotes of an answer.
func (c *Client) Hide(secret redact.Secret) { c.scrub.Add(secret) }

// Close ends idle connections.
func (c *Client) Close() { c.base.CloseIdleConnections() }

// Answer is a receiver's answer with a status of 200 to 299.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Send posts a body, and posts it again where that may help. The headers are
// made anew for each attempt. The error is a *publish.RefusedError where the
// receiver may still accept another body.
func (c *Client) Send(ctx context.Context, body []byte, header func(http.Header)) (*Answer, error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, c.address.String(), body)
	if err != nil {
		return nil, errors.New("the request cannot be made")
	}
	header(req.Header)
	client := retryablehttp.NewClient()
	client.Logger = nil // it would print the address
	client.HTTPClient = c.http
	client.RetryMax = c.s.RetryMax
	client.RetryWaitMin, client.RetryWaitMax = c.s.RetryWait, 20*c.s.RetryWait
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	client.PrepareRetry = func(r *http.Request) error { header(r.Header); return nil }
	failed := ""
	client.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		failed = c.cause(resp, err)
		return c.again(ctx, resp, err)
	}
	client.Backoff = func(low, high time.Duration, n int, resp *http.Response) time.Duration {
		wait := retryablehttp.DefaultBackoff(low, high, n, resp)
		c.s.Traffic.Retrying(scanner.Retry{Request: c.request, Cause: failed, Wait: wait, Attempt: n + 2})
		return wait
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it is in memory
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if err := c.refusal(resp, answer); err != nil {
		return nil, err
	}
	return &Answer{resp.StatusCode, resp.Header.Get("Content-Type"), answer}, nil
}

// attempt makes one attempt within bounds of time and size, and reads the whole
// answer.
type attempt struct{ c *Client }

// lostError is the error of an attempt that failed after the request had been
// sent, so that it may have arrived.
type lostError struct{ error }

func (e lostError) Unwrap() error { return e.error }

// RoundTrip implements http.RoundTripper.
func (a *attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	answered := a.c.s.Traffic.Sent(a.c.request)
	wrote := false
	ctx, cancel := context.WithTimeout(req.Context(), a.c.s.Timeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote = true }})
	resp, body, err := a.whole(req.WithContext(ctx))
	if err != nil {
		answered(0)
		if ctx.Err() != nil && req.Context().Err() == nil {
			err = errors.New("no whole answer within " + a.c.s.Timeout.String())
		}
		if wrote {
			err = lostError{err}
		}
		return nil, err
	}
	answered(resp.StatusCode)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (a *attempt) whole(req *http.Request) (*http.Response, []byte, error) {
	resp, err := a.c.base.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, nil, errors.New("the answer stops half-way")
	}
	return resp, body, nil
}
