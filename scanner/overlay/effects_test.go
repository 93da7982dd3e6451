package overlay_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
)

// part is a change that is one of a plan's.
func part(effect overlay.Effect, kind document.Kind, resource, name string) overlay.Change {
	c := change(kind, resource, name, "")
	c.Effect, c.Part, c.Why = effect, true, "nobody knows"
	return c
}

func gapOf(t *testing.T, r *scanner.Record, kind document.Kind, resource, name string) *scanner.Gap {
	t.Helper()
	gap, ok := r.FindGap(kind, resource, name)
	if _, there := r.Find(kind, resource, name); !ok || there {
		t.Fatalf("%s %s of %s: gap %v, document %v", kind, name, resource, ok, there)
	}
	return gap
}

func TestRemovedDocumentIsAbsent(t *testing.T) {
	planned := mustApply(t, record(), part(overlay.Remove, document.KindBucketPolicy, "trail", ""))
	if e, ok := planned.Find(document.KindBucketPolicy, bucketARN, ""); !ok || !e.Absent || e.Text != "" || e.Call != "call" {
		t.Errorf("the bucket policy is %+v", e)
	}
	gapOf(t, planned, document.KindBucketPolicyStatus, bucketARN, "")
}

func TestRemovedPolicyLeavesTheList(t *testing.T) {
	planned := mustApply(t, record(), part(overlay.Remove, document.KindIdentityPolicy, "writer", "inline/put"))
	if e, _ := planned.Find(document.KindIdentityPolicies, roleARN, ""); e.Text != `{"Policies":[]}` {
		t.Errorf("the list is %s", e.Text)
	}
	if _, there := planned.Find(document.KindIdentityPolicy, roleARN, "inline/put"); there {
		t.Error("the policy is still there")
	}
}

func TestUnknownDocumentIsAGap(t *testing.T) {
	planned := mustApply(t, record(), part(overlay.Unknown, document.KindBucketPolicy, "trail", ""))
	gap := gapOf(t, planned, document.KindBucketPolicy, bucketARN, "")
	if gap.Reason != scanner.ReasonUndetermined || !strings.Contains(gap.Detail, "nobody knows; scan again") {
		t.Errorf("the gap is %+v", gap)
	}
	gapOf(t, planned, document.KindBucketPolicyStatus, bucketARN, "")
}

func TestUnknownNewPolicyIsListed(t *testing.T) {
	planned := mustApply(t, record(), part(overlay.Unknown, document.KindIdentityPolicy, "writer", "arn:aws:iam::aws:policy/More"))
	gapOf(t, planned, document.KindIdentityPolicy, roleARN, "arn:aws:iam::aws:policy/More")
	if e, _ := planned.Find(document.KindIdentityPolicies, roleARN, ""); e.Text != `{"Policies":["arn:aws:iam::aws:policy/More","inline/put"]}` {
		t.Errorf("the list is %s", e.Text)
	}
}

// A list that is not known may have lost what was on it.
func TestUnknownListForgetsItsPolicies(t *testing.T) {
	planned := mustApply(t, record(), part(overlay.Unknown, document.KindIdentityPolicies, "writer", ""))
	gapOf(t, planned, document.KindIdentityPolicies, roleARN, "")
	gapOf(t, planned, document.KindIdentityPolicy, roleARN, "inline/put")
}

// Whoever names a role that is made anew names the old one.
func TestReplacedRoleIsForgottenWhereverItIsNamed(t *testing.T) {
	was := record()
	was.Evidence[0] = scanner.NewEvidence(document.KindBucketPolicy, "call", bucketARN, "", strings.Replace(otherPolicy, `"*"`, `{"AWS":"`+roleARN+`"}`, 1), collected)
	planned := mustApply(t, was, part(overlay.Unknown, "", "writer", ""))
	gapOf(t, planned, document.KindTrustPolicy, roleARN, "")
	gapOf(t, planned, document.KindIdentityPolicies, roleARN, "")
	gapOf(t, planned, document.KindBucketPolicy, bucketARN, "")
}

