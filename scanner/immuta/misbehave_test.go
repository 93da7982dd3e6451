package immuta

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
)

const page = "<!DOCTYPE html><html><body>Sign in</body></html>"

func TestAnswersThatAreNone(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		kind    failure.Kind
		says    string
		reason  scanner.GapReason
	}{
		{"401", answering(401, "application/json", `{"message":"no"}`), failure.Unauthorized, "check that it is this tenant's key", scanner.ReasonDenied},
		{"401 with data", answering(401, "application/json", `{"data":{"getAllExportConfigurations":[]}}`), failure.Unauthorized, "refused", scanner.ReasonDenied},
		{"403", answering(403, "application/json", `{"message":"no"}`), failure.Forbidden, "AUDIT permission", scanner.ReasonDenied},
		{"404", answering(404, "application/json", `{}`), failure.NotFound, "check the url and its path prefix", scanner.ReasonUnreachable},
		{"200 HTML", answering(200, "text/html; charset=utf-8", page), failure.NotGraphQL, "text/html", scanner.ReasonMalformed},
		{"200 HTML as JSON", answering(200, "application/json", page), failure.Malformed, "line 1, column 1", scanner.ReasonMalformed},
		{"200 HTML without a type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, page)
		}, failure.NotGraphQL, "no content type", scanner.ReasonMalformed},
		{"405", answering(405, "application/json", `{}`), failure.NotGraphQL, "405 Method Not Allowed", scanner.ReasonMalformed},
		{"500 JSON", answering(500, "application/json", `{"message":"oops"}`), failure.Unavailable, "500 Internal Server Error", scanner.ReasonUnreachable},
		{"501", answering(501, "application/json", `{}`), failure.Unavailable, "501", scanner.ReasonUnreachable},
		{"502 HTML for ever", answering(502, "text/html", page), failure.Unavailable, "502 Bad Gateway", scanner.ReasonUnreachable},
		{"429 for ever", answering(429, "application/json", `{}`), failure.Throttled, "429", scanner.ReasonThrottled},
		{"empty", answering(200, "application/json", ""), failure.Malformed, "empty body", scanner.ReasonMalformed},
		{"null", answering(200, "application/json", "null"), failure.Malformed, "not an object", scanner.ReasonMalformed},
		{"list", answering(200, "application/json", "[]"), failure.Malformed, "not an object", scanner.ReasonMalformed},
		{"neither data nor errors", answering(200, "application/json", `{"status":"ok"}`), failure.NotGraphQL, "neither data nor errors", scanner.ReasonMalformed},
		{"null data", answering(200, "application/json", `{"data":null}`), failure.NotGraphQL, "neither data nor errors", scanner.ReasonMalformed},
		{"data without the list", answering(200, "application/json", `{"data":{"other":[]}}`), failure.Malformed, "not the same as no configurations", scanner.ReasonMalformed},
		{"null list", answering(200, "application/json", `{"data":{"getAllExportConfigurations":null}}`), failure.Malformed, "not the same as none", scanner.ReasonMalformed},
		{"object for a list", answering(200, "application/json", `{"data":{"getAllExportConfigurations":{}}}`), failure.Malformed, "not the same as none", scanner.ReasonMalformed},
		{"data that is a list", answering(200, "application/json", `{"data":[]}`), failure.Malformed, "without the list", scanner.ReasonMalformed},
		{"a name twice", answering(200, "application/json", `{"data":{"getAllExportConfigurations":[]},"data":{}}`), failure.Malformed, "duplicate", scanner.ReasonMalformed},
		{"something behind", answering(200, "application/json", `{"data":{"getAllExportConfigurations":[]}} {}`), failure.Malformed, "follows", scanner.ReasonMalformed},
		{"cut JSON", answering(200, "application/json", `{"data":{"getAllExportConfigurations":[{"id":"a"`), failure.Malformed, "stops half-way", scanner.ReasonMalformed},
		{"invalid UTF-8", answering(200, "application/json", "{\"data\":{\"getAllExportConfigurations\":[{\"id\":\"\xff\"}]}}"), failure.Malformed, "UTF-8", scanner.ReasonMalformed},
		{"errors with 200", answering(200, "application/json", `{"errors":[{"message":"boom","path":["getAllExportConfigurations"]},{"message":"and bang"}],"data":null}`), failure.Rejected, "boom, and bang", scanner.ReasonUnsupported},
		{"errors beside a null list", answering(200, "application/json", `{"errors":[{"message":"boom"}],"data":{"getAllExportConfigurations":null}}`), failure.Rejected, "boom", scanner.ReasonUnsupported},
		{"errors that are no list", answering(200, "application/json", `{"errors":"boom"}`), failure.Rejected, "boom", scanner.ReasonUnsupported},
		{"unauthenticated with 200", answering(200, "application/json", `{"errors":[{"message":"please log in","extensions":{"code":"UNAUTHENTICATED"}}]}`), failure.Unauthorized, "refused", scanner.ReasonDenied},
		{"forbidden with 200", answering(200, "application/json", `{"errors":[{"message":"Forbidden."}],"data":null}`), failure.Forbidden, "AUDIT permission", scanner.ReasonDenied},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := serve(t, test.handler, nil)
			tenant, records, err := source.List(context.Background())
			if failure.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), source.url) {
				t.Fatalf("want %s saying %q, got %s: %v", test.kind, test.says, failure.KindOf(err), err)
			}
			if records != nil || tenant.Complete || len(tenant.Gaps) != 1 || tenant.Gaps[0].Reason != test.reason {
				t.Errorf("tenant %+v, records %v", tenant, records)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("message %q is not one line", err)
			}
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/login?SAMLRequest=abcdef", status)
		}), nil)
		_, _, err := source.List(context.Background())
		if failure.KindOf(err) != failure.NotGraphQL || !strings.Contains(err.Error(), "redirected to "+other.URL+"/login:") || strings.Contains(err.Error(), "SAMLRequest") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if reached.Load() > 0 {
		t.Error("a redirect was followed to another host")
	}
}

