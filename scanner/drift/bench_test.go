package drift_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/processor"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
)

const benchExports = 10_000

// benchRun has a trust policy, a bucket policy and settings for every export;
// one in fifty has its bucket policy widened.
func benchRun(widened bool) *run {
	var records []scanner.Record
	for i := range benchExports {
		bucket := fmt.Sprintf("arn:aws:s3:::audit-%d", i)
		policy := policyOf(upload, plain)
		if widened && i%50 == 0 {
			policy = policyOf(upload, plain, read)
		}
		record := export(fmt.Sprintf("id-%d", i),
			evidenceOf(document.KindBucketPolicy, bucket, "", strings.ReplaceAll(policy, bucketARN, bucket)),
			evidenceOf(document.KindVersioning, bucket, "", `{"Status":"Enabled"}`),
			evidenceOf(document.KindTrustPolicy, roleARN, "", trust(fmt.Sprintf("id-%d", i)).Text),
		)
		record.Configuration.Endpoint.Path = fmt.Sprintf("logs/%d", i)
		records = append(records, record)
	}
	return snapshotOf(records...)
}

func BenchmarkUnchanged(b *testing.B) { benchmark(b, false, 0) }

func BenchmarkTwoPercentWidened(b *testing.B) { benchmark(b, true, benchExports/50) }

func benchmark(b *testing.B, widened bool, want int) {
	before, after := benchRun(false), benchRun(widened)
	processor.Report(b)
	for b.Loop() {
		before.next, after.next = 0, 0
		changes, err := drift.Between(before, after, drift.Options{})
		if err != nil || len(changes) != want {
			b.Fatalf("%d changes, %v", len(changes), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchExports, "µs/export")
}
