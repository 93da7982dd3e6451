package aws

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// following returns a client that follows no redirection: S3's own, to a bucket's
// region, is an answer like others, and whatever else redirects is not AWS. The
// SDK's client would take the answer of any host for evidence.
func following(client awssdk.HTTPClient, transport http.RoundTripper) awssdk.HTTPClient {
	if transport == nil {
		built, ok := client.(*awshttp.BuildableClient)
		if !ok {
			built = awshttp.NewBuildableClient() // the SDK's own default, which it sets per client
		}
		transport = built.GetTransport()
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// encrypted refuses an endpoint that signed requests, and a session's token with
// them, would reach in clear, whoever named it.
func (c *clients) encrypted() error {
	endpoints := map[string]*string{
		"s3": c.s3.Options().BaseEndpoint, "s3control": c.s3control.Options().BaseEndpoint, "iam": c.iam.Options().BaseEndpoint,
		"kms": c.kms.Options().BaseEndpoint, "sts": c.sts.Options().BaseEndpoint, "organizations": c.organizations.Options().BaseEndpoint,
	}
	return allEncrypted(endpoints)
}

// encryptedChain does so for the services that the SDK asks for credentials
// before any call of ours: the keys of a session are in their answers.
func encryptedChain(cfg *awssdk.Config) error {
	return allEncrypted(map[string]*string{
		"sso": sso.NewFromConfig(*cfg).Options().BaseEndpoint, "ssooidc": ssooidc.NewFromConfig(*cfg).Options().BaseEndpoint,
		"signin": signin.NewFromConfig(*cfg).Options().BaseEndpoint, "sts": sts.NewFromConfig(*cfg).Options().BaseEndpoint,
	})
}

func allEncrypted(endpoints map[string]*string) error {
	for _, service := range sortedKeys(endpoints) { // the same one is named in every run
		if endpoints[service] == nil {
			continue
		}
		u, err := url.Parse(*endpoints[service])
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())) {
			return fmt.Errorf("the endpoint of %s would send requests unencrypted, or is no URL: write https://HOST in aws.endpoint, aws.endpoints or AWS_ENDPOINT_URL (plain http is for this machine only)", service)
		}
	}
	return nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// newTrustingClient returns the SDK's HTTP client over a pool of certificates.
func newTrustingClient(pool *x509.CertPool) awssdk.HTTPClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = pool
	})
}