func TestExchangeIsNotRedirected(t *testing.T) {
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == transport.ExchangePath {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}), nil)
	_, _, err := source.List(context.Background())
	if failure.KindOf(err) != failure.Unauthorized || reached.Load() > 0 {
		t.Errorf("%v, other host reached %d times", err, reached.Load())
	}
}

// An endless answer is given up long before its end.
func TestAnswerOfAnySizeIsNotReadWhole(t *testing.T) {
	const whole = 200 << 20
	chunk := bytes.Repeat([]byte("x"), 64<<10)
	for _, announced := range []bool{false, true} {
		var sent atomic.Int64
		done := make(chan struct{}, 10)
		source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			defer func() { done <- struct{}{} }()
			w.Header().Set("Content-Type", "application/json")
			if announced {
				w.Header().Set("Content-Length", fmt.Sprint(whole))
			}
			for sent.Load() < whole {
				n, err := w.Write(chunk)
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
		}), func(o *Options) { o.MaxBytes, o.RetryMax = 1<<20, 3 })
		_, _, err := source.List(context.Background())
		<-done
		if failure.KindOf(err) != failure.TooLarge || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
			t.Errorf("error %v", err)
		}
		if sent.Load() > whole/4 {
			t.Errorf("%d bytes were taken", sent.Load())
		}
	}
}

func TestAnswerOfExactlyTheLimit(t *testing.T) {
	body := `{"data":{"getAllExportConfigurations":[]}}`
	for _, spare := range []int64{0, -1} {
		source := serve(t, answering(200, "application/json", body), func(o *Options) { o.MaxBytes = int64(len(body)) + spare })
		_, _, err := source.List(context.Background())
		if want := map[int64]failure.Kind{0: "", -1: failure.TooLarge}[spare]; failure.KindOf(err) != want {
			t.Errorf("limit %d: %v", spare, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	source := serve(t, http.NotFoundHandler(), func(o *Options) { o.URL = server.URL })
	_, _, err := source.List(context.Background())
	if failure.KindOf(err) != failure.Unreachable || !strings.Contains(err.Error(), "check the url, the network and HTTPS_PROXY") {
		t.Errorf("error %v", err)
	}
}

func TestPrivateCA(t *testing.T) {
	server := httptest.NewUnstartedServer(newFake(t, schemaFull, false, roleConfiguration()))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, block, 0o600); err != nil {
		t.Fatal(err)
	}
	trusting := serve(t, http.NotFoundHandler(), func(o *Options) { o.URL, o.CABundle = server.URL, bundle })
	if _, records := mustList(t, trusting); len(records) != 1 {
		t.Errorf("%d records", len(records))
	}
	_, _, err := serve(t, http.NotFoundHandler(), func(o *Options) { o.URL, o.RetryMax = server.URL, 3 }).List(context.Background())
	if failure.KindOf(err) != failure.Unreachable || !strings.Contains(err.Error(), "set caBundle") {
		t.Errorf("error %v", err)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	_, _, err = serve(t, http.NotFoundHandler(), func(o *Options) {
		o.URL, o.RetryMax = strings.Replace(plain.URL, "http:", "https:", 1), 3
	}).List(context.Background())
	if failure.KindOf(err) != failure.Unreachable || !strings.Contains(err.Error(), "does not speak https") {
		t.Errorf("error %v", err)
	}
}

func TestPartialDataIsNeverComplete(t *testing.T) {
	body := `{"errors":[{"message":"cannot read endpoint","path":["getAllExportConfigurations",1]}],"data":{"getAllExportConfigurations":[
{"id":"a","interval":"EVERY_2_HOURS","enabled":true,"connectionStatus":"SUCCESS","endpointConfiguration":{"__typename":"S3AccessKeyEndpointConfiguration","t0_bucket":"b","t0_path":null,"t0_region":"r"},
"createdAt":"2026-01-01T00:00:00Z","createdBy":null,"updatedAt":null,"updatedBy":null},null]}}`
	tenant, records := mustList(t, serve(t, listingBody(body), nil))
	if tenant.Complete || len(records) != 1 || len(tenant.Gaps) != 2 {
		t.Fatalf("tenant %+v, %d records", tenant, len(records))
	}
	if !strings.Contains(tenant.Gaps[0].Detail, "cannot read endpoint") || !strings.Contains(tenant.Gaps[1].Detail, "item 1 of the list is null") {
		t.Errorf("gaps %+v", tenant.Gaps)
	}
}

// TestAnswersHaveTheirRequest: what was read, too.
func TestAnswersHaveTheirRequest(t *testing.T) {
	listed := listingBody(`{"data":{"getAllExportConfigurations":[{"id":"1"}]}}`)
	source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-78")
		listed(w, r)
	}), nil)
	_, records, err := source.List(context.Background())
	if err != nil || len(records) != 1 || records[0].Evidence[0].RequestID != "r-78" {
		t.Errorf("records %+v, %v", records, err)
	}
}

func TestRequestIDIsReported(t *testing.T) {
	source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "r-77")
		w.WriteHeader(http.StatusForbidden)
	}), nil)
	tenant, _, err := source.List(context.Background())
	if !strings.Contains(err.Error(), "(request id r-77)") || tenant.Gaps[0].RequestID != "r-77" || tenant.Gaps[0].Code != "HTTP 403" || tenant.Gaps[0].Permission != "AUDIT" {
		t.Errorf("error %v, gap %+v", err, tenant.Gaps)
	}
}
