package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/trailguard/trailguard/fixtures/processor"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// benchRecord has 7 KB of evidence of its own in nine documents, and one
// bucket policy that a hundred exports share.
func benchRecord(i int) scanner.Record {
	random := rand.New(rand.NewPCG(uint64(i), 1))
	id := fmt.Sprintf("%08x-%04x-4000-8000-%012x", random.Uint32(), i&0xffff, i)
	role := fmt.Sprintf("arn:aws:iam::%012d:role/immuta-audit-%d", random.Uint64N(1e12), i)
	policy := func(n int) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Upload%d","Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":"arn:aws:s3:::audit-%d-%x/exports/*","Condition":{"StringEquals":{"sts:ExternalId":"%s","aws:PrincipalArn":"%s"}}},{"Sid":"List%d","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::audit-%d","Condition":{"StringLike":{"s3:prefix":["exports/%x/*","logs/%x/*"]}}},{"Sid":"DenyPlain","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::audit-%d","arn:aws:s3:::audit-%d/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`,
			n, i, random.Uint64(), id, role, n, i, random.Uint64(), random.Uint64(), i, i)
	}
	record := scanner.Record{Configuration: scanner.ExportConfiguration{
		Tenant: "acme", ID: id, Enabled: true, Interval: "EVERY_12_HOURS", ConnectionStatus: "SUCCESS",
		Endpoint: scanner.Endpoint{TypeName: "S3", Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole, Bucket: fmt.Sprintf("audit-%d", i), RoleARN: role},
	}}
	add := func(kind document.Kind, resource, name, text string) {
		record.Evidence = append(record.Evidence, scanner.NewEvidence(kind, "s3:Get", resource, name, text, collected))
	}
	for n := range 9 {
		add(document.KindIdentityPolicy, role, fmt.Sprintf("inline/%d", n), policy(n))
	}
	shared := i % 100
	add(document.KindBucketPolicy, fmt.Sprintf("arn:aws:s3:::shared-%d", shared), "", fmt.Sprintf(`{"Version":"2012-10-17","Id":"%d","Statement":[]}`, shared))
	return record
}

func writeBench(tb testing.TB, w io.Writer, n int) int {
	tb.Helper()
	s, err := snapshot.NewWriter(w, testHeader(), testTenants())
	if err != nil {
		tb.Fatal(err)
	}
	size := 0
	for i := range n {
		record := benchRecord(i)
		for _, e := range record.Evidence {
			size += len(e.Text)
		}
		if err := s.Record(record); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := s.Close(false); err != nil {
		tb.Fatal(err)
	}
	return size
}

const benchExports = 10_000

func BenchmarkWrite(b *testing.B) {
	records := make([]scanner.Record, benchExports)
	for i := range records {
		records[i] = benchRecord(i)
	}
	processor.Report(b)
	for b.Loop() {
		s, err := snapshot.NewWriter(io.Discard, testHeader(), testTenants())
		if err != nil {
			b.Fatal(err)
		}
		for _, record := range records {
			if err := s.Record(record); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := s.Close(false); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchExports, "µs/export")
}

func BenchmarkRead(b *testing.B) {
	var out bytes.Buffer
	size := writeBench(b, &out, benchExports)
	b.ReportMetric(float64(size)/benchExports, "evidence-B/export")
	b.SetBytes(int64(out.Len()))
	processor.Report(b)
	for b.Loop() {
		r, err := snapshot.NewReader(bytes.NewReader(out.Bytes()), "bench")
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchExports, "µs/export")
}
