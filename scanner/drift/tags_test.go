package drift_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Tags of a bucket are compared where a policy goes by tags, and are nobody's business
// elsewhere.
func TestTagsBetweenRuns(t *testing.T) {
	policy := func(key string) scanner.Evidence {
		return evidenceOf(document.KindBucketPolicy, bucketARN, "", `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"`+key+`":"a"}}}]}`)
	}
	asks, silent := policy("s3:BucketTag/team"), policy("aws:PrincipalArn")
	abac := func(text string) scanner.Evidence { return evidenceOf(document.KindBucketABAC, bucketARN, "", text) }
	on, off := abac(`{"Status":"Enabled","Tags":[{"Key":"team","Value":"a"}]}`), abac(`{"Status":"Disabled"}`)
	other := abac(`{"Status":"Enabled","Tags":[{"Key":"team","Value":"b"}]}`)
	if change := one(t, []scanner.Evidence{asks, on}, []scanner.Evidence{asks, other}); change.Effect != scanner.EffectChanged ||
		!strings.HasSuffix(change.Message, "the bucket's tags changed from team=a to team=b") {
		t.Errorf("another tag: %+v", change)
	}
	if changes := between(t, snapshotOf(export("a", asks, on)), snapshotOf(export("a", asks, off))); len(changes) != 2 {
		t.Errorf("switched off: %+v", changes)
	}
	want(t, between(t, snapshotOf(export("a", silent, on)), snapshotOf(export("a", silent, off))))

	unread := export("a", silent)
	unread.Gaps = append(unread.Gaps, scanner.Gap{Kind: document.KindBucketABAC, Resource: bucketARN, Reason: scanner.ReasonDenied})
	want(t, between(t, snapshotOf(export("a", silent)), snapshotOf(unread)))
	unread.Evidence[0] = asks
	if changes := between(t, snapshotOf(export("a", asks)), snapshotOf(unread)); len(changes) != 1 || changes[0].Effect != scanner.EffectIncomparable {
		t.Errorf("unread, and a policy asks: %+v", changes)
	}
}
