package publish

import (
	"crypto/x509"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Transport says how channels reach their receivers, and how often they try.
// Only the clock has no default.
type Transport struct {
	Now       func() time.Time // required
	Traffic   scanner.Traffic  // told of requests and retries; may be nil
	RootCAs   *x509.CertPool   // nil: the system's
	Timeout   time.Duration    // of one attempt; 15 s unless set
	RetryMax  int              // further attempts; 4 unless set
	RetryWait time.Duration    // the first wait between attempts; 500 ms unless set
}

// WithDefaults returns the transport with defaults for what is not set.
func (t Transport) WithDefaults() Transport {
	if t.Traffic == nil {
		t.Traffic = scanner.Unwatched{}
	}
	if t.Timeout <= 0 {
		t.Timeout = 15 * time.Second
	}
	if t.RetryMax <= 0 {
		t.RetryMax = 4
	}
	if t.RetryWait <= 0 {
		t.RetryWait = 500 * time.Millisecond
	}
	return t
}
