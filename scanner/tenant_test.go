package scanner_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

func TestPrefix(t *testing.T) {
	for path, want := range map[string]string{
		"": "", "/": "", "finance": "finance/", "/finance": "finance/", "finance/": "finance/", "/a/b/": "a/b/",
	} {
		c := scanner.ExportConfiguration{Endpoint: scanner.Endpoint{Path: path}}
		if got := c.Prefix(); got != want {
			t.Errorf("the prefix of %q is %q, want %q", path, got, want)
		}
	}
}
