package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
)

type operationKey struct{}

// Named sets the operation's name under which Traffic reports the requests of a
// context.
func Named(ctx context.Context, operation string) context.Context {
	return context.WithValue(ctx, operationKey{}, operation)
}

type requestIDKey struct{}

// Noting returns a context under which the id of the last request that the tenant
// answered in full is kept in what is returned; it is empty where it gave none.
func Noting(ctx context.Context) (context.Context, *string) {
	id := new(string)
	return context.WithValue(ctx, requestIDKey{}, id), id
}

// request describes a request to the tenant.
func (o *Options) request(ctx context.Context) scanner.Request {
	operation, _ := ctx.Value(operationKey{}).(string)
	return scanner.Request{Service: "immuta", Operation: operation, Target: o.Tenant}
}

// watched reports each attempt to the operator's Traffic.
type watched struct {
	next http.RoundTripper
	o    *Options
}

// RoundTrip implements http.RoundTripper.
func (w *watched) RoundTrip(req *http.Request) (*http.Response, error) {
	answered := w.o.Traffic.Sent(w.o.request(req.Context()))
	resp, err := w.next.RoundTrip(req)
	if resp == nil {
		answered(0)
	} else {
		answered(resp.StatusCode)
	}
	return resp, err
}

// cause says why an attempt failed, without quoting the server.
func cause(resp *http.Response, err error) string {
	if e, ok := errors.AsType[*failure.Error](err); ok {
		return e.Detail
	}
	if resp == nil {
		return "no answer"
	}
	return fmt.Sprintf("HTTP status %d", resp.StatusCode)
}
