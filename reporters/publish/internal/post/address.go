package post

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/trailguard/trailguard/scanner/redact"
)

// parse reads the address of a receiver. No error repeats any of it, since it
// may be a secret.
func parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("the url cannot be read: write https://HOST/PATH")
	case u.User != nil:
		return nil, errors.New("the url holds a user name or password: take it out")
	case u.Hostname() == "":
		return nil, errors.New("the url names no host: write https://HOST/PATH")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return nil, errors.New("the url is not https: what is sent, and the url itself, would travel unencrypted (plain http is for this machine only)")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the url is not https: write https://HOST/PATH")
	}
	return u, nil
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// longEnough is how long a part of an address has to be to count as a secret.
// Shorter parts may be ordinary words, and hiding those would spoil messages.
const longEnough = 12

// hideParts hides the parts of an address in whatever the receiver answers.
func hideParts(c *Client, u *url.URL) {
	if len(u.RequestURI()) >= longEnough {
		c.Hide(redact.NewSecret(u.RequestURI()))
	}
	parts := strings.Split(u.Path, "/")
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, part := range parts {
		if len(part) >= longEnough {
			c.Hide(redact.NewSecret(part))
		}
	}
}
