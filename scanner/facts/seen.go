package facts

import (
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

// reported are the names of the facts that seen reads.
var reported = []string{"bucket_owner", "bucket_region", "delivery"}

// seen is what reports say of an export besides, as far as its facts know it.
func seen(f *fact.Facts) scanner.Seen {
	var s scanner.Seen
	if owner := f.BucketOwner.Value; owner != nil {
		s.BucketAccount = owner.Account
	}
	if region := f.BucketRegion.Value; region != nil {
		s.BucketRegion = region.Region
	}
	if delivery := f.Delivery.Value; delivery != nil {
		s.LastDelivery, _ = time.Parse(time.RFC3339, delivery.NewestTime) // empty where nothing has arrived
	}
	return s
}
