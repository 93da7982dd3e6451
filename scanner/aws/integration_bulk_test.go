//go:build integration

package aws

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/moto"
	"github.com/trailguard/trailguard/scanner"
)

// TestIntegrationBulkAgainstMoto wants the same documents of roles and users
// whether moto is asked one by one or all at once.
func TestIntegrationBulkAgainstMoto(t *testing.T) {
	url := moto.Start(t)
	c := newCreator(t, url)
	managed, boundary := c.policy("managed"), c.policy("boundary")
	records := []scanner.Record{
		roleExport("1", "gone", c.role("exporter", managed, boundary)),
		roleExport("2", "gone", c.role("second", managed, boundary)),
		userExport("3", "gone", c.user("uploader", managed)),
	}
	asked := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	read := func(from int) (documented []scanner.Record, calls map[string]int) {
		calls = map[string]int{}
		out := collect(t, Options{
			Region: "us-east-1", Endpoint: url, Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
			Now: func() time.Time { return asked }, MaxAttempts: 2, MaxBackoff: time.Millisecond, BulkFrom: from,
		}, records...)
		for i := range out {
			for _, e := range out[i].Evidence {
				calls[e.Call]++
			}
		}
		return documents(out), calls
	}
	single, before := read(oneByOne)
	bulk, now := read(1)
	if diff := cmp.Diff(single, bulk); diff != "" {
		t.Errorf("one by one (-) and in bulk (+):\n%.2000s", diff)
	}
	roleOf(t, &bulk[0], managed, boundary)
	userOf(t, &bulk[2], managed)
	if before[callAuthorization] != 0 || now[callAuthorization] == 0 || now[callGetRole] != 0 {
		t.Errorf("told one by one %v, in bulk %v", before, now)
	}
}
