package slack_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/trailguard/trailguard/fixtures/receiver"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/slack"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// hostile is what would mention, link, format or hide in a message.
const hostile = "<!channel> <https://evil.example|click> & *bold* \u202e\x1b[2J\nFAKE"

func notice(findings ...scanner.Finding) *publish.Notice {
	return publish.Select(&scanner.Report{
		Scan: scanner.ScanInfo{Complete: true, EvaluatedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)}, Findings: findings,
	}, publish.Criteria{})
}

func finding(message string, state scanner.State) scanner.Finding {
	return scanner.Finding{
		RuleID: "tls_required", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, State: state, Message: message,
		Tenant: "acme", ExportID: "259fc41c", Resource: "arn:aws:s3:::b", Fingerprint: scanner.Fingerprint("tls_required", "acme", "259fc41c", "b", ""),
	}
}

func open(t *testing.T, url string) *slack.Channel {
	t.Helper()
	c, err := slack.New(slack.Options{
		Name: "governance", URL: redact.NewSecret(url),
		Transport: publish.Transport{Now: time.Now, Timeout: time.Second / 2, RetryMax: 2, RetryWait: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// payload is what Slack reads.
type payload struct {
	Text   string
	Blocks []struct {
		Type     string
		Text     *object
		Elements []object
	}
}

type object struct{ Type, Text string }

// read checks a message against Slack's limits, and returns its texts.
func read(t *testing.T, body []byte) []string {
	t.Helper()
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Blocks) == 0 || len(p.Blocks) > 50 || p.Text == "" {
		t.Errorf("%d blocks, text %q", len(p.Blocks), p.Text)
	}
	texts := []string{p.Text}
	for _, b := range p.Blocks {
		limit := map[string]int{"header": 150, "section": 3000, "context": 3000}[b.Type]
		objects := b.Elements
		if b.Text != nil {
			objects = append(objects, *b.Text)
		}
		if len(objects) != 1 || objects[0].Type != "plain_text" {
			t.Errorf("block %s has %+v", b.Type, objects)
			continue
		}
		if n := len(utf16.Encode([]rune(objects[0].Text))); n == 0 || n > limit {
			t.Errorf("block %s has %d characters", b.Type, n)
		}
		texts = append(texts, objects[0].Text)
	}
	return texts
}

func compose(t *testing.T, n *publish.Notice) ([]string, publish.Message) {
	t.Helper()
	messages, err := open(t, "https://hooks.slack.com/services/T0/B0/X").Compose(n)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d messages, error %v", len(messages), err)
	}
	return read(t, messages[0].Body), messages[0]
}

func TestMessage(t *testing.T) {
	texts, m := compose(t, notice(finding("plain HTTP is allowed", scanner.StateNew), finding("was bad", scanner.StateResolved)))
	all := strings.Join(texts, "\n")
	for _, want := range []string{
		"Audit trail: 1 failing, 1 resolved", "HIGH, failing: tls_required\nplain HTTP is allowed\narn:aws:s3:::b\ntenant acme, export 259fc41c, finding ",
		"no longer: was bad", "judged as of 2026-03-02 09:30:00 UTC",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in:\n%s", want, all)
		}
	}
	if len(m.About) != 2 {
		t.Errorf("about %q", m.About)
	}
}

// Nothing from outside mentions, links, or makes a line of its own.
func TestHostileTexts(t *testing.T) {
	f := finding(hostile, scanner.StateNew)
	f.Resource, f.Tenant, f.ExportID, f.RuleID = hostile, hostile, hostile, hostile
	texts, _ := compose(t, notice(f))
	for _, text := range texts {
		bare := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(text)
		if strings.ContainsAny(bare, "<>&\x1b\u202e") || strings.Contains(bare, "\nFAKE") {
			t.Errorf("text %q", text)
		}
	}
}

// However much there is to tell, it is one message within the limits, which says
// how many findings it does not show.
func TestManyAndLongFindings(t *testing.T) {
	var many []scanner.Finding
	for range 500 {
		f := finding(strings.Repeat("<&>😀", 2000), scanner.StateNew)
		f.Resource, f.Tenant, f.RuleID = strings.Repeat("&", 5000), strings.Repeat("<", 5000), strings.Repeat("😀", 5000)
		many = append(many, f)
	}
	texts, m := compose(t, notice(many...))
	if len(m.About) != 500 || !strings.Contains(texts[len(texts)-1], "480 more are in the report") {
		t.Errorf("about %d, last %q", len(m.About), texts[len(texts)-1])
	}
	for _, text := range texts {
		for i, part := range strings.Split(text, "&") {
			if i > 0 && !strings.HasPrefix(part, "amp;") && !strings.HasPrefix(part, "lt;") && !strings.HasPrefix(part, "gt;") {
				t.Fatalf("an escape is cut in two: …&%.10s", part)
			}
		}
	}
}

func TestIncompleteRun(t *testing.T) {
	n := publish.Select(&scanner.Report{Scan: scanner.ScanInfo{Error: "the key was refused"}}, publish.Criteria{})
	texts, _ := compose(t, n)
	if all := strings.Join(texts, "\n"); !strings.Contains(all, "Audit trail: the run could not run") || !strings.Contains(all, "the key was refused") {
		t.Errorf("texts:\n%s", all)
	}
	if messages, err := open(t, "https://hooks.slack.com/x").Compose(notice()); err != nil || len(messages) != 0 {
		t.Errorf("%d messages of nothing, error %v", len(messages), err)
	}
}

// A message arrives once, or it is reported. Slack keeps what it gets twice, so
// nothing is sent again that may have arrived.
func TestMisbehavingSlack(t *testing.T) {
	ok := receiver.Answer{Body: "ok"}
	for _, tt := range []struct {
		name     string
		answers  []receiver.Answer
		requests int
		says     string // empty: it is delivered
	}{
		{"ok", []receiver.Answer{ok}, 1, ""},
		{"busy, and then not", []receiver.Answer{{Status: 429, RetryAfter: "0"}, ok}, 2, ""},
		{"failing, and then not", []receiver.Answer{{Status: 500, Body: "rollup_error"}, ok}, 2, ""},
		{"failing for ever", []receiver.Answer{{Status: 500, Body: "rollup_error"}}, 3, "rollup_error"},
		{"a gateway that does not know", []receiver.Answer{{Status: 504}}, 1, "answered 504"},
		{"cut off", []receiver.Answer{{Reset: true}}, 1, "whether it was delivered is not known"},
		{"cut off half-way", []receiver.Answer{{Half: true, Body: "o"}}, 1, "whether it was delivered is not known"},
		{"slow", []receiver.Answer{{Wait: 5 * time.Second}}, 1, "whether it was delivered is not known"},
		{"an error inside", []receiver.Answer{{Body: "invalid_payload"}}, 1, "answered 200, and not ok: invalid_payload"},
		{"nothing inside", []receiver.Answer{{}}, 1, "and not ok"},
		{"revoked", []receiver.Answer{{Status: 404, Body: "no_service"}}, 1, "answered 404 Not Found: no_service; check the address"},
		{"refused", []receiver.Answer{{Status: 400, Body: "invalid_blocks"}}, 1, "invalid_blocks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := receiver.Start(tt.answers...)
			defer server.Close()
			o := publish.Send(t.Context(), open(t, server.URL), notice(finding("x", scanner.StateNew)))
			why := o.Why
			for _, r := range o.Refused {
				why += r.Why
			}
			if o.Delivered() != (tt.says == "") || !strings.Contains(why, tt.says) || len(server.Requests()) != tt.requests {
				t.Errorf("outcome %+v after %d requests, want %q after %d", o, len(server.Requests()), tt.says, tt.requests)
			}
		})
	}
}
