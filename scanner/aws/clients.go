package aws

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/wire"
)

// clients are the services as one set of credentials sees them.
type clients struct {
	account string        // that the credentials belong to; empty: not known
	gate    chan struct{} // holds a token for each open call

	s3        *s3.Client
	s3control *s3control.Client
	iam       *iam.Client
	kms       *kms.Client
	sts       *sts.Client

	organizations *organizations.Client
	cloudtrail    *cloudtrail.Client
}

// loadConfig reads the SDK's configuration. It sends no request yet.
func loadConfig(ctx context.Context, o *Options) (awssdk.Config, error) {
	load := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // the SDK's log may hold headers
		config.WithAPIOptions([]func(*middleware.Stack) error{watching(o.Traffic)}),
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Credentials != nil {
		load = append(load, config.WithCredentialsProvider(o.Credentials))
	}
	if o.CABundle != "" {
		client, err := trusting(o.CABundle)
		if err != nil {
			return awssdk.Config{}, err
		}
		load = append(load, config.WithHTTPClient(client))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return awssdk.Config{}, fmt.Errorf("read AWS configuration: %w", err)
	}
	if err := encryptedChain(&cfg); err != nil {
		return awssdk.Config{}, err
	}
	cfg.HTTPClient = wire.Following(cfg.HTTPClient, o.HTTPTransport)
	return cfg, nil
}

// trusting returns the SDK's HTTP client with further certificates.
func trusting(bundle string) (awssdk.HTTPClient, error) {
	pem, err := os.ReadFile(bundle)
	if err != nil {
		return nil, fmt.Errorf("read CA bundle: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read CA bundle %s: no certificate in it", bundle)
	}
	return wire.Trusting(pool), nil
}

// newClients builds the services over one configuration, behind the gate.
func newClients(cfg awssdk.Config, o *Options, account string, g *gate.Gate) *clients {
	cfg.HTTPClient = g
	cfg.Logger = logging.Nop{}
	cfg.ClientLogMode = 0
	cfg.Retryer = func() awssdk.Retryer {
		return retryer{retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = o.MaxAttempts
			r.MaxBackoff = o.MaxBackoff
			// The number of open calls is bounded. A quota of retries besides
			// would turn a busy service into gaps without having waited.
			r.RateLimiter = ratelimit.None
		}), o.Traffic}
	}
	cfg.RetryMaxAttempts = 0 // the environment's value; the retryer above has its own
	c := &clients{account: account, gate: make(chan struct{}, o.Concurrency)}
	if o.Budget != nil {
		cfg.APIOptions = append(slices.Clip(cfg.APIOptions), budgeted(o.Budget, c))
	}
	c.s3 = s3.NewFromConfig(cfg, func(s *s3.Options) {
		s.BaseEndpoint = pointTo(o.endpoint("s3"), s.BaseEndpoint)
		s.UsePathStyle = s.BaseEndpoint != nil
	})
	c.s3control = s3control.NewFromConfig(cfg, func(s *s3control.Options) {
		if s.BaseEndpoint = pointTo(o.endpoint("s3control"), s.BaseEndpoint); s.BaseEndpoint != nil {
			s.EndpointResolverV2 = fixedEndpoint{*s.BaseEndpoint}
		}
	})
	c.iam = iam.NewFromConfig(cfg, func(s *iam.Options) { s.BaseEndpoint = pointTo(o.endpoint("iam"), s.BaseEndpoint) })
	c.kms = kms.NewFromConfig(cfg, func(s *kms.Options) { s.BaseEndpoint = pointTo(o.endpoint("kms"), s.BaseEndpoint) })
	c.cloudtrail = cloudtrail.NewFromConfig(cfg, func(s *cloudtrail.Options) { s.BaseEndpoint = pointTo(o.endpoint("cloudtrail"), s.BaseEndpoint) })
	c.organizations = organizations.NewFromConfig(cfg, func(s *organizations.Options) {
		s.BaseEndpoint = pointTo(o.endpoint("organizations"), s.BaseEndpoint)
	})
	c.sts = sts.NewFromConfig(cfg, func(s *sts.Options) { s.BaseEndpoint = pointTo(o.endpoint("sts"), s.BaseEndpoint) })
	return c
}

// pointTo returns the operator's endpoint, else the environment's.
func pointTo(endpoint string, otherwise *string) *string {
	if endpoint == "" {
		return otherwise
	}
	return &endpoint
}

// fixedEndpoint asks for an account's settings at the endpoint itself. The
// SDK's own rules put the account's id before the host name.
type fixedEndpoint struct{ url string }

// ResolveEndpoint implements s3control.EndpointResolverV2.
func (e fixedEndpoint) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	uri, err := url.Parse(e.url)
	if err != nil {
		return smithyendpoints.Endpoint{}, errors.New("the endpoint of s3control is not a URL")
	}
	return smithyendpoints.Endpoint{URI: *uri}, nil
}
