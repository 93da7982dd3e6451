package transport

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
)

func TestURLs(t *testing.T) {
	for _, test := range []struct{ in, want, says string }{
		{"https://acme.immutacloud.com", "https://acme.immutacloud.com", ""},
		{" https://ACME.immutacloud.com/ ", "https://acme.immutacloud.com", ""},
		{"https://example.com:8443/tools/immuta/", "https://example.com:8443/tools/immuta", ""},
		{"https://example.com/p/api/audit/graphql", "https://example.com/p", ""},
		{"http://localhost:8080", "http://localhost:8080", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"http://[::1]:8080", "http://[::1]:8080", ""},
		{"http://acme.example.com", "", "write https://acme.example.com"},
		{"http://localhost.evil.com", "", "unencrypted"},
		{"http://127.0.0.1.evil.com", "", "unencrypted"},
		{"ftp://acme.example.com", "", "is not https"},
		{"acme.example.com", "", "names no host"},
		{"", "", "names no host"},
		{"https://user:geheim@acme.example.com", "", "holds a user name or password"},
		{"https://acme.example.com?key=geheim", "", "holds a query"},
		{"https://acme.example.com#geheim", "", "holds a query or a fragment"},
		{"https://u:geheim@[bad", "", "cannot be read"},
	} {
		u, err := ParseURL(test.in)
		switch {
		case test.says == "" && (err != nil || u.String() != test.want):
			t.Errorf("%q: %v, %v", test.in, u, err)
		case test.says != "" && (failure.KindOf(err) != failure.Configured || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim")):
			t.Errorf("%q: %v", test.in, err)
		}
	}
}
