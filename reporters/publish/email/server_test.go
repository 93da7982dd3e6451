package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner/redact"
)

const (
	testUser     = "trailguard"
	testPassword = "kept-from-everybody"
)

// answer is how the server answers one letter. The zero value takes it.
type answer struct {
	rcpt, data *smtp.SMTPError
	reset      bool          // the connection is cut when the letter has arrived
	wait       time.Duration // before the letter is taken
}

// server is a mail server that misbehaves as it is told. The last answer is for
// all further letters.
type server struct {
	mu       sync.Mutex
	answers  []answer
	attempts int
	letters  []string
	encrypted,
	authenticated []bool
	address string
	roots   *x509.CertPool
	stop    chan struct{}
}

// startServer starts a server that is called example.com.
func startServer(t *testing.T, withTLS bool, answers ...answer) *server {
	t.Helper()
	certified := httptest.NewTLSServer(nil)
	s := &server{answers: answers, roots: x509.NewCertPool(), stop: make(chan struct{})}
	s.roots.AddCert(certified.Certificate())
	certificates := certified.TLS.Certificates
	certified.Close()
	smtpServer := smtp.NewServer(s)
	smtpServer.Domain, smtpServer.AllowInsecureAuth = "example.com", true
	smtpServer.ErrorLog = discard{}
	if withTLS {
		smtpServer.TLSConfig = &tls.Config{Certificates: certificates}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	done := make(chan struct{})
	go func() { defer close(done); _ = smtpServer.Serve(listener) }()
	t.Cleanup(func() { close(s.stop); _ = smtpServer.Close(); <-done })
	return s
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// open returns a channel to the server.
func (s *server) open(t *testing.T, change func(*Options)) *Channel {
	t.Helper()
	o := Options{
		Name: "board", Server: "example.com:587", Username: testUser, Password: redact.NewSecret(testPassword),
		From: "trailguard <audit@example.com>", To: []string{"governance@example.com", "Ada <ada@example.com>"},
		Transport: publish.Transport{Now: time.Now, RootCAs: s.roots, Timeout: time.Second / 2, RetryMax: 2, RetryWait: time.Millisecond},
		dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.address)
		},
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// NewSession implements smtp.Backend.
func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c}, nil
}

type session struct {
	server        *server
	conn          *smtp.Conn
	answer        answer
	authenticated bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != testUser || password != testPassword {
			return &smtp.SMTPError{Code: 535, Message: "no such password as " + password}
		}
		s.authenticated = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if len(s.server.answers) > 0 {
		s.answer = s.server.answers[min(s.server.attempts, len(s.server.answers)-1)]
	}
	s.server.attempts++
	return nil
}

func (s *session) Rcpt(string, *smtp.RcptOptions) error {
	if s.answer.rcpt != nil {
		return s.answer.rcpt
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	letter, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.answer.wait > 0 {
		select {
		case <-time.After(s.answer.wait):
		case <-s.server.stop:
		}
	}
	if s.answer.reset {
		_ = s.conn.Conn().Close()
		return errors.New("cut off")
	}
	if s.answer.data != nil {
		return s.answer.data
	}
	_, encrypted := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, string(letter))
	s.server.encrypted = append(s.server.encrypted, encrypted)
	s.server.authenticated = append(s.server.authenticated, s.authenticated)
	return nil
}

func (s *session) Reset() {}

func (s *session) Logout() error { return nil }
