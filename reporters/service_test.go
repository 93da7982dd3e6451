package reporters_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/reporters"
)

// A run that could not run never looks like the clean one before it.
func TestServiceShowsABrokenRun(t *testing.T) {
	at := time.Date(2026, 6, 10, 6, 15, 0, 0, time.UTC)
	s := &reporters.Service{Now: at.Add(time.Hour), Tenants: []reporters.ServiceTenant{{
		Name: "acme", Runs: []reporters.ServiceRun{{ID: 1, At: at.AddDate(0, 0, -1), Tenants: 1}}, LastComplete: at.AddDate(0, 0, -1), Broken: at,
	}}}
	var index, tenant bytes.Buffer
	if err := reporters.ServiceHTML(&index, s); err != nil {
		t.Fatal(err)
	}
	if err := reporters.TenantHTML(&tenant, s, &s.Tenants[0]); err != nil {
		t.Fatal(err)
	}
	for name, page := range map[string]string{"index": index.String(), "tenant": tenant.String()} {
		if !strings.Contains(page, "could not run") || !strings.Contains(page, "2026-06-10 06:15") {
			t.Errorf("the page of the %s does not say that the last run could not run:\n%s", name, page)
		}
	}
	if strings.Contains(index.String(), ">clean<") {
		t.Errorf("it shows the run before as the last:\n%s", index.String())
	}
}
