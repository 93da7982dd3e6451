package pagerduty_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/receiver"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/pagerduty"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

const testKey = "e93facc04764012d7bfb002500d5d1a6"

func open(t *testing.T, url string) *pagerduty.Channel {
	t.Helper()
	c, err := pagerduty.New(pagerduty.Options{
		Name: "on-call", URL: url, RoutingKey: redact.NewSecret(testKey),
		Transport: publish.Transport{Now: time.Now, Timeout: time.Second / 2, RetryMax: 2, RetryWait: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func finding(rule string, status scanner.Status, state scanner.State) scanner.Finding {
	return scanner.Finding{
		RuleID: rule, Severity: scanner.SeverityHigh, Status: status, State: state, Message: "plain HTTP is allowed", Resource: "arn:aws:s3:::b",
		Tenant: "acme", ExportID: "259fc41c", Remediation: "deny it", Fingerprint: scanner.Fingerprint(rule, "acme", "259fc41c", "b", ""),
	}
}

func notice(scan scanner.ScanInfo, findings ...scanner.Finding) *publish.Notice {
	scan.EvaluatedAt = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	return publish.Select(&scanner.Report{Scan: scan, Findings: findings}, publish.Criteria{})
}

// sent is an event as PagerDuty reads it.
type sent struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	DedupKey   string `json:"dedup_key"`
	Payload    struct{ Summary, Source, Severity, Component, Group, Class string }
}

func parse(t *testing.T, body []byte) sent {
	t.Helper()
	var s sent
	if err := json.Unmarshal(body, &s); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return s
}

// A failure opens an alert and its end resolves it, under one key. What is
// waived or could not be looked at does neither.
func TestLifeOfAnAlert(t *testing.T) {
	waived := finding("waived", scanner.StatusFail, scanner.StateNew)
	waived.Waiver = &scanner.Waiver{}
	n := notice(scanner.ScanInfo{Complete: true},
		finding("failing", scanner.StatusFail, scanner.StateNew), finding("mended", scanner.StatusFail, scanner.StateResolved), waived,
		finding("unseen", scanner.StatusUnknown, scanner.StateIncomparable), finding("broken", scanner.StatusError, ""))
	server := receiver.Start(receiver.Answer{Status: 202, Body: `{"status": "success", "message": "Event processed"}`})
	defer server.Close()
	o := publish.Send(t.Context(), open(t, server.URL), n)
	if !o.Delivered() || o.Accepted != 3 {
		t.Fatalf("outcome %+v", o)
	}
	var got []string
	for _, r := range server.Requests() {
		s := parse(t, r.Body)
		got = append(got, s.Action+" "+s.DedupKey)
		if s.RoutingKey != testKey || r.Path != "/v2/enqueue" {
			t.Errorf("%s with key %q", r.Path, s.RoutingKey)
		}
	}
	want := []string{"resolve trailguard-run-on-call", "trigger " + n.Findings[0].Fingerprint, "resolve " + n.Findings[1].Fingerprint}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
	p := parse(t, server.Requests()[1].Body).Payload
	if p.Summary != "failing: plain HTTP is allowed" || p.Severity != "error" || p.Source != "arn:aws:s3:::b" || p.Group != "acme" || p.Class != "failing" {
		t.Errorf("payload %+v", p)
	}
}

// Where each tenant has runs of its own, the complete run of one resolves no alert of
// another.
func TestRunsOfOneTenantEach(t *testing.T) {
	keys := map[string]string{}
	for tenant, complete := range map[string]bool{"acme": false, "globex": true} {
		n := publish.Select(&scanner.Report{Scan: scanner.ScanInfo{Complete: complete}}, publish.Criteria{Tenant: tenant})
		messages, err := open(t, "http://127.0.0.1:1").Compose(n)
		if err != nil || len(messages) != 1 {
			t.Fatalf("%+v, %v", messages, err)
		}
		s := parse(t, messages[0].Body)
		keys[s.DedupKey] = s.Action + " " + s.Payload.Summary
	}
	want := map[string]string{
		"trailguard-run-on-call/acme":   "trigger Audit trail: tenant acme: the run is incomplete: something could not be assessed",
		"trailguard-run-on-call/globex": "resolve ",
	}
	if !reflect.DeepEqual(keys, want) {
		t.Errorf("%q, want %q", keys, want)
	}
}

// A run of which not everything is known opens an alert of its own, and resolves
// nothing that it did not see.
func TestIncompleteRuns(t *testing.T) {
	for _, tt := range []struct {
		scan           scanner.ScanInfo
		severity, says string
	}{
		{scanner.ScanInfo{}, "warning", "something could not be assessed"},
		{scanner.ScanInfo{Error: "the key was refused"}, "error", "the key was refused"},
	} {
		messages, err := open(t, "").Compose(notice(tt.scan, finding("unseen", scanner.StatusUnknown, scanner.StateIncomparable)))
		if err != nil || len(messages) != 1 {
			t.Fatalf("%d messages, error %v", len(messages), err)
		}
		s := parse(t, messages[0].Body)
		if s.Action != "trigger" || s.Payload.Severity != tt.severity || !strings.Contains(s.Payload.Summary, tt.says) || s.RoutingKey != "" {
			t.Errorf("event %+v", s)
		}
	}
}

// A run of some exports only says nothing of those that were not seen before.
func TestPartialRun(t *testing.T) {
	messages, err := open(t, "").Compose(notice(scanner.ScanInfo{Complete: true, Partial: true}))
	if err != nil || len(messages) != 0 {
		t.Errorf("%d messages, error %v", len(messages), err)
	}
}

func TestLongTexts(t *testing.T) {
	f := finding(strings.Repeat("r", 5000), scanner.StatusFail, scanner.StateNew)
	f.Message = strings.Repeat("😀", 5000)
	messages, err := open(t, "").Compose(notice(scanner.ScanInfo{Complete: true}, f))
	if err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(parse(t, messages[1].Body).Payload.Summary)); n > 1024 || n < 900 {
		t.Errorf("the summary has %d characters", n)
	}
}

// An event arrives, under the key by which PagerDuty drops it the second time,
// or it is reported.
func TestMisbehavingPagerDuty(t *testing.T) {
	ok := receiver.Answer{Status: 202, Body: `{"status": "success"}`}
	for _, tt := range []struct {
		name     string
		answers  []receiver.Answer
		requests int
		says     string // empty: it is delivered
	}{
		{"busy, and then not", []receiver.Answer{{Status: 429, RetryAfter: "0"}, ok}, 2, ""},
		{"failing, and then not", []receiver.Answer{{Status: 500}, {Status: 502}, ok}, 3, ""},
		{"cut off, and then not", []receiver.Answer{{Reset: true}, ok}, 2, ""},
		{"slow, and then not", []receiver.Answer{{Wait: 5 * time.Second}, ok}, 2, ""},
		{"failing for ever", []receiver.Answer{{Status: 500}}, 3, "answered 500"},
		{"an error inside", []receiver.Answer{{Status: 200, Body: `{"status": "invalid event", "message": "no ` + testKey + `"}`}}, 1, "answered 200 without success"},
		{"a page", []receiver.Answer{{Status: 202, Body: "<html>"}}, 1, "without success"},
		{"refused", []receiver.Answer{{Status: 400, ContentType: "application/json", Body: `{"status": "invalid event", "errors": ["` + testKey + ` is unknown"]}`}}, 1, "is unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := receiver.Start(tt.answers...)
			defer server.Close()
			o := publish.Send(t.Context(), open(t, server.URL), notice(scanner.ScanInfo{}))
			why := o.Why
			for _, r := range o.Refused {
				why += r.Why
			}
			if o.Delivered() != (tt.says == "") || !strings.Contains(why, tt.says) || strings.Contains(why, testKey) {
				t.Errorf("outcome %+v, want %q", o, tt.says)
			}
			keys := map[string]bool{}
			for _, r := range server.Requests() {
				keys[parse(t, r.Body).DedupKey] = true
			}
			if len(server.Requests()) != tt.requests || len(keys) != 1 {
				t.Errorf("%d requests under %d keys, want %d under one", len(server.Requests()), len(keys), tt.requests)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	if _, err := pagerduty.New(pagerduty.Options{URL: "http://events.example.com", RoutingKey: redact.NewSecret(testKey)}); err == nil {
		t.Error("a key would be sent unencrypted")
	}
}
