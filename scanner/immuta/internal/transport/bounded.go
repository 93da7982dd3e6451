package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/redact"
)

// bounded makes one attempt within bounds of time and size. It reads the whole
// body, so that its caller gets a whole answer or an error.
type bounded struct {
	next    http.RoundTripper
	timeout time.Duration
	max     int64
	scrub   *redact.Scrubber
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
		return nil, &failure.Error{
			Kind:   failure.Malformed,
			Detail: fmt.Sprintf("the answer stops half-way, after %d bytes; try again, or look for a proxy that cuts connections", len(body)),
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

func (b *bounded) tooLarge() error {
	return &failure.Error{
		Kind: failure.TooLarge, Final: true,
		Detail: fmt.Sprintf("the answer is larger than %d bytes: this is no list of export configurations; check the url", b.max),
	}
}

// classify turns the error of an attempt into one of the known kinds. The
// context's own error is returned as it is.
func (b *bounded) classify(ctx context.Context, req *http.Request, err error) error {
	if req.Context().Err() != nil {
		return req.Context().Err()
	}
	if ctx.Err() != nil {
		return &failure.Error{
			Kind:   failure.Timeout,
			Detail: fmt.Sprintf("no whole answer within %s; check that the url is reachable from here, or raise the timeout", b.timeout),
		}
	}
	detail := b.scrub.Said(err.Error())
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &failure.Error{
			Kind: failure.Unreachable, Final: true,
			Detail: "the server's certificate is not trusted (" + detail + "); set caBundle to the certificate of your private CA",
		}
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return &failure.Error{Kind: failure.Unreachable, Final: true, Detail: "the server does not speak https at this port; check the url"}
	}
	return &failure.Error{Kind: failure.Unreachable, Detail: "no connection (" + detail + "); check the url, the network and HTTPS_PROXY"}
}
