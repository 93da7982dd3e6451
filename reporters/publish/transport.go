package publish

import (
	"crypto/x509"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Transport says how channels reach their receivers, and how hard they try. The
// zero value is complete but for the clock.
type Transport struct {
	Now       func() time.Time // required
	Traffic   scanner.Traffic  // nil: nobody is told
	RootCAs   *x509.CertPool   // nil: those of the system
	Timeout   time.Duration    // of one attempt; 15 s unless set
	RetryMax  int              // further attempts; 4 unless set
	RetryWait time.Duration    // the first wait between attempts; 500 ms unless set
}

// WithDefaults fills in what is not set.
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
