package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

var collected = time.Date(2026, 8, 1, 6, 0, 0, 123456789, time.UTC)

func testHeader() scanner.Header {
	return scanner.Header{
		ToolVersion: "1.2.3", CollectedAt: collected,
		Settings: scanner.Settings{
			Expect: map[string]scanner.Expect{
				"acme":   {ImmutaAccounts: []string{"111122223333"}, DeliveryGrace: 36 * time.Hour, RetentionDays: 365},
				"beacon": {Encryption: "aws:kms"},
			},
			Exports: map[string]scanner.ExportHint{"id-1": {Owner: "platform", RoleARN: "arn:aws:iam::111122223333:role/x"}},
		},
	}
}

// testTenants lists the exports of some records.
func testTenants(records ...scanner.Record) []scanner.Tenant {
	ids := []string{}
	for i := range records {
		ids = append(ids, records[i].Configuration.ID)
	}
	slices.Sort(ids)
	return []scanner.Tenant{
		{Name: "acme", URL: "https://acme.example", ConfigurationIDs: slices.Compact(ids), Principals: []string{}, Complete: true, Gaps: []scanner.Gap{}},
		{Name: "beacon", URL: "https://beacon.example", ConfigurationIDs: []string{}, Principals: []string{}, Gaps: []scanner.Gap{
			{Kind: document.KindConfigurations, Call: "immuta:auditExportConfigurations", Resource: "https://beacon.example", Reason: scanner.ReasonDenied},
		}},
	}
}

// testRecord has a document of its own, one that all exports share, one that is
// absent and one that is not valid UTF-8.
func testRecord(i int) scanner.Record {
	id := fmt.Sprintf("id-%d", i)
	bucket := "arn:aws:s3:::audit"
	return scanner.Record{
		Configuration: scanner.ExportConfiguration{
			Tenant: "acme", ID: id, Enabled: true, Interval: "EVERY_12_HOURS", ConnectionStatus: "SUCCESS",
			Endpoint:  scanner.Endpoint{TypeName: "S3", Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole, Bucket: "audit"},
			CreatedAt: collected, UpdatedAt: collected,
		},
		Evidence: []scanner.Evidence{
			scanner.NewEvidence(document.KindBucketPolicy, "s3:GetBucketPolicy", bucket, "", `{"Statement":[]}`, collected),
			scanner.NewEvidence(document.KindConfiguration, "immuta:x", "https://acme.example#"+id, "", `{"id":"`+id+"\\u001b[31m\"}", collected),
			scanner.NewAbsence(document.KindLifecycle, "s3:GetBucketLifecycleConfiguration", bucket, "", collected),
			scanner.NewEvidence(document.KindOwnership, "s3:GetBucketOwnershipControls", bucket, "", "\xff\xfe<html>", collected),
		},
		Gaps: []scanner.Gap{
			{Kind: document.KindKeyPolicy, Call: "kms:GetKeyPolicy", Resource: "arn:aws:kms:::key/1", Reason: scanner.ReasonDenied, Permission: "kms:GetKeyPolicy", Code: "AccessDenied", RequestID: "r", Detail: "ask"},
		},
	}
}

func write(tb testing.TB, records ...scanner.Record) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := snapshot.NewWriter(&out, testHeader(), testTenants(records...))
	if err != nil {
		tb.Fatal(err)
	}
	for _, record := range records {
		if err := w.Record(record); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := w.Close(false); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// readAll reads to the end and returns the records and the error in place of
// io.EOF.
func readAll(in io.Reader) (*snapshot.Reader, []scanner.Record, error) {
	r, err := snapshot.NewReader(in, "test.jsonl")
	if err != nil {
		return nil, nil, err
	}
	var records []scanner.Record
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, records, r.Close()
		}
		if err != nil {
			return r, records, errors.Join(err, r.Close())
		}
		records = append(records, *record)
	}
}

func wantRefusal(t *testing.T, err error, line int, words ...string) {
	t.Helper()
	refused, ok := errors.AsType[*snapshot.Error](err)
	if !ok {
		t.Fatalf("error is %v; want an *Error", err)
	}
	if refused.Line != line {
		t.Errorf("error names line %d, want %d: %v", refused.Line, line, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if refused.Advice == "" {
		t.Errorf("error %q does not say what to do", err)
	}
}
