// Package email notifies people by mail: one letter with counts and the most
// severe findings, as text and as HTML, over SMTP with TLS.
package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"time"

	"github.com/sethvargo/go-retry"
	gomail "github.com/wneessen/go-mail"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/internal/post"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// Options say to whom letters go, and through which server.
type Options struct {
	Name     string        // as the operator calls it
	Server   string        // host:port; 465 is TLS from the first byte, any other port STARTTLS
	Username string        // empty for a server that asks for none
	Password redact.Secret // sent over TLS only
	From     string        // an address, with a name or without
	To       []string      // one or more
	publish.Transport

	// dial connects in place of the network, for tests.
	dial gomail.DialContextFunc
}

// Channel sends letters to the addressees.
type Channel struct {
	o      Options
	host   string
	port   int
	from   *mail.Address
	to     []*mail.Address
	scrub  redact.Scrubber
	asking scanner.Request
}

// New returns a channel. No error repeats the password.
func New(o Options) (*Channel, error) {
	host, portText, err := net.SplitHostPort(o.Server)
	port, portErr := strconv.Atoi(portText)
	if err != nil || portErr != nil || host == "" || port < 1 || port > 65535 {
		return nil, fmt.Errorf("server %q is not HOST:PORT: write it as mail.example.com:587", o.Server)
	}
	c := &Channel{o: o, host: host, port: port, asking: scanner.Request{Service: "email", Operation: "deliver", Target: o.Name}}
	if c.from, err = mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("from %q is not an address", o.From)
	}
	for _, text := range o.To {
		to, err := mail.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("to %q is not an address", text)
		}
		c.to = append(c.to, to)
	}
	if len(c.to) == 0 {
		return nil, errors.New("to names nobody")
	}
	c.o.Transport = o.WithDefaults()
	c.scrub.Add(o.Password)
	return c, nil
}

// Close does nothing: each letter has a connection of its own.
func (c *Channel) Close() {}

// client returns a client for one attempt.
func (c *Channel) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(c.port), gomail.WithTimeout(c.o.Timeout), gomail.WithTLSPolicy(gomail.TLSMandatory),
		gomail.WithTLSConfig(&tls.Config{ServerName: c.host, MinVersion: tls.VersionTLS12, RootCAs: c.o.RootCAs}),
	}
	switch {
	case c.port == gomail.DefaultPortSSL:
		options = append(options, gomail.WithSSL())
	case post.Loopback(c.host):
		// A mail relay on this machine has no certificate, and needs none.
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if c.o.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(c.o.Username), gomail.WithPassword(c.o.Password.Reveal()))
	}
	if c.o.dial != nil {
		options = append(options, gomail.WithDialContextFunc(c.o.dial))
	}
	return gomail.NewClient(c.host, options...)
}

// Deliver implements publish.Channel. Mail has no way to drop a letter that
// comes twice, so a letter that may have been accepted is never sent again.
func (c *Channel) Deliver(ctx context.Context, m publish.Message) ([]publish.Refusal, error) {
	attempts := 0
	backoff := retry.WithMaxRetries(uint64(c.o.RetryMax), retry.NewExponential(c.o.RetryWait))
	err := retry.Do(ctx, c.watched(backoff, &attempts), func(ctx context.Context) error {
		err := c.attempt(ctx, m)
		if passing := (*passingError)(nil); errors.As(err, &passing) {
			return retry.RetryableError(err)
		}
		return err
	})
	switch {
	case err == nil:
		return nil, nil
	case ctx.Err() != nil:
		return nil, errors.New("stopped before it was delivered")
	default:
		return nil, err
	}
}

// watched reports each further attempt to Traffic.
func (c *Channel) watched(next retry.Backoff, attempts *int) retry.Backoff {
	return retry.BackoffFunc(func() (time.Duration, bool) {
		wait, stop := next.Next()
		if !stop {
			*attempts++
			c.o.Traffic.Retrying(scanner.Retry{Request: c.asking, Cause: "not delivered yet", Wait: wait, Attempt: *attempts + 1})
		}
		return wait, stop
	})
}

// passingError is a failure after which the letter was certainly not accepted,
// and another attempt may help.
type passingError struct{ text string }

func (e *passingError) Error() string { return e.text }

// attempt tries once.
func (c *Channel) attempt(ctx context.Context, m publish.Message) error {
	letter, err := c.letter(m)
	if err != nil {
		return fmt.Errorf("write letter: %w", err)
	}
	client, err := c.client()
	if err != nil {
		return errors.New("the server cannot be asked: " + c.scrub.Said(err.Error()))
	}
	answered := c.o.Traffic.Sent(c.asking)
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() {
		answered(codeTaken)
		return nil // the letter was accepted, whatever went wrong when the connection ended
	}
	err = c.judge(err)
	answered(0)
	return err
}

// codeTaken is SMTP's reply code for a letter that was accepted.
const codeTaken = 250

// judge says what a failed attempt means.
func (c *Channel) judge(err error) error {
	if err == nil {
		return errors.New("the server did not say that it took the letter")
	}
	text := c.scrub.Said(err.Error())
	var untrusted *tls.CertificateVerificationError
	var sending *gomail.SendError
	switch {
	case errors.As(err, &untrusted):
		return errors.New("the server's certificate is not trusted (" + text + "); set publish.caBundle to the certificate of your private CA")
	case !errors.As(err, &sending):
		return c.judgeDial(err, text)
	case sending.ErrorCode() >= 500:
		return publish.Refuse("%s", text)
	case sending.ErrorCode() == 0 && sending.Reason == gomail.ErrSMTPDataClose:
		return errors.New("whether it was delivered is not known (" + text + "); look there before you send it again")
	default:
		return &passingError{text}
	}
}

// judgeDial says what is known when no letter could be sent.
func (c *Channel) judgeDial(err error, text string) error {
	var network net.Error
	var operation *net.OpError
	if errors.As(err, &network) || errors.As(err, &operation) || errors.Is(err, gomail.ErrNoActiveConnection) || isCutOff(err) {
		return &passingError{"no connection (" + text + "); check server and network"}
	}
	return errors.New(text + "; check server, username and password")
}
