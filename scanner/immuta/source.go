package immuta

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/machinebox/graphql"

	"github.com/trailguard/trailguard/scanner"
)

// call names the operation in evidence and gaps.
const call = "immuta:getAllExportConfigurations"

// The defaults of Options.
const (
	DefaultTimeout   = 30 * time.Second
	DefaultMaxBytes  = 64 << 20
	DefaultRetryMax  = 4
	DefaultRetryWait = 500 * time.Millisecond
)

// Options say which tenant to ask, and how.
type Options struct {
	Name     string // the tenant's, as the operator calls it
	URL      string // https, or http on loopback; a path prefix is kept
	Key      Secret
	CABundle string        // PEM file of a private CA, beside the system's; may be empty
	Timeout  time.Duration // of one attempt, body included; DefaultTimeout unless set
	MaxBytes int64         // of one answer; DefaultMaxBytes unless set
	RetryMax int           // further attempts after the first; DefaultRetryMax unless set, none when negative
	// RetryWait is the first wait between attempts, doubled each time up to
	// twenty times itself; a server's Retry-After goes before it.
	// DefaultRetryWait unless set.
	RetryWait time.Duration
	Now       func() time.Time              // the clock; required
	Logger    *slog.Logger                  // nothing is logged unless set
	Hints     map[string]scanner.ExportHint // by configuration id; may be nil
	UserAgent string                        // "trailguard" unless set
}

// Source lists the export configurations of one tenant. It implements
// scanner.Source and is safe for concurrent use.
type Source struct {
	o       Options
	url     string
	idle    func() // closes idle connections
	http    *http.Client
	graphql *graphql.Client
	session *session
	scrub   *scrubber
}

var _ scanner.Source = (*Source)(nil)

// New checks the options; it sends nothing.
func New(o Options) (*Source, error) {
	u, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		return nil, configured("no clock was given")
	}
	if _, err := checkKey(o.Key.value, "the API key"); err != nil {
		return nil, err
	}
	o.setDefaults()
	base, err := newBase(o.CABundle, o.Timeout)
	if err != nil {
		return nil, err
	}
	s := &Source{o: o, url: u.String(), idle: base.CloseIdleConnections, scrub: &scrubber{}}
	s.scrub.add(o.Key.value)
	s.http = &http.Client{
		Transport: &guard{
			next: newRetrying(&o, base, s.scrub), scrub: s.scrub, now: o.Now,
			graphql: s.url + graphqlPath, exchange: s.url + exchangePath,
		},
		CheckRedirect: refuseRedirect,
	}
	// The client's Log hook would print the Authorization header: it stays unset.
	s.graphql = graphql.NewClient(s.url+graphqlPath, graphql.WithHTTPClient(s.http))
	s.session = &session{source: s, key: o.Key}
	return s, nil
}

func (o *Options) setDefaults() {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	switch {
	case o.RetryMax == 0:
		o.RetryMax = DefaultRetryMax
	case o.RetryMax < 0:
		o.RetryMax = 0
	}
	if o.RetryWait <= 0 {
		o.RetryWait = DefaultRetryWait
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.UserAgent == "" {
		o.UserAgent = "trailguard"
	}
}

// query sends a query and returns its data. A refused key is exchanged for a
// token once, and the query sent again. The error is an *Error or, for an
// answer with GraphQL errors, an *answerError.
func (s *Source) query(ctx context.Context, name, query string, variables map[string]string) (json.RawMessage, error) {
	authorization := s.session.authorization()
	data, err := s.send(ctx, name, query, variables, authorization)
	if KindOf(err) != KindUnauthorized {
		return data, err
	}
	if err := s.session.renew(ctx, authorization); err != nil {
		return nil, err
	}
	return s.send(ctx, name, query, variables, s.session.authorization())
}

func (s *Source) send(ctx context.Context, name, query string, variables map[string]string, authorization Secret) (json.RawMessage, error) {
	request := graphql.NewRequest(query)
	request.Header.Set("Authorization", authorization.value)
	request.Header.Set("User-Agent", s.o.UserAgent)
	for key, value := range variables {
		request.Var(key, value)
	}
	var data json.RawMessage
	err := s.graphql.Run(ctx, request, &data)
	s.o.Logger.DebugContext(ctx, "asked immuta", slog.String("tenant", s.o.Name), slog.String("query", name),
		slog.Int("bytes", len(data)), slog.String("failed", string(KindOf(s.explain(err)))))
	if answer, ok := errors.AsType[*answerError](err); ok {
		return answer.data, answer
	}
	return data, s.explain(err)
}

// explain makes an *Error of whatever a request ended with.
func (s *Source) explain(err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Kind: KindUnreachable, cause: contextCause(err)}
	known, isKnown := errors.AsType[*Error](err)
	attempt, isAttempt := errors.AsType[*attemptError](err)
	answer, isAnswer := errors.AsType[*answerError](err)
	switch {
	case isKnown:
		e = known
	case isAttempt:
		e.Kind, e.Detail = attempt.kind, attempt.detail
	case isAnswer:
		e.Kind, e.Status, e.RequestID = KindRejected, answer.status, answer.requestID
		e.Detail = "answered with errors: " + s.scrub.quote(answer.text())
	case errors.Is(err, context.DeadlineExceeded):
		e.Kind, e.Detail = KindTimeout, "the time for the whole run was over before there was an answer: raise the timeout"
	case errors.Is(err, context.Canceled):
		e.Kind, e.Detail = KindInterrupted, "interrupted before there was an answer"
	default:
		e.Detail = s.scrub.quote(err.Error())
	}
	if e.Op == "" {
		e.Op, e.URL = "list export configurations", s.url
	}
	return e
}
