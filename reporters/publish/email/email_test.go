package email

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// hostile is what would add a header, a line, markup or terminal control.
const hostile = "x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>\u202e\x1b[2J"

func finding(message string, state scanner.State) scanner.Finding {
	return scanner.Finding{
		RuleID: "tls_required", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, State: state, Message: message,
		Tenant: "acme", ExportID: "259fc41c", Resource: "arn:aws:s3:::b", Fingerprint: scanner.Fingerprint("tls_required", "acme", "259fc41c", "b", ""),
	}
}

func notice(findings ...scanner.Finding) *publish.Notice {
	return publish.Select(&scanner.Report{
		Scan: scanner.ScanInfo{Complete: true, EvaluatedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)}, Findings: findings,
	}, publish.Criteria{})
}

// parts reads a letter, and returns its parts by their media type.
func parts(t *testing.T, letter string) (mail.Header, map[string]string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		t.Fatalf("content type %s, error %v", media, err)
	}
	found := map[string]string{}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, found
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		found[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func TestLetter(t *testing.T) {
	s := startServer(t, true)
	n := notice(finding("plain HTTP is allowed", scanner.StateNew), finding("was bad", scanner.StateResolved))
	o := publish.Send(t.Context(), s.open(t, nil), n)
	if !o.Delivered() || o.Accepted != 2 || len(s.letters) != 1 || !s.encrypted[0] || !s.authenticated[0] {
		t.Fatalf("outcome %+v, letters %q, encrypted %v, authenticated %v", o, s.letters, s.encrypted, s.authenticated)
	}
	header, found := parts(t, s.letters[0])
	if header.Get("Subject") != "Audit trail: 1 failing, 1 resolved" || header.Get("Auto-Submitted") != "auto-generated" ||
		!strings.HasSuffix(header.Get("Message-ID"), "@example.com>") {
		t.Errorf("header %v", header)
	}
	for _, want := range []string{"HIGH, failing: tls_required", "plain HTTP is allowed", "arn:aws:s3:::b", "no longer: was bad", "judged as of 2026-03-02 09:30:00 UTC"} {
		if !strings.Contains(found["text/plain"], want) || !strings.Contains(found["text/html"], want) {
			t.Errorf("%q is not in both of:\n%s\n%s", want, found["text/plain"], found["text/html"])
		}
	}
	again := publish.Send(t.Context(), s.open(t, nil), n)
	if header2, _ := parts(t, s.letters[1]); !again.Delivered() || header2.Get("Message-ID") != header.Get("Message-ID") {
		t.Error("a report that is told again has another Message-ID")
	}
}

// Nothing from outside becomes a header, a line of its own, or markup.
func TestHostileTexts(t *testing.T) {
	s := startServer(t, true)
	f := finding(hostile, scanner.StateNew)
	f.RuleID, f.Resource, f.Tenant, f.ExportID, f.Fingerprint = hostile, hostile, hostile, hostile, hostile
	n := publish.Select(&scanner.Report{Scan: scanner.ScanInfo{Error: hostile}, Findings: []scanner.Finding{f}}, publish.Criteria{})
	if o := publish.Send(t.Context(), s.open(t, nil), n); !o.Delivered() {
		t.Fatalf("outcome %+v", o)
	}
	header, found := parts(t, s.letters[0])
	if header.Get("Bcc") != "" || strings.Contains(s.letters[0], "\nBcc:") || strings.Contains(found["text/plain"], "\nBcc:") {
		t.Errorf("letter:\n%s", s.letters[0])
	}
	if strings.Contains(found["text/html"], "<script>") || strings.ContainsAny(found["text/plain"]+found["text/html"], "\x1b\u202e") {
		t.Errorf("letter:\n%s", found["text/html"])
	}
}

// A letter is taken once, or it is reported. Mail keeps what comes twice, so
// nothing is sent again that may have been taken.
func TestMisbehavingServers(t *testing.T) {
	busy := answer{data: &smtp.SMTPError{Code: 451, Message: "try again later"}}
	for _, tt := range []struct {
		name     string
		answers  []answer
		attempts int
		says     string // empty: it is delivered
	}{
		{"busy, and then not", []answer{busy, {}}, 2, ""},
		{"greylisted, and then not", []answer{{rcpt: &smtp.SMTPError{Code: 450, Message: "greylisted"}}, {}}, 2, ""},
		{"busy for ever", []answer{busy}, 3, "try again later"},
		{"refused", []answer{{data: &smtp.SMTPError{Code: 554, Message: "spam"}}}, 1, "spam"},
		{"no such addressee", []answer{{rcpt: &smtp.SMTPError{Code: 550, Message: "no such user"}}}, 1, "no such user"},
		{"cut off", []answer{{reset: true}, {}}, 1, "whether it was delivered is not known"},
		{"slow", []answer{{wait: 5 * time.Second}, {}}, 1, "whether it was delivered is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, true, tt.answers...)
			o := publish.Send(t.Context(), s.open(t, nil), notice(finding("x", scanner.StateNew)))
			why := o.Why
			for _, r := range o.Refused {
				why += r.Why
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if o.Delivered() != (tt.says == "") || !strings.Contains(why, tt.says) || s.attempts != tt.attempts || len(s.letters) > 1 {
				t.Errorf("outcome %+v after %d attempts with %d letters, want %q after %d", o, s.attempts, len(s.letters), tt.says, tt.attempts)
			}
		})
	}
}

// Neither mail nor password goes out without TLS, and no password is said.
func TestRefusedConnections(t *testing.T) {
	for _, tt := range []struct {
		name    string
		withTLS bool
		change  func(*Options)
		says    string
	}{
		{"no TLS", false, nil, "STARTTLS"},
		{"a certificate of nobody", true, func(o *Options) { o.RootCAs = nil }, "certificate is not trusted"},
		{"another server's certificate", true, func(o *Options) { o.Server = "mail.acme.test:587" }, "certificate is not trusted"},
		{"wrong password", true, func(o *Options) { o.Password = redact.NewSecret(testPassword + "-not") }, "no such password as [redacted]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, tt.withTLS)
			o := publish.Send(t.Context(), s.open(t, tt.change), notice(finding("x", scanner.StateNew)))
			if o.Delivered() || !strings.Contains(o.Why, tt.says) || strings.Contains(o.Why, testPassword) || len(s.letters) != 0 {
				t.Errorf("outcome %+v with %d letters, want %q", o, len(s.letters), tt.says)
			}
		})
	}
}

