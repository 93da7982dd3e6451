package overlay_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
)

const (
	bucketARN = "arn:aws:s3:::trail"
	roleARN   = "arn:aws:iam::111111111111:role/immuta/writer"
	keyARN    = "arn:aws:kms:eu-west-1:111111111111:key/k"

	bucketPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::trail/*"}]}`
	otherPolicy  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::trail/*"}]}`
	trustPolicy  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole"}]}`
	writePolicy  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}`
)

var collected = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// record is an export whose role's key policy could not be read.
func record() *scanner.Record {
	evidence := func(kind document.Kind, resource, name, text string) scanner.Evidence {
		return scanner.NewEvidence(kind, "call", resource, name, text, collected)
	}
	return &scanner.Record{
		Evidence: []scanner.Evidence{
			evidence(document.KindBucketPolicy, bucketARN, "", bucketPolicy),
			evidence(document.KindBucketPolicyStatus, bucketARN, "", `{"PolicyStatus":{"IsPublic":false}}`),
			evidence(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put"]}`),
			evidence(document.KindIdentityPolicy, roleARN, "inline/put", writePolicy),
			evidence(document.KindTrustPolicy, roleARN, "", trustPolicy),
		},
		Gaps: []scanner.Gap{{Kind: document.KindKeyPolicy, Call: "kms:GetKeyPolicy", Resource: keyARN, Reason: scanner.ReasonDenied}},
	}
}

func change(kind document.Kind, resource, name, text string) overlay.Change {
	return overlay.Change{Origin: string(kind) + " change", Kind: kind, Resource: resource, Is: overlay.Named(resource), Name: name, Text: text}
}

func apply(r *scanner.Record, changes ...overlay.Change) (*scanner.Record, error) {
	o, err := overlay.New(changes, collected)
	if err != nil {
		return nil, err
	}
	planned, err := o.Apply(r)
	if err != nil {
		return nil, err
	}
	return planned, o.Finish()
}

func mustApply(t *testing.T, r *scanner.Record, changes ...overlay.Change) *scanner.Record {
	t.Helper()
	planned, err := apply(r, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return planned
}

func TestWhatIsThereAlreadyChangesNothing(t *testing.T) {
	was := record()
	for i := range was.Evidence {
		e := &was.Evidence[i]
		if _, policy := e.Kind.Policy(); !policy || e.Kind == document.KindIdentityPolicies {
			continue
		}
		shown := scanner.NewDisplay(e.Text).Text
		if diff := cmp.Diff(was, mustApply(t, was, change(e.Kind, e.Resource, e.Name, shown))); diff != "" {
			t.Errorf("%s: %s", e.Ref(), diff)
		}
	}
}

func TestChangeReplacesADocument(t *testing.T) {
	was := record()
	planned := mustApply(t, was, change(document.KindBucketPolicy, "trail", "", otherPolicy))
	e, ok := planned.Find(document.KindBucketPolicy, bucketARN, "")
	if !ok || e.Text != otherPolicy || e.Digest != scanner.Digest(otherPolicy) {
		t.Errorf("the bucket policy is %+v", e)
	}
	// Nobody knows what S3 would say of it.
	if _, ok := planned.Find(document.KindBucketPolicyStatus, bucketARN, ""); ok {
		t.Error("S3's opinion on the old policy is still there")
	}
	if _, ok := planned.FindGap(document.KindBucketPolicyStatus, bucketARN, ""); !ok {
		t.Error("S3's opinion on the new policy is no gap")
	}
	if diff := cmp.Diff(record(), was); diff != "" {
		t.Errorf("the record underneath changed: %s", diff)
	}
}

func TestChangeFillsAGap(t *testing.T) {
	planned := mustApply(t, record(), change(document.KindKeyPolicy, keyARN, "", otherPolicy))
	if e, ok := planned.Find(document.KindKeyPolicy, keyARN, ""); !ok || e.Text != otherPolicy || e.Call != "kms:GetKeyPolicy" {
		t.Errorf("the key policy is %+v", e)
	}
	if len(planned.Gaps) != 0 {
		t.Errorf("gaps are left: %+v", planned.Gaps)
	}
}

func TestNewPolicyIsListed(t *testing.T) {
	planned := mustApply(t, record(), change(document.KindIdentityPolicy, "writer", "inline/also", writePolicy))
	if e, _ := planned.Find(document.KindIdentityPolicies, roleARN, ""); e.Text != `{"Policies":["inline/also","inline/put"]}` {
		t.Errorf("the list is %s", e.Text)
	}
	if e, ok := planned.Find(document.KindIdentityPolicy, roleARN, "inline/also"); !ok || e.Text != writePolicy {
		t.Errorf("the policy is %+v", e)
	}
}

func TestUnknownListStaysUnknown(t *testing.T) {
	was := record()
	was.Evidence = append(was.Evidence[:2:2], was.Evidence[3:]...)
	was.Gaps = append(was.Gaps, scanner.Gap{Kind: document.KindIdentityPolicies, Call: "iam:ListRolePolicies", Resource: roleARN, Reason: scanner.ReasonDenied})
	planned := mustApply(t, was, change(document.KindIdentityPolicy, "writer", "inline/also", writePolicy))
	if _, ok := planned.FindGap(document.KindIdentityPolicies, roleARN, ""); !ok {
		t.Error("what else the role has is taken for known")
	}
}

func TestChangesThatAreRefused(t *testing.T) {
	gone := record()
	gone.Evidence[4] = scanner.NewAbsence(document.KindTrustPolicy, "iam:GetRole", roleARN, "", collected)
	twins := record()
	twins.Evidence = append(twins.Evidence, scanner.NewEvidence(document.KindTrustPolicy, "call", "arn:aws:iam::333333333333:role/writer", "", trustPolicy, collected))
	trust := change(document.KindTrustPolicy, "writer", "", trustPolicy)
	for name, test := range map[string]struct {
		record  *scanner.Record
		changes []overlay.Change
		want    string
	}{
		"nobody reads it":       {record(), []overlay.Change{change(document.KindBucketPolicy, "trial", "", bucketPolicy)}, "no export in the snapshot reads"},
		"a name is part of one": {record(), []overlay.Change{change(document.KindBucketPolicy, "rail", "", bucketPolicy)}, "no export in the snapshot reads"},
		"two roles of a name":   {twins, []overlay.Change{trust}, "333333333333:role/writer: name one by its ARN"},
		"two changes of one": {record(), []overlay.Change{
			change(document.KindBucketPolicy, "trail", "", bucketPolicy), change(document.KindBucketPolicy, bucketARN, "", otherPolicy),
		}, "are two changes of the bucket policy"},
		"a role that is not there": {gone, []overlay.Change{trust}, "create it and collect again"},
		"another's policy":         {record(), []overlay.Change{change(document.KindBucketPolicy, "trail", "", writePolicy)}, "AWS would refuse this bucket policy"},
		"a bucket's for a role":    {record(), []overlay.Change{change(document.KindTrustPolicy, "writer", "", bucketPolicy)}, "a statement of a trust policy has no Resource"},
		"a bucket's for a writer":  {record(), []overlay.Change{change(document.KindIdentityPolicy, "writer", "inline/also", bucketPolicy)}, "a statement of an identity policy has no Principal"},
		"not JSON":                 {record(), []overlay.Change{change(document.KindBucketPolicy, "trail", "", "{")}, "AWS would refuse this bucket policy, line 1"},
		"a kind without policies":  {record(), []overlay.Change{change(document.KindACL, "trail", "", "{}")}, "is no policy"},
		"too much":                 {record(), []overlay.Change{change(document.KindBucketPolicy, "trail", "", strings.Repeat("x", 1<<20))}, "times what AWS stores"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := apply(test.record, test.changes...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

// TestAPolicyThatIsNotNamedWhole is one of those that it may be.
func TestAPolicyThatIsNotNamedWhole(t *testing.T) {
	r := record()
	r.Evidence = append(r.Evidence, scanner.NewEvidence(document.KindIdentityPolicy, "call", roleARN, "arn:aws:iam::111111111111:policy/stack-Put-1", writePolicy, collected))
	slices.SortFunc(r.Evidence, scanner.CompareEvidence)
	planned, err := apply(r, overlay.Change{
		Origin: "Put", Kind: document.KindIdentityPolicy, Is: func(string) bool { return true }, Name: "arn:*:policy/*-Put*",
		Effect: overlay.Unknown, Why: "which one it is", Part: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, there := planned.Find(document.KindIdentityPolicy, roleARN, "inline/put"); !there {
		t.Error("another policy is not known any more")
	}
	if _, gap := planned.FindGap(document.KindIdentityPolicy, roleARN, "arn:aws:iam::111111111111:policy/stack-Put-1"); !gap {
		t.Error("the policy is as it was")
	}
}
