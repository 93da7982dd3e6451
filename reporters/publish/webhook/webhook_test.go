package webhook_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/trailguard/trailguard/fixtures/receiver"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/webhook"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// testSecret is one of the specification's form, for tests alone.
const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// fullReport is what the reporters' tests write.
func fullReport(t *testing.T) *scanner.Report {
	t.Helper()
	text, err := os.ReadFile("../../../fixtures/report/full.json")
	if err != nil {
		t.Fatal(err)
	}
	report, err := publish.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// one is a notice of a single failure.
func one() *publish.Notice {
	return publish.Select(&scanner.Report{
		Scan: scanner.ScanInfo{Complete: true, SnapshotDigest: "d", EvaluatedAt: time.Unix(0, 0).UTC()},
		Findings: []scanner.Finding{{
			RuleID: "tls_required", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, State: scanner.StateNew,
			Tenant: "acme", Fingerprint: scanner.Fingerprint("tls_required", "acme", "", "r", ""),
		}},
	}, publish.Criteria{})
}

func open(t *testing.T, url string) *webhook.Channel {
	t.Helper()
	c, err := webhook.New(webhook.Options{
		Name: "siem", URL: redact.NewSecret(url), Secret: redact.NewSecret(testSecret),
		Transport: publish.Transport{Now: time.Now, Timeout: time.Second / 2, RetryMax: 2, RetryWait: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// The reference library takes every signature, and the SDK every event.
func TestReferenceImplementationsAcceptEverything(t *testing.T) {
	verifier, err := standardwebhooks.NewWebhook(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := verifier.Verify(body, r.Header); err != nil {
			t.Errorf("signature: %v", err)
		}
		e, err := binding.ToEvent(r.Context(), cehttp.NewMessage(r.Header, io.NopCloser(bytes.NewReader(body))))
		if err != nil {
			t.Errorf("event: %v", err)
			return
		}
		if err := e.Validate(); err != nil {
			t.Errorf("event: %v", err)
		}
		if e.ID() != r.Header.Get("webhook-id") || ids[e.ID()] != "" {
			t.Errorf("event %s is sent as %s, and was seen: %q", e.ID(), r.Header.Get("webhook-id"), ids[e.ID()])
		}
		ids[e.ID()] = e.Type() + " " + e.Source()
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	n := publish.Select(fullReport(t), publish.Criteria{All: true})
	o := publish.Send(t.Context(), open(t, server.URL), n)
	if !o.Delivered() || o.Accepted != len(n.Findings)+1 || len(ids) != o.Accepted {
		t.Errorf("outcome %+v, %d events", o, len(ids))
	}
}

// A receiver that misbehaves gets it once, as it drops what it has, or what it
// does not get is reported.
func TestMisbehavingReceivers(t *testing.T) {
	busy := receiver.Answer{Status: 429, RetryAfter: "0"}
	down := receiver.Answer{Status: 500, Body: "oops"}
	ok := receiver.Answer{}
	for _, tt := range []struct {
		name     string
		answers  []receiver.Answer
		requests int
		says     string // empty: it is delivered
	}{
		{"busy, and then not", []receiver.Answer{busy, ok}, 2, ""},
		{"failing, and then not", []receiver.Answer{down, {Status: 503}, ok}, 3, ""},
		{"cut off, and then not", []receiver.Answer{{Reset: true}, ok}, 2, ""},
		{"cut off half-way, and then not", []receiver.Answer{{Half: true}, ok}, 2, ""},
		{"slow, and then not", []receiver.Answer{{Wait: 5 * time.Second}, ok}, 2, ""},
		{"busy for ever", []receiver.Answer{busy}, 3, "answered 429"},
		{"busy for an hour", []receiver.Answer{{Status: 429, RetryAfter: "3600"}}, 1, "to be asked again in 1h0m0s"},
		{"failing for ever", []receiver.Answer{down}, 3, "answered 500 Internal Server Error: oops"},
		{"cut off for ever", []receiver.Answer{{Reset: true}}, 3, "no connection"},
		{"slow for ever", []receiver.Answer{{Wait: 5 * time.Second}}, 3, "no whole answer within 500ms"},
		{"an error inside", []receiver.Answer{{Body: `{"error": "quota exceeded"}`}}, 1, `answered 200 with an error inside: {"error": "quota exceeded"}`},
		{"not ok", []receiver.Answer{{Body: `{"ok": false}`}}, 1, "answered 200 with an error inside"},
		{"a login page", []receiver.Answer{{ContentType: "text/html", Body: "<html>"}}, 1, "a page for people"},
		{"no error inside", []receiver.Answer{{Body: `{"ok": true, "error": null, "errors": []}`}}, 1, ""},
		{"a redirect", []receiver.Answer{{Status: 307, Location: "https://elsewhere.example"}}, 1, "a redirect, which is not followed"},
		{"gone", []receiver.Answer{{Status: 410}}, 1, "answered 410 Gone; check the address"},
		{"refused", []receiver.Answer{{Status: 400, ContentType: "application/json", Body: `{"detail": "no"}`}}, 1, `answered 400 Bad Request: {"detail": "no"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := receiver.Start(tt.answers...)
			defer server.Close()
			o := publish.Send(t.Context(), open(t, server.URL), one())
			why := o.Why
			for _, r := range o.Refused {
				why += r.Why
			}
			if o.Delivered() != (tt.says == "") || !strings.Contains(why, tt.says) || o.Accepted+len(o.Refused)+o.NotSent != 1 {
				t.Errorf("outcome %+v, want %q", o, tt.says)
			}
			seen := map[string]bool{}
			requests := server.Requests()
			for _, r := range requests {
				seen[r.Header.Get("webhook-id")] = true
			}
			if len(requests) != tt.requests || len(seen) != 1 {
				t.Errorf("%d requests with %d ids, want %d with one", len(requests), len(seen), tt.requests)
			}
		})
	}
}

// Neither the address nor the secret is in what is said, whatever the receiver
// repeats of them.
func TestNothingSecretIsSaid(t *testing.T) {
	const path = "/hooks/T0AA1BB2CC3DD4EE?token=9f8e7d6c5b4a3f2e"
	key := strings.TrimPrefix(testSecret, "whsec_")
	server := receiver.Start(receiver.Answer{Status: 400, Body: "no " + path + " T0AA1BB2CC3DD4EE 9f8e7d6c5b4a3f2e " + testSecret + " " + key})
	address := server.URL + path
	outcomes := []publish.Outcome{publish.Send(t.Context(), open(t, address), one())}
	server.Close()
	outcomes = append(outcomes, publish.Send(t.Context(), open(t, address), one()))
	text, err := json.Marshal(outcomes)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"T0AA1BB2CC3DD4EE", "9f8e7d6c5b4a3f2e", key} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	if !strings.Contains(string(text), "no connection") || !strings.Contains(string(text), "answered 400") {
		t.Errorf("the test tests nothing: %s", text)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	for _, tt := range []struct{ url, secret, says string }{
		{"http://siem.example.com/secret-path", testSecret, "not https"},
		{"ftp://siem.example.com/secret-path", testSecret, "not https"},
		{"https://user:secret-path@siem.example.com", testSecret, "user name or password"},
		{"secret-path", testSecret, "names no host"},
		{"https://siem.example.com/\x00secret-path", testSecret, "cannot be read"},
		{"https://siem.example.com", "whsec_c2VjcmV0LXBhdGg=", "24 random bytes"},
		{"https://siem.example.com", "secret-path", "none of Standard Webhooks"},
	} {
		_, err := webhook.New(webhook.Options{URL: redact.NewSecret(tt.url), Secret: redact.NewSecret(tt.secret), Transport: publish.Transport{Now: time.Now}})
		if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%s: error %v, want %q", tt.url, err, tt.says)
		}
	}
}
