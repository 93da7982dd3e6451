// Package wire says how the network is used: unencrypted to this machine only,
// and without following redirects.
package wire

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Following returns a client that follows no redirect. S3's own redirect to a
// bucket's region is an answer like others, and everything else that redirects
// is not AWS. The SDK's client would accept the answer of any host as evidence.
func Following(client awssdk.HTTPClient, transport http.RoundTripper) awssdk.HTTPClient {
	if transport == nil {
		built, ok := client.(*awshttp.BuildableClient)
		if !ok {
			built = awshttp.NewBuildableClient() // the SDK's own default, which it sets per client
		}
		transport = built.GetTransport()
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Encrypted refuses an endpoint, given by service, that would be used without
// encryption.
func Encrypted(endpoints map[string]*string) error {
	for _, service := range slices.Sorted(maps.Keys(endpoints)) { // sorted, so that every run names the same one
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

// Trusting returns the SDK's HTTP client with a pool of trusted certificates.
func Trusting(pool *x509.CertPool) awssdk.HTTPClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = pool
	})
}
