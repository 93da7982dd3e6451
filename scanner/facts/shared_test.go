package facts_test

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// another is an export of the same tenant, or of one that is listed besides.
func (w *world) another(tenant string, d scanner.Destination) {
	if d.ID == "" {
		d.ID = otherID
	}
	if d.Type == "" {
		d.Type = scanner.EndpointS3
	}
	for i := range w.options.Tenants {
		if w.options.Tenants[i].Name == tenant {
			w.options.Tenants[i].Destinations = []scanner.Destination{d}
			return
		}
	}
	w.options.Tenants = append(w.options.Tenants, scanner.Tenant{
		Name: tenant, URL: "https://" + tenant + ".example", Complete: true, ConfigurationIDs: []string{d.ID}, Destinations: []scanner.Destination{d},
	})
}

// writes has another export write to a place.
func writes(tenant string, d scanner.Destination) func(*world) {
	return func(w *world) { w.another(tenant, d) }
}

var destinationScenarios = map[string]scenario{
	"the same path": {
		do:   writes("acme", scanner.Destination{Place: "acme-audit", Prefix: "immuta/"}),
		want: expectation{"destination": bad}, fact: "destination", says: "export " + otherID + " of tenant acme writes to s3://acme-audit/immuta/",
	},
	"a path below":                         {do: writes("acme", scanner.Destination{Place: "acme-audit", Prefix: "immuta/deep/"}), want: expectation{"destination": bad}},
	"the whole bucket":                     {do: writes("acme", scanner.Destination{Place: "acme-audit"}), want: expectation{"destination": bad}},
	"another tenant's export":              {do: writes("beacon", scanner.Destination{Place: "acme-audit", Prefix: "immuta/"}), want: expectation{"destination": bad}},
	"a copy of the tenant, of the same id": {do: writes("copy", scanner.Destination{ID: configurationID, Place: "acme-audit", Prefix: "immuta/"}), want: expectation{"destination": bad}},
	"a neighbour":                          {do: writes("beacon", scanner.Destination{Place: "acme-audit", Prefix: "immuta2/"})},
	"another bucket":                       {do: writes("beacon", scanner.Destination{Place: "acme-audit2", Prefix: "immuta/"})},
	"another partition's bucket":           {do: writes("beacon", scanner.Destination{Place: "acme-audit", Prefix: "immuta/", Region: "cn-north-1"})},
	"disabled":                             {do: writes("acme", scanner.Destination{Place: "acme-audit", Prefix: "immuta/", Disabled: true})},
	"perhaps disabled": {
		do:   writes("acme", scanner.Destination{Place: "acme-audit", Prefix: "immuta/", EnabledUnknown: true}),
		want: expectation{"destination": unknown},
	},
	"perhaps on that path": {
		do:   writes("acme", scanner.Destination{Place: "acme-audit", PathUnknown: true}),
		want: expectation{"destination": unknown}, fact: "destination", says: "may be the same place",
	},
	"an access point with that path": {
		do:   writes("acme", scanner.Destination{Place: "audit-abcdefghijk1234-s3alias", Prefix: "immuta/"}),
		want: expectation{"destination": unknown}, fact: "destination", says: "s3alias/immuta/, which may be the same place",
	},
	"an access point with another path": {do: writes("acme", scanner.Destination{Place: "audit-abcdefghijk1234-s3alias", Prefix: "other/"})},
	"Azure's container of that name":    {do: writes("acme", scanner.Destination{Type: scanner.EndpointADLS, Place: "acme-audit", Prefix: "immuta/"})},
	"a place that is not known": {
		do:   writes("acme", scanner.Destination{Type: scanner.EndpointOther}),
		want: expectation{"destination": unknown}, fact: "destination", says: "a place that is not known",
	},
	"a place of a new type, by its bucket": {
		do:   writes("acme", scanner.Destination{Type: scanner.EndpointOther, Place: "acme-audit", Prefix: "immuta/"}),
		want: expectation{"destination": bad},
	},
	"an older snapshot": {
		do:   func(w *world) { w.options.Tenants[0].Destinations = nil },
		want: expectation{"destination": unknown}, fact: "destination", says: "collect a new one",
	},
	"an older snapshot of one export": {do: func(w *world) {
		w.options.Tenants[0].Destinations, w.options.Tenants[0].ConfigurationIDs = nil, []string{configurationID}
	}},
	"a list that is not whole, and somebody in it": {
		do: func(w *world) {
			w.another("acme", scanner.Destination{Place: "acme-audit"})
			w.options.Tenants[0].Complete = false
		},
		want: expectation{"destination": bad, "external_id_bypass": sound},
	},
	"two Azure exports to one container": {
		do: func(w *world) {
			ep := w.endpoint()
			*ep = scanner.Endpoint{TypeName: "AdlsSasTokenEndpointConfiguration", Type: scanner.EndpointADLS, Authentication: scanner.AuthenticationSASToken, StorageAccount: "AcmeLab", FileSystem: "audit", Path: "lab"}
			w.another("acme", scanner.Destination{Type: scanner.EndpointADLS, Place: "acmelab/audit", Prefix: "lab/"})
		},
		want: and(everything(none, bucketFacts...), everything(none, trustFacts...), expectation{"endpoint": bad, "authentication": bad, "bucket": none, "writer": none, "destination": bad}),
		fact: "destination", says: "adls://acmelab/audit/lab/",
	},
	"twelve others": {
		do: func(w *world) {
			for i := range 12 {
				w.another(fmt.Sprintf("tenant-%02d", i), scanner.Destination{ID: fmt.Sprintf("export-%02d", i), Place: "acme-audit", Prefix: "immuta/"})
			}
		},
		want: expectation{"destination": bad}, fact: "destination", says: `"more":2`,
	},
}
