package transport

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/redact"
)

// Options say how a client reaches its tenant. All but the bundle are required.
type Options struct {
	Tenant    string // as the operator calls it
	URL       string // the tenant's, as ParseURL returns it
	CABundle  string
	Timeout   time.Duration // of one attempt, body included
	MaxBytes  int64         // of one answer
	RetryMax  int           // further attempts after the first
	RetryWait time.Duration // the first wait between attempts
	Now       func() time.Time
	Traffic   scanner.Traffic
	Scrub     *redact.Scrubber
}

// NewClient returns the client of one tenant. Its errors are *url.Error, like
// those of any client, and wrap a *failure.Error or the context's error.
func NewClient(o *Options) (*http.Client, error) {
	base, err := newBase(o.CABundle, o.Timeout)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport: struct {
			http.RoundTripper
			idle
		}{Guard(newRetrying(o, base), o.URL, o.Scrub, o.Now), base},
		CheckRedirect: refuseRedirect,
	}, nil
}

// idle is the method by which http.Client.CloseIdleConnections recognises a
// transport.
type idle interface{ CloseIdleConnections() }

// refuseRedirect returns the redirect as the answer: a redirect means a wrong
// URL, and another host must never see the key.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newBase returns the transport to the tenant: through the environment's proxy,
// trusting the system's certificates and those of the bundle.
func newBase(bundle string, timeout time.Duration) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if bundle != "" {
		pem, err := os.ReadFile(bundle)
		if err != nil {
			return nil, failure.Misconfigured("read caBundle: %v", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // some systems have none
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, failure.Misconfigured("caBundle %s holds no PEM certificate", bundle)
		}
		config.RootCAs = pool
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    timeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}, nil
}
