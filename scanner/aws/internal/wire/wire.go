// Package wire says how the network is reached: in the clear on this machine only,
// and without following whoever redirects.
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

// Following returns a client that follows no redirection: S3's own, to a bucket's
// region, is an answer like others, and whatever else redirects is not AWS. The
// SDK's client would take the answer of any host for evidence.
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

// Encrypted refuses an endpoint that would be reached in clear, by service.
func Encrypted(endpoints map[string]*string) error {
	for _, service := range slices.Sorted(maps.Keys(endpoints)) { // the same one is named in every run
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

// Trusting returns the SDK's HTTP client over a pool of certificates.
func Trusting(pool *x509.CertPool) awssdk.HTTPClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = pool
	})
}
