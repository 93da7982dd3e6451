package transport

import (
	"net"
	"net/url"
	"strings"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
)

// The paths of the audit service and of the key exchange.
const (
	GraphQLPath  = "/api/audit/graphql"
	ExchangePath = "/bim/apikey/authenticate"
)

// ParseURL checks a tenant's base URL. It keeps a path prefix, but removes the
// path of the audit service from a URL that was pasted with it.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		// The parser's error would repeat a password in the URL.
		return nil, failure.Misconfigured("the tenant's url cannot be read: write https://HOST")
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case u.User != nil:
		return nil, failure.Misconfigured("the tenant's url holds a user name or password: remove it and set apiKey")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, failure.Misconfigured("the tenant's url holds a query or a fragment: write https://HOST and nothing after the path")
	case host == "":
		return nil, failure.Misconfigured("the tenant's url %q names no host: write https://HOST", text)
	case u.Scheme == "http" && !loopback(host):
		return nil, failure.Misconfigured("the tenant's url %q would send the key unencrypted: write https://%s (plain http is for this machine only)", text, u.Host)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, failure.Misconfigured("the tenant's url %q is not https: write https://HOST", text)
	}
	u.Host = strings.ToLower(u.Host)
	path := strings.TrimRight(u.Path, "/")
	path = strings.TrimRight(strings.TrimSuffix(path, GraphQLPath), "/")
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
