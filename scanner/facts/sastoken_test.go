package facts_test

import "github.com/trailguard/trailguard/scanner"

// azure makes the export one to Azure Data Lake Storage, whose token expires on a
// day, while another export's does too.
func azure(day string) func(*world) {
	return func(w *world) {
		*w.endpoint() = scanner.Endpoint{
			TypeName: "AdlsSasTokenEndpointConfiguration", Type: scanner.EndpointADLS, Authentication: scanner.AuthenticationSASToken,
			StorageAccount: "acmelab", FileSystem: "audit", Path: "lab",
		}
		w.options.Settings.Exports[configurationID] = scanner.ExportHint{Owner: "lab", SASExpires: day}
		w.options.Settings.Exports[otherID] = scanner.ExportHint{SASExpires: "2027-12-31"}
	}
}

func ofAzure(v string) expectation {
	return and(everything(none, bucketFacts...), everything(none, trustFacts...),
		expectation{"endpoint": bad, "authentication": bad, "bucket": none, "writer": none, "sas_token": v})
}

// The tests' now is noon of 20 November 2026.
var sasScenarios = map[string]scenario{
	"far off":      {do: azure("2026-12-05"), want: ofAzure(sound)},
	"in two weeks": {do: azure("2026-12-04"), want: ofAzure(bad), fact: "sas_token", says: `"days":14`},
	"today":        {do: azure("2026-11-20"), want: ofAzure(bad), fact: "sas_token", says: `"days":0,"expired":false`},
	"over":         {do: azure("2026-11-19"), want: ofAzure(bad), fact: "sas_token", says: `"days":0,"expired":true`},
	"not told":     {do: azure(""), want: ofAzure(unknown), fact: "sas_token", says: ".sasExpires, as in 2027-01-31"},
	"no day":       {do: azure("soon"), want: ofAzure(unknown)},
	"of nobody": {
		do: func(w *world) {
			azure("")(w)
			delete(w.options.Settings.Exports, otherID)
		},
		want: ofAzure(none), fact: "sas_token", says: "no export has a day",
	},
	"of an export to S3": {do: func(w *world) {
		w.options.Settings.Exports[otherID] = scanner.ExportHint{SASExpires: "2026-11-21"}
	}},
	"of an export that nobody described": {
		do: func(w *world) {
			w.options.Settings.Exports[otherID] = scanner.ExportHint{SASExpires: "2026-11-21"}
			*w.endpoint() = scanner.Endpoint{Type: scanner.EndpointOther, Authentication: scanner.AuthenticationUnknown}
			w.record.Configuration.Missing = []string{"endpoint"}
		},
		want: and(everything(unknown, bucketFacts...), everything(unknown, trustFacts...), everything(unknown, "endpoint", "authentication", "bucket", "writer", "writer_key", "destination", "sas_token")),
	},
}
