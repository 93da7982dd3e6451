package facts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// TestSeen: a report says of a bucket what was read of it, and nothing that it only
// may be.
func TestSeen(t *testing.T) {
	const bucketAccount, region = "111111111111", "us-east-1"
	arrived := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		do   func(*world)
		want scanner.Seen
	}{
		"all is read":       {func(*world) {}, scanner.Seen{BucketAccount: bucketAccount, BucketRegion: region, LastDelivery: arrived}},
		"no owner":          {func(w *world) { w.deny(document.KindBucketOwner) }, scanner.Seen{BucketRegion: region, LastDelivery: arrived}},
		"no region":         {func(w *world) { w.deny(document.KindBucket) }, scanner.Seen{BucketAccount: bucketAccount, LastDelivery: arrived}},
		"no listing":        {func(w *world) { w.deny(document.KindDelivery) }, scanner.Seen{BucketAccount: bucketAccount, BucketRegion: region}},
		"nothing delivered": {func(w *world) { w.listed("immuta/", `"Objects":0`, "", "") }, scanner.Seen{BucketAccount: bucketAccount, BucketRegion: region}},
		"disabled":          {func(w *world) { w.record.Configuration.Enabled = false }, scanner.Seen{BucketAccount: bucketAccount, BucketRegion: region}},
		"late": {
			func(w *world) { w.delivered("immuta/x", arrived.AddDate(0, -1, 0), true) },
			scanner.Seen{BucketAccount: bucketAccount, BucketRegion: region, LastDelivery: arrived.AddDate(0, -1, 0)},
		},
		"perhaps another's": {
			func(w *world) { w.listed("immuta/", `"Objects":3`, "immuta/x", `,"Exports":["a","b"]`) },
			scanner.Seen{BucketAccount: bucketAccount, BucketRegion: region},
		},
	} {
		w := healthy()
		w.delivered("immuta/new", arrived, true)
		tt.do(w)
		s, _ := w.subject(t)
		if diff := cmp.Diff(tt.want, s.Seen); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
