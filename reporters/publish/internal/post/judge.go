package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/trailguard/trailguard/reporters/publish"
)

// maxRetryAfter is the longest wait that a receiver may ask for. A longer one
// is reported instead, since a scheduled job has to end.
const maxRetryAfter = time.Minute

// again decides whether a request is sent once more.
func (c *Client) again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		_, lost := errors.AsType[lostError](err)
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
		return !untrusted && (c.twice || !lost), nil
	}
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests, status == http.StatusInternalServerError, status == http.StatusServiceUnavailable:
		return retryAfter(resp, c.s.Now()) <= maxRetryAfter, nil
	case status > http.StatusInternalServerError && status != http.StatusNotImplemented:
		return c.twice, nil // a gateway cannot say whether the request arrived behind it
	default:
		return false, nil
	}
}

// retryAfter returns the wait that a receiver asks for, in seconds or as a
// date.
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

// cause says why the last attempt failed, for the report of a retry.
func (c *Client) cause(resp *http.Response, err error) string {
	if err != nil {
		return c.scrub.Said(inner(err).Error())
	}
	return resp.Status
}

// inner unwraps a *url.Error, which would show the address.
func inner(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("stopped before it was delivered")
	}
	text := c.scrub.Said(inner(err).Error())
	if _, lost := errors.AsType[lostError](err); lost && !c.twice {
		return errors.New("whether it was delivered is not known (" + text + "); look there before you send it again")
	}
	return errors.New("no connection (" + text + "); check the address, the network and HTTPS_PROXY")
}

// refusal says what a status means, or nil where it is a success.
func (c *Client) refusal(resp *http.Response, body []byte) error {
	status := resp.StatusCode
	said := "answered " + resp.Status
	if text := c.words(resp, body); text != "" {
		said += ": " + text
	}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return errors.New("answered " + resp.Status + ", a redirect, which is not followed: check the address")
	case status == http.StatusTooManyRequests, status >= 500:
		if wait := retryAfter(resp, c.s.Now()); wait > maxRetryAfter {
			said += "; to be asked again in " + wait.String()
		}
		return errors.New(said)
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone,
		status == http.StatusMethodNotAllowed, status == http.StatusProxyAuthRequired:
		return errors.New(said + "; check the address and the secret")
	default:
		return publish.Refuse("%s", said)
	}
}

// words returns what a receiver says about an error, where it is text.
func (c *Client) words(resp *http.Response, body []byte) string {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // none is text
	if media != "" && media != "text/plain" && media != "application/json" {
		return ""
	}
	return c.Quote(body)
}

// Quote makes a receiver's words safe to show in a message.
func (c *Client) Quote(body []byte) string { return c.scrub.Said(string(bytes.TrimSpace(body))) }

// ErrorInside returns the error that an answer states in spite of its status,
// or nothing. A page for people, such as a login, is an error too.
func (c *Client) ErrorInside(a *Answer) string {
	if media, _, _ := mime.ParseMediaType(a.ContentType); media == "text/html" {
		return "a page for people, such as of a login"
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(a.Body, &members) != nil {
		return "" // not an object: Standard Webhooks promises nothing about it
	}
	for name, value := range members {
		none := slices.Contains([]string{"null", `""`, "[]", "{}", "false", "0"}, string(bytes.TrimSpace(value)))
		if (name == "error" || name == "errors") && !none || (name == "ok" || name == "success") && string(value) == "false" {
			return c.Quote(a.Body)
		}
	}
	return ""
}
