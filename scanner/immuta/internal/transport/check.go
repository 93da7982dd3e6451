package transport

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
)

// check accepts only an answer with data and without errors.
func (g *guard) check(resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body) // in memory already
	if err != nil {
		return nil, err
	}
	data, e := g.data(resp, body)
	if e != nil {
		e.Status, e.RequestID = resp.StatusCode, g.requestID(resp)
		return nil, e
	}
	// Only what was checked reaches the client, whatever else the object has.
	clean := append(append([]byte(`{"data":`), data...), '}')
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(clean)), int64(len(clean))
	return resp, nil
}

// data returns the data of an answer that has it and no errors.
func (g *guard) data(resp *http.Response, body []byte) ([]byte, *failure.Error) {
	if e := g.statusError(resp, body); e != nil {
		return nil, e
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, &failure.Error{Kind: failure.Malformed, Detail: "answered with an empty body: this is not Immuta's audit service; check the url"}
	}
	if err := answer.CheckJSON(body); err != nil {
		return nil, &failure.Error{Kind: failure.Malformed, Detail: fmt.Sprintf("the answer is not valid JSON, or stops half-way: %v", err)}
	}
	a, isObject := answer.Parse(body)
	switch {
	case !isObject:
		return nil, &failure.Error{Kind: failure.Malformed, Detail: "answered JSON that is not an object: this is not Immuta's audit service; check the url"}
	case len(a.Errors) > 0:
		return nil, g.rejected(a)
	case !a.HasData():
		return nil, &failure.Error{Kind: failure.NotGraphQL, Detail: "answered JSON with neither data nor errors: this is not Immuta's audit service; check the url"}
	}
	return a.Data, nil
}

// rejected returns the error of an answer with errors. Some servers refuse the
// key or its user in such an answer instead of by the HTTP status.
func (g *guard) rejected(a *answer.Answer) *failure.Error {
	for _, e := range a.Errors {
		switch {
		case a.HasData(): // then the key was accepted
		case e.Unauthenticated():
			return &failure.Error{
				Kind:   failure.Unauthorized,
				Detail: "the API key was refused (" + g.scrub.Said(e.Message) + "); check that it is this tenant's key and has not expired",
			}
		case e.Forbidden():
			return &failure.Error{
				Kind:   failure.Forbidden,
				Detail: "access was refused (" + g.scrub.Said(e.Message) + "); give the user behind the key Immuta's AUDIT permission",
			}
		}
	}
	return &failure.Error{Kind: failure.Rejected, Detail: "answered with errors: " + g.scrub.Said(a.Message()), Answer: a}
}

// statusError returns the error that status and content type indicate.
func (g *guard) statusError(resp *http.Response, body []byte) *failure.Error {
	status := resp.StatusCode
	e := &failure.Error{}
	switch {
	case status == http.StatusUnauthorized:
		e.Kind, e.Detail = failure.Unauthorized, "the API key was refused (401); check that it is this tenant's key and has not expired"
	case status == http.StatusForbidden:
		e.Kind, e.Detail = failure.Forbidden, "access was refused (403); give the user behind the key Immuta's AUDIT permission"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Kind, e.Detail = failure.NotFound, "no audit service at "+GraphQLPath+" (404); check the url and its path prefix, and that the audit service is deployed"
	case status >= 300 && status < 400:
		e.Kind, e.Detail = failure.NotGraphQL, "redirected to "+g.location(resp)+": that is a login page or another address; check the url"
	case status == http.StatusTooManyRequests:
		e.Kind, e.Detail = failure.Throttled, "refused for load (429) beyond all retries: try again later"
		if wait := retryAfter(resp, g.now()); wait > maxRetryAfter {
			e.Detail = "refused for load (429), to be asked again in " + wait.String() + ": try again then"
		}
	case status >= 500:
		e.Kind, e.Detail = failure.Unavailable, "the server failed ("+resp.Status+") beyond all retries: try again later, or ask who runs the tenant"
	case !isJSON(resp.Header.Get("Content-Type"), body):
		e.Kind = failure.NotGraphQL
		e.Detail = "answered " + resp.Status + " with " + g.contentType(resp) + " instead of JSON: this is a login page or another service; check the url"
	case status != http.StatusOK && status != http.StatusBadRequest:
		e.Kind, e.Detail = failure.NotGraphQL, "answered "+resp.Status+": this is not Immuta's audit service; check the url"
	default:
		return nil
	}
	e.Detail = g.scrub.Quote(e.Detail)
	return e
}

// isJSON decides by the content type, and by the first character where the
// server sends none.
func isJSON(contentType string, body []byte) bool {
	if contentType == "" {
		return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

func (g *guard) contentType(resp *http.Response) string {
	if text := resp.Header.Get("Content-Type"); text != "" {
		return g.scrub.Said(text)
	}
	return "no content type"
}

// location returns where a redirect leads, without its query: that may hold a
// token for the login it leads to.
func (g *guard) location(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.String() == "" {
		return "nowhere"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return g.scrub.Said(u.String())
}

func (g *guard) requestID(resp *http.Response) string {
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "X-Amzn-Trace-Id", "Cf-Ray"} {
		if id := resp.Header.Get(name); id != "" && len(id) <= 200 {
			return g.scrub.Said(id)
		}
	}
	return ""
}
