package immuta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
	"github.com/trailguard/trailguard/scanner/redact"
)

// session holds the value of the Authorization header: the key itself, until
// the tenant refuses it, and then a token for which the key is exchanged. Which
// of the two the audit service accepts is not documented.
type session struct {
	source *Source
	key    Secret

	mu    sync.Mutex
	token Secret
}

func (s *session) authorization() Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current()
}

func (s *session) current() Secret {
	if s.token.Reveal() == "" {
		return s.key
	}
	return redact.NewSecret("Bearer " + s.token.Reveal())
}

// renew replaces an authorization that was refused, unless another request has
// replaced it meanwhile.
func (s *session) renew(ctx context.Context, refused Secret) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current() != refused {
		return nil
	}
	token, err := s.exchange(ctx)
	if err != nil {
		return err
	}
	s.token = token
	return nil
}

// exchange sends the key in the body, as older documents describe, and where
// that is refused in the header, as newer ones do.
func (s *session) exchange(ctx context.Context) (Secret, error) {
	body, err := json.Marshal(map[string]string{"apikey": s.key.Reveal()})
	if err != nil {
		return Secret{}, s.refused("it cannot be encoded", nil)
	}
	token, err := s.ask(ctx, body, false)
	if failure.KindOf(err) == failure.Unauthorized {
		token, err = s.ask(ctx, []byte("{}"), true)
	}
	return token, err
}

func (s *session) ask(ctx context.Context, body []byte, inHeader bool) (Secret, error) {
	req, err := http.NewRequestWithContext(transport.Named(ctx, "authenticate"), http.MethodPost, s.source.url+transport.ExchangePath, bytes.NewReader(body))
	if err != nil {
		return Secret{}, s.refused("the exchange cannot be asked for", nil)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if inHeader {
		req.Header.Set("Authorization", s.key.Reveal())
	}
	resp, err := s.source.http.Do(req)
	if err != nil {
		err := s.source.explain(err)
		if e, ok := errors.AsType[*Error](err); ok {
			e.Op = "exchange the API key"
		}
		return Secret{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // in memory
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return Secret{}, s.refused("the answer cannot be read", resp)
	}
	return s.read(resp, text)
}

// read takes the token out of the answer to an exchange.
func (s *session) read(resp *http.Response, body []byte) (Secret, error) {
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests:
		return Secret{}, s.failed(failure.Throttled, resp)
	case status >= http.StatusInternalServerError:
		return Secret{}, s.failed(failure.Unavailable, resp)
	case status == http.StatusNotFound:
		return Secret{}, s.refused("there is nothing at "+transport.ExchangePath+" to exchange it for a token", resp)
	case status != http.StatusOK && status != http.StatusCreated:
		return Secret{}, s.refused("its exchange for a token answered "+resp.Status, resp)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return Secret{}, s.refused("its exchange for a token answered something that is not JSON", resp)
	}
	value := strings.TrimPrefix(answer.Text(members["token"]), "Bearer ")
	if value == "" || !redact.Sendable(value) {
		return Secret{}, s.refused("its exchange answered without a token", resp)
	}
	token := redact.NewSecret(value)
	s.source.scrub.Add(token)
	return token, nil
}

func (s *session) failed(kind failure.Kind, resp *http.Response) error {
	return &Error{
		Op: "exchange the API key", URL: s.source.url, Kind: kind, Status: resp.StatusCode,
		Detail: s.source.scrub.Quote("the server answered " + s.source.scrub.Said(resp.Status) + " beyond all retries; try again later"),
	}
}

func (s *session) refused(why string, resp *http.Response) error {
	e := &Error{
		Op: "list export configurations", URL: s.source.url, Kind: failure.Unauthorized, Status: http.StatusUnauthorized,
		Detail: s.source.scrub.Quote("the API key was refused (401), and " + why + "; check that it is this tenant's key and has not expired"),
	}
	if resp != nil {
		e.Status = resp.StatusCode
	}
	return e
}
