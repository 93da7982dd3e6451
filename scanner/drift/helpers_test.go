package drift_test

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
	store "github.com/trailguard/trailguard/scanner/texts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)

const (
	bucketARN = "arn:aws:s3:::audit"
	roleARN   = "arn:aws:iam::111122223333:role/immuta"
	keyARN    = "arn:aws:kms:eu-west-1:111122223333:key/k1"
)

// run is a snapshot in memory.
type run struct {
	tenants []scanner.Tenant
	records []scanner.Record
	next    int
}

func (r *run) Header() scanner.Header    { return scanner.Header{} }
func (r *run) Tenants() []scanner.Tenant { return r.tenants }
func (r *run) Texts() *store.Store {
	empty, err := store.New()
	if err != nil {
		panic(err)
	}
	return empty
}

func (r *run) Next() (*scanner.Record, error) {
	if r.next == len(r.records) {
		return nil, io.EOF
	}
	r.next++
	return &r.records[r.next-1], nil
}

// snapshotOf is a complete run of one tenant.
func snapshotOf(records ...scanner.Record) *run {
	tenant := scanner.Tenant{Name: "acme", URL: "https://acme.example", Complete: true}
	for _, record := range records {
		tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, record.Configuration.ID)
	}
	slices.Sort(tenant.ConfigurationIDs)
	return &run{tenants: []scanner.Tenant{tenant}, records: records}
}

func export(id string, evidence ...scanner.Evidence) scanner.Record {
	return scanner.Record{
		Configuration: scanner.ExportConfiguration{
			Tenant: "acme", ID: id, Enabled: true, Interval: "EVERY_12_HOURS", ConnectionStatus: "SUCCESS",
			Endpoint: scanner.Endpoint{Type: scanner.EndpointS3, TypeName: "S3", Authentication: scanner.AuthenticationAssumedRole, Bucket: "audit", Path: "logs/" + id[:1], RoleARN: roleARN},
		},
		Evidence: evidence,
	}
}

func evidenceOf(kind document.Kind, resource, name, text string) scanner.Evidence {
	return scanner.NewEvidence(kind, "call", resource, name, text, at)
}

func absent(kind document.Kind, resource string) scanner.Evidence {
	return scanner.NewAbsence(kind, "call", resource, "", at)
}

// fataler is what testing.T and rapid.T have in common here.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func between(t fataler, before, after *run) []scanner.Change {
	t.Helper()
	changes, err := drift.Between(before, after, drift.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// one compares one export whose evidence changed and returns the only change.
func one(t *testing.T, before, after []scanner.Evidence) scanner.Change {
	t.Helper()
	changes := between(t, snapshotOf(export("a", before...)), snapshotOf(export("a", after...)))
	if len(changes) != 1 {
		t.Fatalf("%d changes, want one: %s", len(changes), texts(changes))
	}
	return changes[0]
}

func texts(changes []scanner.Change) []string {
	list := []string{}
	for _, c := range changes {
		list = append(list, fmt.Sprintf("%s %s %s%s: %s", c.ExportID, c.Effect, c.Kind, c.Pointer, c.Message))
	}
	return list
}
