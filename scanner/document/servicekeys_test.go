package document_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/document"
)

func TestServiceOf(t *testing.T) {
	for key, want := range map[string]string{
		"AWSLogs/111111111111/CloudTrail/us-east-1/2026/11/20/x.json.gz":           "AWS log delivery",
		"team/AWSLogs/o-abc/111111111111/Config/us-east-1/x.json.gz":               "AWS log delivery",
		"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/x.json.gz":               "AWS log delivery",
		"2026-11-20-11-42-07-0123456789ABCDEF":                                     "S3 access logging",
		"111111111111/us-east-1/b/2026/11/20/2026-11-20-11-42-07-0123456789ABCDEF": "S3 access logging",
		"EMLARXS9EXAMPLE.2026-11-20-20.a103fd5a.gz":                                "",
		"cdn/E2KZ5DEXAMPLE.2026-11-20-20.a103fd5a.gz":                              "CloudFront",
		"AWSDynamoDB/01234567890123-a1b2c3d4/manifest-summary.json":                "DynamoDB exports",
		"b/daily/2026-11-20T00-00Z/manifest.json":                                  "S3 Inventory",
		"2026-11-20T00-00Z/events.json":                                            "",
		"exportedlogs/aws-logs-write-test":                                         "CloudWatch Logs",
		// Immuta's names are not documented: what may be one is nobody else's.
		"2026/11/20/immuta-audit-20261120T114207Z.json": "",
		"AWSLogs":                           "",
		"MyAWSLogs/x.json":                  "",
		"awslogs/x.json":                    "",
		"2026-11-20-11-42-07.json":          "",
		"events-2026-11-20T11-42Z.json":     "",
		"2026-11-20-11-42-07-0123456789abc": "",
		"":                                  "",
	} {
		if got := document.ServiceOf(key); got != want {
			t.Errorf("%q is of %q, want %q", key, got, want)
		}
	}
}
