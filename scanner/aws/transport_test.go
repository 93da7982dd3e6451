package aws

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// TestPlainHTTPIsForThisMachine: whoever names the endpoint, signed requests are
// not sent in clear.
func TestPlainHTTPIsForThisMachine(t *testing.T) {
	f := newFake(t, acme())
	for name, set := range map[string]func(*testing.T, *Options){
		"endpoint":                    func(_ *testing.T, o *Options) { o.Endpoint = "http://192.0.2.2:4566" },
		"endpoint of a service":       func(_ *testing.T, o *Options) { o.Endpoints = map[string]string{"sts": "http://aws.example"} },
		"environment":                 func(t *testing.T, o *Options) { t.Setenv("AWS_ENDPOINT_URL", "http://192.0.2.2"); o.Endpoint = "" },
		"environment, of one service": func(t *testing.T, o *Options) { t.Setenv("AWS_ENDPOINT_URL_KMS", "http://192.0.2.2"); o.Endpoint = "" },
		"no URL":                      func(_ *testing.T, o *Options) { o.Endpoint = "aws.example" },
		"a name that only looks near": func(_ *testing.T, o *Options) { o.Endpoint = "http://localhost.example" },
	} {
		t.Run(name, func(t *testing.T) {
			o := f.options()
			o.HTTPTransport = nil
			set(t, &o)
			if _, err := New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "https://HOST") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestRedirectsAreNotFollowed: the answer of a host that nobody configured is no
// evidence, and it does not even see the question.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 307, 308} {
		var reached atomic.Int32
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
		defer elsewhere.Close()
		f := newFake(t, acme())
		portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("publicAccessBlock") {
				w.Header().Set("x-amz-request-id", "REDIRECTED")
				w.Header().Set("Location", elsewhere.URL+r.URL.RequestURI())
				w.WriteHeader(status)
				return
			}
			f.ServeHTTP(w, r)
		}))
		defer portal.Close()
		o := f.options()
		o.Endpoint, o.HTTPTransport = portal.URL, nil
		r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
		if g := gapOf(t, &r, document.KindPublicAccessBlock); g.Reason != scanner.ReasonMalformed || !strings.Contains(g.Detail, "redirected elsewhere") {
			t.Errorf("%d: gap %+v", status, g)
		}
		if n := reached.Load(); n != 0 {
			t.Errorf("%d: the other host was asked %d times", status, n)
		}
	}
}
