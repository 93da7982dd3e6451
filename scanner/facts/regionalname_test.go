package facts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// regional is an export to a bucket in the namespace of an account and region, of
// which the kinds could not be read.
func regional(account, region string, unread ...document.Kind) func(*world) {
	return func(w *world) {
		name := "acme-audit-" + account + "-" + region + "-an"
		w.endpoint().Bucket = name
		for i := range w.record.Evidence {
			e := &w.record.Evidence[i]
			text := strings.ReplaceAll(strings.ReplaceAll(e.Text, "s3:::acme-audit", "s3:::"+name), `"acme-audit"`, `"`+name+`"`)
			resource := strings.Replace(e.Resource, bucketARN, "arn:aws:s3:::"+name, 1)
			if e.Absent {
				*e = scanner.NewAbsence(e.Kind, e.Call, resource, e.Name, now)
			} else {
				*e = scanner.NewEvidence(e.Kind, e.Call, resource, e.Name, text, now)
			}
		}
		for _, kind := range unread {
			w.deny(kind)
		}
	}
}

var regionalNameScenarios = map[string]scenario{
	"read, and as the name says": {do: regional("111111111111", "us-east-1"), fact: "bucket_owner", says: "the bucket belongs to account 111111111111"},
	"the owner not read": {
		do: regional("111111111111", "us-east-1", document.KindBucketOwner), fact: "bucket_owner", alone: true, want: expectation{"bucket_owner": sound},
		says: "by its name, the bucket can only have been made by account 111111111111",
	},
	"the owner not read, a stranger's name": {
		do: regional("999999999999", "us-east-1", document.KindBucketOwner), fact: "bucket_owner", alone: true, want: expectation{"bucket_owner": bad},
		says: `"account":"999999999999"`,
	},
	"the owner asked for, and none of those tried": {
		do: func(w *world) {
			regional("111111111111", "us-east-1")(w)
			w.drop(document.KindBucketOwner)
			w.record.Gaps = append(w.record.Gaps, scanner.Gap{Kind: document.KindBucketOwner, Resource: w.record.Evidence[0].Resource, Reason: scanner.ReasonUndetermined, Call: "s3:HeadBucket"})
		},
		fact: "bucket_owner", alone: true, want: expectation{"bucket_owner": unknown},
	},
	"the region not read": {
		do: regional("111111111111", "us-east-1", document.KindBucket), fact: "bucket_region", alone: true, want: expectation{"bucket_region": sound},
		says: "by its name, the bucket can only have been made in us-east-1",
	},
	"the region not read, another by name": {
		do: regional("111111111111", "eu-west-1", document.KindBucket), fact: "bucket_region", alone: true, want: expectation{"bucket_region": bad},
	},
	"the region not read, and no such name": {
		do: func(w *world) { w.deny(document.KindBucket) }, fact: "bucket_region", alone: true, want: expectation{"bucket_region": unknown},
	},
}

// TestNamesAreAssumedToBeNew: what follows from a name alone is told as taken for granted.
func TestNamesAreAssumedToBeNew(t *testing.T) {
	for _, kind := range []document.Kind{document.KindBucketOwner, document.KindBucket} {
		w := healthy()
		regional("111111111111", "us-east-1", kind)(w)
		subject, _ := w.subject(t)
		for fact, of := range map[string]document.Kind{"bucket_owner": document.KindBucketOwner, "bucket_region": document.KindBucket} {
			told := slices.ContainsFunc(subject.Facts[fact].Assumptions, func(a string) bool { return strings.Contains(a, "reserved such names in March 2026") })
			if told != (of == kind) {
				t.Errorf("%s without the %s takes for granted %q", fact, kind, subject.Facts[fact].Assumptions)
			}
		}
	}
}

// TestOlderBucketsOfSuchNames: where S3 answers, the name says nothing. Without the
// answer the name decides, the other way here, so that the world is none of the corpus.
func TestOlderBucketsOfSuchNames(t *testing.T) {
	w := healthy()
	regional("999999999999", "eu-west-1")(w)
	subject, _ := w.subject(t)
	got := verdicts(t, subject)
	if got["bucket_owner"] != sound || got["bucket_region"] != sound {
		t.Errorf("the owner is %s, the region %s", got["bucket_owner"], got["bucket_region"])
	}
}
