package aws

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// TestEveryAnswerHasItsRequest: whatever was read, or was answered not to be there, is
// told with the request that it came from, read one by one or in bulk.
func TestEveryAnswerHasItsRequest(t *testing.T) {
	for name, from := range map[string]int{"one by one": oneByOne, "in bulk": 1} {
		w := acme()
		delete(w.buckets["acme-audit"].documents, "GetBucketLifecycleConfiguration")
		o := newFake(t, w).options()
		o.BulkFrom = from
		o.Organization = managementReader
		records := collect(t, o, roleExport("1", "acme-audit", roleARN), userExport("2", "acme-audit", userARN))
		ids := map[document.Kind]string{}
		absent := 0
		for i := range records {
			for k := range records[i].Evidence {
				e := &records[i].Evidence[k]
				if len(e.RequestID) != 16 || e.CollectedAt.IsZero() {
					t.Errorf("%s: %s of %s by %s has the request %q of %s", name, e.Kind, e.Resource, e.Call, e.RequestID, e.CollectedAt)
				}
				if e.Absent {
					absent++
				}
				ids[e.Kind] = e.RequestID
			}
		}
		if absent == 0 || ids[document.KindRole] != ids[document.KindTrustPolicy] || ids[document.KindBucket] == ids[document.KindBucketPolicy] {
			t.Errorf("%s: %d absent; the requests are %v", name, absent, ids)
		}
	}
}

// TestWhatIsAskedOnceHasOneTime: of an answer that several exports share, each has the
// time at which it came.
func TestWhatIsAskedOnceHasOneTime(t *testing.T) {
	w := acme()
	w.buckets["acme-audit-2"] = acmeBucket()
	o := newFake(t, w).options()
	var ticks atomic.Int64
	o.Now = func() time.Time { return time.Unix(ticks.Add(1), 0) }
	records := collect(t, o, roleExport("1", "acme-audit", roleARN), roleExport("2", "acme-audit-2", roleARN))
	times := map[time.Time]bool{}
	for i := range records {
		e, ok := records[i].Find(document.KindAccountAccessBlock, "", "")
		if !ok {
			t.Fatalf("no evidence: %+v", records[i].Gaps)
		}
		times[e.CollectedAt] = true
	}
	if len(times) != 1 {
		t.Errorf("one call was answered at %v", times)
	}
}
