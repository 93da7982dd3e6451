//go:build integration

package securityhub_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	hub "github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/trailguard/trailguard/fixtures/moto"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/securityhub"
	"github.com/trailguard/trailguard/scanner"
)

// A failure that is mended is one finding through its life, and passes at its end.
func TestIntegrationLifeOfAFinding(t *testing.T) {
	url := moto.Start(t)
	start(t) // for its environment, in which moto would not start
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-west-1"), config.WithBaseEndpoint(url),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("AKIAOWN", "x", "")))
	if err != nil {
		t.Fatal(err)
	}
	reader := hub.NewFromConfig(cfg)
	exports := []scanner.ExportResult{export("a", moto.Account)}
	for day, step := range []struct {
		state              scanner.State
		compliance, record string
	}{
		{scanner.StateNew, "FAILED", "ACTIVE"},
		{scanner.StateNew, "FAILED", "ACTIVE"},
		{scanner.StateResolved, "PASSED", "ARCHIVED"},
		{scanner.StateNew, "FAILED", "ACTIVE"},
	} {
		c, err := securityhub.New(securityhub.Options{Name: "hub", Endpoint: url, Transport: publish.Transport{Now: time.Now}})
		if err != nil {
			t.Fatal(err)
		}
		n := notice(exports, finding("a", step.state))
		n.Report.Scan.EvaluatedAt = n.Report.Scan.EvaluatedAt.AddDate(0, 0, day)
		if o := publish.Send(t.Context(), c, n); !o.Delivered() || o.Accepted != 1 {
			t.Fatalf("outcome %+v", o)
		}
		c.Close()
		out, err := reader.GetFindings(t.Context(), &hub.GetFindingsInput{})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Findings) != 1 {
			t.Fatalf("%d findings", len(out.Findings))
		}
		f := out.Findings[0]
		if string(f.Compliance.Status) != step.compliance || string(f.RecordState) != step.record {
			t.Errorf("day %d: %s and %s, want %s and %s", day, f.Compliance.Status, f.RecordState, step.compliance, step.record)
		}
	}
}
