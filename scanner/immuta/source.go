package immuta

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/machinebox/graphql"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
	"github.com/trailguard/trailguard/scanner/redact"
)

// The defaults of Options.
const (
	DefaultTimeout   = 30 * time.Second
	DefaultMaxBytes  = 64 << 20
	DefaultRetryMax  = 4
	DefaultRetryWait = 500 * time.Millisecond
)

const userAgent = "trailguard"

// Options say which tenant to ask, and how.
type Options struct {
	Name     string // the tenant's, as the operator calls it
	URL      string // https, or http on loopback; a path prefix is kept
	Key      Secret
	CABundle string        // PEM file of a private CA, beside the system's; may be empty
	Timeout  time.Duration // of one attempt, body included; DefaultTimeout unless set
	MaxBytes int64         // of one answer; DefaultMaxBytes unless set
	RetryMax int           // further attempts after the first; DefaultRetryMax unless set, none when negative
	// RetryWait is the first wait between attempts. Each further wait is twice
	// as long, up to twenty times the first. A server's Retry-After takes
	// precedence. DefaultRetryWait unless set.
	RetryWait time.Duration
	Now       func() time.Time              // the clock; required
	Traffic   scanner.Traffic               // told of every request; may be nil
	Hints     map[string]scanner.ExportHint // by configuration id; may be nil
}

// Secret is an API key or a token. However it is printed, logged or encoded,
// it says [redacted].
type Secret = redact.Secret

// Error says why a tenant could not be asked, or why options cannot work. Its
// text says what to do next, and never holds a key or a token.
type Error = failure.Error

// Source lists the export configurations of one tenant. It is safe for
// concurrent use.
type Source struct {
	o       Options
	url     string
	http    *http.Client
	graphql *graphql.Client
	session *session
	scrub   *redact.Scrubber
}

// New checks the options. It sends no request.
func New(o Options) (*Source, error) {
	u, err := transport.ParseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		return nil, failure.Misconfigured("no clock was given")
	}
	if key := o.Key.Reveal(); key == "" || !redact.Sendable(key) {
		return nil, failure.Misconfigured("the API key is empty or cannot travel in a header")
	}
	o.setDefaults()
	s := &Source{o: o, url: u.String(), scrub: &redact.Scrubber{}}
	s.scrub.Add(o.Key)
	s.http, err = transport.NewClient(&transport.Options{
		Tenant: o.Name, URL: s.url, CABundle: o.CABundle, Timeout: o.Timeout, MaxBytes: o.MaxBytes,
		RetryMax: o.RetryMax, RetryWait: o.RetryWait, Now: o.Now, Traffic: o.Traffic, Scrub: s.scrub,
	})
	if err != nil {
		return nil, err
	}
	// The client's Log hook would print the Authorization header: it stays unset.
	s.graphql = graphql.NewClient(s.url+transport.GraphQLPath, graphql.WithHTTPClient(s.http))
	s.session = &session{source: s, key: o.Key}
	return s, nil
}

func (o *Options) setDefaults() {
	o.Timeout = cmp.Or(max(o.Timeout, 0), DefaultTimeout)
	o.MaxBytes = cmp.Or(max(o.MaxBytes, 0), DefaultMaxBytes)
	o.RetryMax = max(cmp.Or(o.RetryMax, DefaultRetryMax), 0)
	o.RetryWait = cmp.Or(max(o.RetryWait, 0), DefaultRetryWait)
	if o.Traffic == nil {
		o.Traffic = scanner.Unwatched{}
	}
}

// query sends a query and returns its data. A key that is refused is exchanged
// for a token once, and the query sent again. The error is an *Error.
func (s *Source) query(ctx context.Context, name, query string, variables map[string]string) (json.RawMessage, error) {
	authorization := s.session.authorization()
	data, err := s.send(ctx, name, query, variables, authorization)
	if failure.KindOf(err) != failure.Unauthorized {
		return data, err
	}
	if err := s.session.renew(ctx, authorization); err != nil {
		return nil, err
	}
	return s.send(ctx, name, query, variables, s.session.authorization())
}

func (s *Source) send(ctx context.Context, name, query string, variables map[string]string, authorization Secret) (json.RawMessage, error) {
	request := graphql.NewRequest(query)
	request.Header.Set("Authorization", authorization.Reveal())
	request.Header.Set("User-Agent", userAgent)
	for key, value := range variables {
		request.Var(key, value)
	}
	var data json.RawMessage
	err := s.explain(s.graphql.Run(transport.Named(ctx, name), request, &data))
	return data, err
}

// explain makes an *Error of the error of a request.
func (s *Source) explain(err error) error {
	if err == nil {
		return nil
	}
	e, known := errors.AsType[*Error](err)
	switch {
	case known:
	case errors.Is(err, context.DeadlineExceeded):
		e = &Error{
			Kind: failure.Timeout, Cause: context.DeadlineExceeded,
			Detail: "the time for the whole run was over before there was an answer: raise the timeout",
		}
	case errors.Is(err, context.Canceled):
		e = &Error{Kind: failure.Interrupted, Cause: context.Canceled, Detail: "interrupted before there was an answer"}
	default:
		e = &Error{Kind: failure.Unreachable, Detail: s.scrub.Quote(err.Error())}
	}
	if e.Op == "" {
		e.Op, e.URL = "list export configurations", s.url
	}
	return e
}
