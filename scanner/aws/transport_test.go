package aws

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// TestPlainHTTPIsForThisMachine: whoever names the endpoint, signed requests are
// not sent in clear.
func TestPlainHTTPIsForThisMachine(t *testing.T) {
	f := newFake(t, acme())
	for name, set := range map[string]func(*testing.T, *Options){
		"endpoint":              func(_ *testing.T, o *Options) { o.Endpoint = "http://192.0.2.2:4566" },
		"endpoint of a service": func(_ *testing.T, o *Options) { o.Endpoints = map[string]string{"sts": "http://aws.example"} },
		"environment":           func(t *testing.T, o *Options) { t.Setenv("AWS_ENDPOINT_URL", "http://192.0.2.2"); o.Endpoint = "" },
		"shared configuration": func(t *testing.T, o *Options) {
			file := filepath.Join(t.TempDir(), "config")
			text := "[default]\nservices = local\n[services local]\niam =\n  endpoint_url = http://192.0.2.2\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AWS_CONFIG_FILE", file)
			o.Endpoint = ""
		},
		"environment, of one service":       func(t *testing.T, o *Options) { t.Setenv("AWS_ENDPOINT_URL_KMS", "http://192.0.2.2"); o.Endpoint = "" },
		"where credentials come from":       func(t *testing.T, _ *Options) { t.Setenv("AWS_ENDPOINT_URL_SSO", "http://192.0.2.2") },
		"where a session is renewed":        func(t *testing.T, _ *Options) { t.Setenv("AWS_ENDPOINT_URL_SSO_OIDC", "http://192.0.2.2") },
		"where aws login goes":              func(t *testing.T, _ *Options) { t.Setenv("AWS_ENDPOINT_URL_SIGNIN", "http://192.0.2.2") },
		"where the chain's role is assumed": func(t *testing.T, _ *Options) { t.Setenv("AWS_ENDPOINT_URL_STS", "http://192.0.2.2") },
		"no URL":                            func(_ *testing.T, o *Options) { o.Endpoint = "aws.example" },
		"a name that only looks near":       func(_ *testing.T, o *Options) { o.Endpoint = "http://localhost.example" },
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

// TestAnswersAboutSomethingElse: an answer that names another bucket, role or
// policy is no evidence about the one that was asked for, an empty element is no
// list, and a refusal is no absence.
func TestAnswersAboutSomethingElse(t *testing.T) {
	for name, tt := range map[string]struct {
		asks   func(*http.Request) bool
		change func(body string) (string, int)
		kind   document.Kind
		reason scanner.GapReason
	}{
		"another bucket's listing": {
			asks: func(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" },
			change: func(b string) (string, int) {
				return strings.Replace(b, "<Name>acme-audit<", "<Name>other-audit<", 1), 200
			},
			kind: document.KindDelivery, reason: scanner.ReasonMalformed,
		},
		"a bare listing": {
			asks:   func(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" },
			change: func(string) (string, int) { return "<ListBucketResult/>", 200 },
			kind:   document.KindDelivery, reason: scanner.ReasonMalformed,
		},
		"a listing of the whole bucket": {
			asks:   func(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" },
			change: func(b string) (string, int) { return strings.Replace(b, "<Prefix>audit/<", "<Prefix><", 1), 200 },
			kind:   document.KindDelivery, reason: scanner.ReasonMalformed,
		},
		"an object of elsewhere": {
			asks: func(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" },
			change: func(b string) (string, int) {
				return strings.Replace(b, "</ListBucketResult>", "<Contents><Key>elsewhere/x.json</Key></Contents></ListBucketResult>", 1), 200
			},
			kind: document.KindDelivery, reason: scanner.ReasonMalformed,
		},
		"a listing of nobody knows what": {
			asks:   func(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" },
			change: func(b string) (string, int) { return strings.Replace(b, "<Name>acme-audit</Name>", "", 1), 200 },
			kind:   document.KindDelivery, reason: scanner.ReasonMalformed,
		},
		"a policy of nobody knows which role": {
			asks:   func(r *http.Request) bool { return r.PostFormValue("Action") == "GetRolePolicy" },
			change: func(b string) (string, int) { return strings.Replace(b, "<RoleName>exporter</RoleName>", "", 1), 200 },
			kind:   document.KindIdentityPolicy, reason: scanner.ReasonMalformed,
		},
		"another managed policy": {
			asks:   func(r *http.Request) bool { return r.PostFormValue("Action") == "GetPolicy" },
			change: func(b string) (string, int) { return strings.Replace(b, "</Arn>", "-other</Arn>", 1), 200 },
			kind:   document.KindIdentityPolicy, reason: scanner.ReasonMalformed,
		},
		"a former version of a policy": {
			asks:   func(r *http.Request) bool { return r.PostFormValue("Action") == "GetPolicyVersion" },
			change: func(b string) (string, int) { return strings.Replace(b, "<VersionId>v3<", "<VersionId>v1<", 1), 200 },
			kind:   document.KindIdentityPolicy, reason: scanner.ReasonMalformed,
		},
		"a key of another region": {
			asks:   func(r *http.Request) bool { return strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeKey") },
			change: func(b string) (string, int) { return strings.ReplaceAll(b, ":kms:eu-west-1:", ":kms:us-east-1:"), 200 },
			kind:   document.KindKey, reason: scanner.ReasonMalformed,
		},
		"another role's policy": {
			asks: func(r *http.Request) bool { return r.PostFormValue("Action") == "GetRolePolicy" },
			change: func(b string) (string, int) {
				return strings.Replace(b, "<RoleName>exporter<", "<RoleName>admin<", 1), 200
			},
			kind: document.KindIdentityPolicy, reason: scanner.ReasonMalformed,
		},
		"a bare list of policies": {
			asks: func(r *http.Request) bool { return r.PostFormValue("Action") == "ListRolePolicies" },
			change: func(string) (string, int) {
				return "<ListRolePoliciesResponse><ListRolePoliciesResult/></ListRolePoliciesResponse>", 200
			},
			kind: document.KindIdentityPolicies, reason: scanner.ReasonMalformed,
		},
		"a refusal that says there is none": {
			asks:   func(r *http.Request) bool { return r.URL.Query().Has("policy") },
			change: func(string) (string, int) { return "<Error><Code>NoSuchBucketPolicy</Code></Error>", 403 },
			kind:   document.KindBucketPolicy, reason: scanner.ReasonDenied,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, acme())
			var changed atomic.Bool // several calls are answered at once
			portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				asked := r.Clone(r.Context())
				asked.Body = io.NopCloser(bytes.NewReader(body))
				answer := httptest.NewRecorder()
				f.Config.Handler.ServeHTTP(answer, r)
				text, status := answer.Body.String(), answer.Code
				if tt.asks(asked) {
					before := text
					text, status = tt.change(text)
					if text != before {
						changed.Store(true)
					}
				}
				maps.Copy(w.Header(), answer.Header())
				w.Header().Del("Content-Length")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, text)
			}))
			defer portal.Close()
			o := f.options()
			o.Endpoint = portal.URL
			r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
			if !changed.Load() {
				t.Fatal("no answer was changed")
			}
			if !slices.ContainsFunc(r.Gaps, func(g scanner.Gap) bool { return g.Kind == tt.kind && g.Reason == tt.reason }) {
				t.Errorf("gaps %+v", r.Gaps)
			}
		})
	}
}

// TestSlowAnswersEnd: a byte now and then, in headers or in a body, keeps nobody
// beyond the time of a call.
func TestSlowAnswersEnd(t *testing.T) {
	for name, head := range map[string]string{
		"body":    "HTTP/1.1 200 OK\r\nx-amz-request-id: A\r\nx-amzn-requestid: A\r\nContent-Length: 100000\r\n\r\n",
		"headers": "HTTP/1.1 200 OK\r\nx-slow: ",
	} {
		t.Run(name, func(t *testing.T) {
			slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, buffer, err := w.(http.Hijacker).Hijack()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = buffer.WriteString(head)
				for buffer.WriteByte('a') == nil && buffer.Flush() == nil {
					time.Sleep(10 * time.Millisecond)
				}
			}))
			defer slow.Close()
			o := newFake(t, acme()).options()
			o.Endpoint, o.Timeout, o.MaxAttempts = slow.URL, 400*time.Millisecond, 2
			started := time.Now()
			r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
			if g := gapOf(t, &r, document.KindRole); g.Reason != scanner.ReasonTimeout {
				t.Errorf("gap %+v", g)
			}
			if took := time.Since(started); took > 10*time.Second { // several calls, one after the other
				t.Errorf("it took %s", took)
			}
		})
	}
}
