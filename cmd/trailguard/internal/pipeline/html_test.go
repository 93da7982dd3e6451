package pipeline_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	company "github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/fleet"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// mostHTML is the most bytes of a page about 1,000 exports with no more findings than
// one page holds.
const mostHTML = 8_000_000

// fleets are 1,000 exports like the company's, each with its own bucket, role and
// documents: how many there are of one that has so many findings by itself. No page
// of them holds more findings.
var fleets = []struct {
	name        string
	of          map[int]int
	organized   bool
	least, most int // findings of all
}{
	{"2,000 findings", map[int]int{1: 100, 2: 80}, false, 1900, 2200},
	{"5,000 findings", map[int]int{3: 366, 8: 268}, false, 4900, 5000},
	{"5,000 findings, of an organization that is read", map[int]int{3: 366, 8: 268}, true, 4900, 5000},
}

// fleetOf is the company that fleets are made of.
func fleetOf(t testing.TB, organized bool) (scanner.Header, scanner.Tenant, []*scanner.Record) {
	t.Helper()
	data := company.Files()
	if !organized {
		var err error
		if data, err = sandbox.Edit(data, "company.yaml", organizationReader, ""); err != nil {
			t.Fatal(err)
		}
	}
	return collected(t, data)
}

// organizationReader is who reads the company's organization.
const organizationReader = `  - arn: arn:aws:iam::555555555555:role/organization-reader
    assumedBy: ["arn:aws:iam::111111111111:user/trailguard"]
    externalId: acme-organization
`

// TestAPageOfManyExportsIsSmallEnough for a browser and a letter.
func TestAPageOfManyExportsIsSmallEnough(t *testing.T) {
	short.Skip(t)
	for _, tt := range fleets {
		t.Run(tt.name, func(t *testing.T) {
			header, tenant, records := fleetOf(t, tt.organized)
			r, page := fleetPage(t, header, tenant, records, tt.of)
			t.Logf("%d exports, %d findings, %d documents, %d calls: %.2f MB", len(r.Exports), len(r.Findings), len(r.Annex.Documents), len(r.Annex.Calls), float64(len(page))/1e6)
			if len(r.Exports) != 1000 || len(r.Findings) < tt.least || len(r.Findings) > tt.most || len(r.Annex.Deliveries) != 1000 {
				t.Fatalf("%d exports, %d findings, %d deliveries: the test shows nothing", len(r.Exports), len(r.Findings), len(r.Annex.Deliveries))
			}
			if len(page) > mostHTML {
				t.Errorf("the page has %d bytes, at most %d are wanted", len(page), mostHTML)
			}
		})
	}
}

// fleetPage is the report of a fleet, and its page.
func fleetPage(t testing.TB, header scanner.Header, tenant scanner.Tenant, records []*scanner.Record, of map[int]int) (*scanner.Report, []byte) {
	t.Helper()
	var each, all []scanner.Record
	for _, r := range records {
		if r.Configuration.Endpoint.RoleARN != "" && r.Configuration.Endpoint.Bucket != "" { // else no fleet can be made of it
			each = append(each, *r)
		}
	}
	findings := map[string]int{}
	for _, f := range shownOf(t, header, tenant, each).Findings {
		findings[f.ExportID]++
	}
	for i := range each {
		for r := range fleet.Records(&each[i], of[findings[each[i].Configuration.ID]]) {
			r.Configuration.ID = fmt.Sprintf("%08d-0000-4000-8000-000000000000", len(all))
			r.Gaps = each[i].Gaps
			all = append(all, r)
		}
	}
	report := shownOf(t, header, tenant, all)
	var page bytes.Buffer
	write, _ := reporters.Lookup("html")
	if err := write(&page, report, reporters.Options{}); err != nil {
		t.Fatal(err)
	}
	return report, page.Bytes()
}

// shownOf is the report of records, with all that a page shows.
func shownOf(t testing.TB, header scanner.Header, tenant scanner.Tenant, records []scanner.Record) *scanner.Report {
	t.Helper()
	tenant.ConfigurationIDs, tenant.Destinations = nil, nil
	for i := range records {
		tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, records[i].Configuration.ID)
		tenant.Destinations = append(tenant.Destinations, records[i].Configuration.Destination())
	}
	path := filepath.Join(t.TempDir(), "fleet.jsonl")
	w, err := snapshot.Create(path, header, []scanner.Tenant{tenant})
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if err := w.Record(records[i]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(false); err != nil {
		t.Fatal(err)
	}
	source, err := pipeline.OpenSnapshot(path)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	o := pipeline.JudgeOptions{Engine: engine(t), Settings: source.Header().Settings, AsOf: monday, Annex: true}
	report, err := pipeline.NewJudge(source, o).Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
	return report
}
