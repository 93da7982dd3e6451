package securityhub_test

import (
	"os"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/reporters/publish/securityhub"
)

// docs/integrations.md names every call that can be sent, and no other.
func TestDocumentedCalls(t *testing.T) {
	text, err := os.ReadFile("../../../docs/integrations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range securityhub.Calls() {
		if !strings.Contains(string(text), "`"+call+"`") {
			t.Errorf("docs/integrations.md does not name %s", call)
		}
	}
	if n := strings.Count(string(text), "`securityhub:") + strings.Count(string(text), "`sts:"); n != len(securityhub.Calls()) {
		t.Errorf("docs/integrations.md names %d calls", n)
	}
}