// A relay of this machine needs no TLS.
func TestRelayOfThisMachine(t *testing.T) {
	s := startServer(t, false)
	o := publish.Send(t.Context(), s.open(t, func(o *Options) { o.Server, o.Username, o.dial = s.address, "", nil }), notice(finding("x", scanner.StateNew)))
	if !o.Delivered() || len(s.letters) != 1 {
		t.Errorf("outcome %+v with %d letters", o, len(s.letters))
	}
	s = startServer(t, true)
	o = publish.Send(t.Context(), s.open(t, func(o *Options) { o.Server = "127.0.0.1:1"; o.dial = nil }), notice(finding("x", scanner.StateNew)))
	if !strings.Contains(o.Why, "no connection") {
		t.Errorf("outcome %+v", o)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		says string
	}{
		{Options{Server: "mail.example.com", From: "a@example.com", To: []string{"b@example.com"}}, "is not HOST:PORT"},
		{Options{Server: "mail.example.com:587", From: "a", To: []string{"b@example.com"}}, `from "a" is not an address`},
		{Options{Server: "mail.example.com:587", From: "a@example.com", To: []string{"b@example.com\r\nBcc: c@example.com"}}, "is not an address"},
		{Options{Server: "mail.example.com:587", From: "a@example.com"}, "to names nobody"},
	} {
		if _, err := New(tt.o); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("error %v, want %q", err, tt.says)
		}
	}
}
