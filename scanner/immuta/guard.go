package immuta

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// maxQueryBytes bounds what is sent.
const maxQueryBytes = 1 << 20

// guard stands between the GraphQL client and the network. Out go queries to
// the audit service and key exchanges with the same tenant, nothing else. In
// comes an object with data, or an error.
type guard struct {
	next     http.RoundTripper
	graphql  string // the only two addresses
	exchange string
	scrub    *scrubber
	now      func() time.Time
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readRequest(req)
	if err != nil {
		return nil, err
	}
	address := req.URL.String()
	switch {
	case req.Method != http.MethodPost, address != g.graphql && address != g.exchange:
		return nil, &attemptError{kind: KindConfigured, detail: "refused to send a request to an address that is not the tenant's", final: true}
	case address == g.graphql && !onlyQueries(body):
		return nil, &attemptError{kind: KindConfigured, detail: "refused to send a GraphQL operation that is not a query", final: true}
	}
	sent := req.Clone(req.Context())
	sent.Body, sent.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	sent.GetBody = nil
	resp, err := g.next.RoundTrip(sent)
	if err != nil || address == g.exchange {
		return resp, err
	}
	return g.check(resp)
}

func readRequest(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close() //nolint:errcheck // a buffer
	return io.ReadAll(io.LimitReader(req.Body, maxQueryBytes))
}

// onlyQueries tells whether a request body is one GraphQL request all of whose
// operations are queries. Duplicate members are refused, since a server might
// read the other one; so is a batch.
func onlyQueries(body []byte) bool {
	if checkJSON(body) != nil {
		return false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return false
	}
	for name := range members {
		if name != "query" && name != "variables" {
			return false
		}
	}
	var query string
	if json.Unmarshal(members["query"], &query) != nil {
		return false
	}
	document, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil || len(document.Operations) == 0 {
		return false
	}
	for _, operation := range document.Operations {
		if operation.Operation != ast.Query {
			return false
		}
	}
	return true
}

// checkJSON returns where a text stops being one strict JSON value: valid
// UTF-8, no name twice in an object, nothing behind it.
func checkJSON(text []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text))
	if err := dec.SkipValue(); err != nil {
		return err
	}
	end := dec.InputOffset()
	if rest := bytes.TrimLeft(text[end:], " \t\r\n"); len(rest) > 0 {
		return &jsontext.SyntacticError{ByteOffset: int64(len(text) - len(rest)), Err: errTrailing}
	}
	return nil
}

// check lets nothing pass but an answer with data and without errors.
func (g *guard) check(resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body) // in memory already
	if err != nil {
		return nil, err
	}
	id := g.requestID(resp)
	if e := g.statusError(resp, body); e != nil {
		e.RequestID = id
		return nil, e
	}
	answer, e := g.parse(body)
	if e == nil {
		e = answer.authError(g.scrub)
	}
	if e == nil && len(answer.errors) > 0 {
		answer.status = resp.StatusCode
		answer.requestID = id
		return nil, answer
	}
	if e == nil && !answer.hasData() {
		e = &Error{Kind: KindNotGraphQL, Detail: "answered JSON with neither data nor errors: this is not Immuta's audit service; check the url"}
	}
	if e != nil {
		e.Status, e.RequestID = resp.StatusCode, id
		return nil, e
	}
	// Only what was checked reaches the client, whatever else the object held.
	clean := append(append([]byte(`{"data":`), answer.data...), '}')
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(clean)), int64(len(clean))
	return resp, nil
}

func (g *guard) parse(body []byte) (*answerError, *Error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, &Error{Kind: KindMalformed, Detail: "answered with an empty body: this is not Immuta's audit service; check the url"}
	}
	if err := checkJSON(body); err != nil {
		return nil, &Error{Kind: KindMalformed, Detail: "the answer is not valid JSON, or stops half-way: " + describeSyntax(body, err)}
	}
	answer, ok := parseAnswer(body)
	if !ok {
		return nil, &Error{Kind: KindMalformed, Detail: "answered JSON that is not an object: this is not Immuta's audit service; check the url"}
	}
	return answer, nil
}

// statusError is what status and content type alone say.
func (g *guard) statusError(resp *http.Response, body []byte) *Error {
	status := resp.StatusCode
	e := &Error{Status: status}
	switch {
	case status == http.StatusUnauthorized:
		e.Kind, e.Detail = KindUnauthorized, "the API key was refused (401): check that it is this tenant's key and has not expired"
	case status == http.StatusForbidden:
		e.Kind, e.Detail = KindForbidden, "access was refused (403): give the user behind the key Immuta's AUDIT permission"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Kind, e.Detail = KindNotFound, "no audit service at "+graphqlPath+" (404): check the url and its path prefix, and that the audit service is deployed"
	case status >= 300 && status < 400:
		e.Kind, e.Detail = KindNotGraphQL, "redirected to "+g.location(resp)+": that is a login page or another address; check the url"
	case status == http.StatusTooManyRequests:
		e.Kind, e.Detail = KindThrottled, "refused for load (429) beyond all retries: try again later"
		if wait := retryAfter(resp, g.now()); wait > maxRetryAfter {
			e.Detail = "refused for load (429), to be asked again in " + wait.String() + ": try again then"
		}
	case status >= 500:
		e.Kind, e.Detail = KindUnavailable, "the server failed ("+resp.Status+") beyond all retries: try again later, or ask who runs the tenant"
	case !isJSON(resp.Header.Get("Content-Type"), body):
		e.Kind = KindNotGraphQL
		e.Detail = "answered " + resp.Status + " with " + g.contentType(resp) + " instead of JSON: this is a login page or another service; check the url"
	case status != http.StatusOK && status != http.StatusBadRequest:
		e.Kind, e.Detail = KindNotGraphQL, "answered "+resp.Status+": this is not Immuta's audit service; check the url"
	default:
		return nil
	}
	e.Detail = g.scrub.quote(e.Detail)
	return e
}

// isJSON goes by the content type, and by the first character where the server
// gives none.
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
		return g.scrub.quote(text)
	}
	return "no content type"
}

// location is where a redirect leads, without its query: that may hold a
// token of the login that was meant to follow.
func (g *guard) location(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.String() == "" {
		return "nowhere"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return g.scrub.quote(u.String())
}

func (g *guard) requestID(resp *http.Response) string {
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "X-Amzn-Trace-Id", "Cf-Ray"} {
		if id := resp.Header.Get(name); id != "" && len(id) <= 200 {
			return g.scrub.quote(id)
		}
	}
	return ""
}
