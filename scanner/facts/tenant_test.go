package facts_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

func TestTenantExports(t *testing.T) {
	working := func(*scanner.ExportConfiguration) {}
	disabled := func(c *scanner.ExportConfiguration) { c.Enabled = false }
	failing := func(c *scanner.ExportConfiguration) { c.ConnectionStatus = "no" }
	untold := func(c *scanner.ExportConfiguration) { c.Missing = []string{"connectionStatus"} }
	disabledUntold := func(c *scanner.ExportConfiguration) { disabled(c); untold(c) }
	perhaps := func(c *scanner.ExportConfiguration) { c.Missing = []string{"enabled"} }
	failingPerhaps := func(c *scanner.ExportConfiguration) { failing(c); perhaps(c) }
	type exports []func(*scanner.ExportConfiguration)
	tests := map[string]struct {
		exports    exports
		incomplete bool
		unseen     int
		want       scanner.FactState
		value      fact.TenantExports
	}{
		"one works":                         {exports{working, disabled, failing}, false, 0, scanner.FactKnown, fact.TenantExports{Total: 3, Enabled: 2, Working: 1}},
		"one works, list incomplete":        {exports{working}, true, 0, scanner.FactKnown, fact.TenantExports{Total: 1, Enabled: 1, Working: 1}},
		"none works":                        {exports{disabled, failing}, false, 0, scanner.FactKnown, fact.TenantExports{Total: 2, Enabled: 1}},
		"none at all":                       {nil, false, 0, scanner.FactKnown, fact.TenantExports{}},
		"none seen, list incomplete":        {exports{disabled}, true, 0, scanner.FactUnknown, fact.TenantExports{}},
		"one not looked at":                 {exports{disabled}, false, 1, scanner.FactUnknown, fact.TenantExports{}},
		"status untold":                     {exports{disabled, untold}, false, 0, scanner.FactUnknown, fact.TenantExports{}},
		"status untold of a disabled one":   {exports{disabledUntold}, false, 0, scanner.FactKnown, fact.TenantExports{Total: 1}},
		"status untold, another works":      {exports{untold, working}, false, 0, scanner.FactKnown, fact.TenantExports{Total: 2, Enabled: 2, Working: 1}},
		"whether enabled untold":            {exports{perhaps}, false, 0, scanner.FactUnknown, fact.TenantExports{}},
		"whether enabled untold, and fails": {exports{failingPerhaps}, false, 0, scanner.FactKnown, fact.TenantExports{Total: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := healthy()
			tenant := scanner.Tenant{Name: "acme", URL: tenantURL, Complete: !tt.incomplete}
			for range len(tt.exports) + tt.unseen {
				tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, configurationID)
			}
			w.options.Tenants = []scanner.Tenant{tenant}
			w.subject(t) // writes the configuration's document
			d := facts.New(w.options)
			for _, change := range tt.exports {
				r := w.record
				change(&r.Configuration)
				d.Record(&r, nil)
			}
			s, err := d.Tenant(&tenant, nil)
			if err != nil {
				t.Fatal(err)
			}
			status := s.Facts["tenant_exports"]
			if status.State != tt.want || status.Resource != tenantURL {
				t.Fatalf("got %+v, want state %s", status, tt.want)
			}
			in := input(t, s)
			if tt.want == scanner.FactUnknown {
				if len(status.Gaps) == 0 || in.Facts.TenantExports.Value != nil {
					t.Errorf("an unknown without gaps, or with a value: %+v", status)
				}
				return
			}
			if got := *in.Facts.TenantExports.Value; got != tt.value {
				t.Errorf("got %+v, want %+v", got, tt.value)
			}
		})
	}
}

// The order in which exports are judged does not show in what a tenant's fact
// says of them.
func TestTenantFactsAreTheSameInAnyOrder(t *testing.T) {
	const size = 30
	tenant := scanner.Tenant{Name: "acme", URL: tenantURL, Complete: true}
	records := make([]scanner.Record, size)
	for i := range records {
		id := fmt.Sprintf("export-%02d", i)
		tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, id)
		records[i] = scanner.Record{
			Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: id, Missing: []string{"enabled"}, ConnectionStatus: "SUCCESS"},
			Gaps:          []scanner.Gap{{Kind: document.KindConfiguration, Resource: tenantURL + "#" + id, Name: "enabled", Reason: scanner.ReasonUnsupported}},
		}
	}
	var first []scanner.Gap
	for seed := range uint64(5) {
		d := facts.New(facts.Options{Tenants: []scanner.Tenant{tenant}})
		order := rand.New(rand.NewPCG(seed, 1)).Perm(size)
		if seed == 0 {
			slices.Sort(order)
		}
		for _, i := range order {
			d.Record(&records[i], nil)
		}
		s, err := d.Tenant(&tenant, nil)
		if err != nil {
			t.Fatal(err)
		}
		gaps := s.Facts["tenant_exports"].Gaps
		if seed == 0 {
			first = gaps
		}
		if diff := cmp.Diff(first, gaps); diff != "" || len(gaps) != 10 || gaps[0].Resource != tenantURL+"#export-00" {
			t.Errorf("gaps in the order %v (-sorted +got):\n%s", order, diff)
		}
	}
}
