package aws

import (
	"net/http"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/bulk"
	"github.com/trailguard/trailguard/scanner/aws/internal/events"
)

// Options say with which credentials, where and how hard to ask. The zero
// value asks AWS with the SDK's default credential chain.
type Options struct {
	Profile string // of the shared configuration; empty: the SDK's default
	Region  string // where services are asked that no resource gives a region for
	// Credentials replace the SDK's chain.
	Credentials awssdk.CredentialsProvider
	// Endpoint is one URL for all services. Endpoints overrides it for a
	// service: s3, s3control, iam, sts, kms, cloudtrail, organizations.
	Endpoint  string
	Endpoints map[string]string
	CABundle  string // file of PEM certificates that are trusted beside the system's

	// Accounts are the accounts that are read through a role, by account id.
	Accounts map[string]Account
	// Default is how all other accounts are read; its zero value: not at all.
	Default DefaultAccount
	// Organization is how the organization is read; its zero value: not at all.
	Organization Account
	// Hints are what the operator declared about exports, by configuration id.
	Hints map[string]scanner.ExportHint
	// Expect is what the operator expects of each tenant; its bucket accounts
	// are candidates for a bucket's owner.
	Expect map[string]scanner.Expect

	Concurrency   int           // calls at once for each account; 16 unless set
	Timeout       time.Duration // of one call with its retries; 30 s unless set
	MaxAttempts   int           // of one call; 5 unless set
	MaxBackoff    time.Duration // between two attempts; 8 s unless set
	DeliveryPages int           // of 1000 objects, read for each path; 50 unless set
	// BulkFrom is how many roles and users of one account are read all at once,
	// where that is allowed, instead of one by one; 50 unless set.
	BulkFrom int

	// Who says whose event histories are read for a record that is complete, as
	// ARNs with the times since when; nil: nobody's.
	Who func(*scanner.Record) map[string]time.Time
	// WhoEvery is the time between two calls for them in one account and region;
	// 500 ms unless set.
	WhoEvery time.Duration

	Now func() time.Time // required
	// Budget is asked before every request but those of the SDK's credential
	// chain; nil: the account is this process's alone.
	Budget Budget
	// Traffic is told of every request; nil: nobody is.
	Traffic scanner.Traffic
	// Progress is told how many of the distinct buckets, paths, roles and users
	// are done. Calls do not overlap.
	Progress func(done, total int)
	// HTTPTransport replaces the SDK's transport, below the gate.
	HTTPTransport http.RoundTripper
}

// Account is how one account is read.
type Account struct {
	AssumeRole string // ARN of a role of that account
	ExternalID string
}

// DefaultAccount is how an account is read that nobody configured: through a
// role that is called alike in all of them.
type DefaultAccount struct {
	RoleName   string // with its path; empty: no such account is read
	ExternalID string
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	if o.Concurrency <= 0 {
		o.Concurrency = 16
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = 5
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = 8 * time.Second
	}
	if o.DeliveryPages <= 0 {
		o.DeliveryPages = 50
	}
	if o.BulkFrom <= 0 {
		o.BulkFrom = bulk.From
	}
	if o.WhoEvery <= 0 {
		o.WhoEvery = events.Every
	}
	if o.Traffic == nil {
		o.Traffic = scanner.Unwatched{}
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

// endpoint is the custom URL of a service; empty: AWS's own.
func (o *Options) endpoint(service string) string {
	if url := o.Endpoints[service]; url != "" {
		return url
	}
	return o.Endpoint
}