// What a plan says of one document of a replaced resource is known all the same.
func TestKnownDocumentOfAForgottenResource(t *testing.T) {
	trust := part(overlay.Put, document.KindTrustPolicy, "writer", "")
	trust.Text = trustPolicy
	planned := mustApply(t, record(), trust, part(overlay.Unknown, "", "writer", ""))
	if e, ok := planned.Find(document.KindTrustPolicy, roleARN, ""); !ok || e.Text != trustPolicy {
		t.Error("the trust policy is not known")
	}
	gapOf(t, planned, document.KindIdentityPolicies, roleARN, "")
}

func TestBoundary(t *testing.T) {
	const boundary = "arn:aws:iam::111111111111:policy/b"
	put := part(overlay.Put, document.KindBoundary, "writer", boundary)
	put.Text = writePolicy
	bound := mustApply(t, record(), put)
	if e, _ := bound.Find(document.KindIdentityPolicies, roleARN, ""); !strings.Contains(e.Text, `"Boundary":"`+boundary+`"`) {
		t.Errorf("the list is %s", e.Text)
	}
	if e, ok := bound.Find(document.KindBoundary, roleARN, boundary); !ok || e.Text != writePolicy {
		t.Errorf("the boundary is %+v", e)
	}
	free := mustApply(t, bound, part(overlay.Remove, document.KindBoundary, "writer", boundary))
	if e, _ := free.Find(document.KindIdentityPolicies, roleARN, ""); strings.Contains(e.Text, "Boundary") {
		t.Errorf("the list is %s", e.Text)
	}
	if _, there := free.Find(document.KindBoundary, roleARN, boundary); there {
		t.Error("the boundary is still there")
	}
}

// The documents of a key that the bucket will not use say nothing of the next one.
func TestAnotherKeyIsNotTheOneThatWasRead(t *testing.T) {
	encryption := func(key string) string {
		return document.Encode(document.Encryption{Configuration: &document.EncryptionConfiguration{
			Rules: []document.EncryptionRule{{Default: &document.EncryptionDefault{SSEAlgorithm: "aws:kms", KMSMasterKeyID: key}}},
		}})
	}
	was := record()
	was.Gaps = nil
	was.Evidence = append(was.Evidence,
		scanner.NewEvidence(document.KindEncryption, "call", bucketARN, "", encryption(keyARN), collected),
		scanner.NewEvidence(document.KindKeyPolicy, "call", keyARN, "", bucketPolicy, collected))
	other := part(overlay.Put, document.KindEncryption, "trail", "")
	other.Text = encryption(keyARN + "2")
	gapOf(t, mustApply(t, was, other), document.KindKeyPolicy, keyARN, "")
	same := part(overlay.Put, document.KindEncryption, "trail", "")
	same.Text = encryption(keyARN)
	if planned := mustApply(t, was, same); len(planned.Gaps) != 0 {
		t.Errorf("gaps are %+v", planned.Gaps)
	}
}

// Two parts of a plan that disagree leave the document unknown.
func TestPartsThatDisagree(t *testing.T) {
	put := part(overlay.Put, document.KindBucketPolicy, "trail", "")
	put.Text = otherPolicy
	gone := part(overlay.Remove, document.KindBucketPolicy, bucketARN, "")
	gone.Origin = "the other"
	gap := gapOf(t, mustApply(t, record(), put, gone), document.KindBucketPolicy, bucketARN, "")
	if !strings.Contains(gap.Detail, put.Origin) || !strings.Contains(gap.Detail, "the other") {
		t.Errorf("the gap is %+v", gap)
	}
}

// A plan is about many things that no export rests on.
func TestPartsMayTouchNothing(t *testing.T) {
	o, err := overlay.New([]overlay.Change{part(overlay.Remove, document.KindBucketPolicy, "elsewhere", "")}, collected)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Apply(record()); err != nil {
		t.Fatal(err)
	}
	if err := o.Finish(); err != nil || len(o.Applied()) != 0 {
		t.Errorf("error is %v, applied %v", err, o.Applied())
	}
}
