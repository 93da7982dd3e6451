package transport

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/redact"
)

// maxQueryBytes bounds what is sent.
const maxQueryBytes = 1 << 20

// guard stands between the GraphQL client and the network. It sends queries to
// the audit service and key exchanges with the same tenant, and nothing else.
// It returns an object with data, or a *failure.Error.
type guard struct {
	next     http.RoundTripper
	graphql  string // the only two addresses that it sends to
	exchange string
	scrub    *redact.Scrubber
	now      func() time.Time
}

// Guard puts the guard of a tenant before the next transport.
func Guard(next http.RoundTripper, tenantURL string, scrub *redact.Scrubber, now func() time.Time) http.RoundTripper {
	return &guard{next: next, graphql: tenantURL + GraphQLPath, exchange: tenantURL + ExchangePath, scrub: scrub, now: now}
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
		return nil, &failure.Error{Kind: failure.Configured, Detail: "refused to send a request to an address that is not the tenant's", Final: true}
	case address == g.graphql && !onlyQueries(body):
		return nil, &failure.Error{Kind: failure.Configured, Detail: "refused to send a GraphQL operation that is not a query", Final: true}
	}
	sent := req.Clone(req.Context())
	sent.Body, sent.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	sent.GetBody = nil
	resp, err := g.next.RoundTrip(sent)
	if err != nil || address == g.exchange {
		return resp, err
	}
	checked, err := g.check(resp)
	if id, ok := req.Context().Value(requestIDKey{}).(*string); ok && err == nil {
		*id = g.requestID(resp)
	}
	return checked, err
}

func readRequest(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close() //nolint:errcheck // a buffer
	return io.ReadAll(io.LimitReader(req.Body, maxQueryBytes))
}

// onlyQueries reports whether a request body is a single GraphQL request all of
// whose operations are queries. It refuses duplicate members, since a server
// might read the other one, and batches.
func onlyQueries(body []byte) bool {
	if answer.CheckJSON(body) != nil {
		return false
	}
	members := answer.Object(body)
	for name := range members {
		if name != "query" && name != "variables" {
			return false
		}
	}
	document, err := parser.ParseQuery(&ast.Source{Input: answer.Text(members["query"])})
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
