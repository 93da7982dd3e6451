//go:build integration

package main

import (
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/patches"
	"github.com/trailguard/trailguard/fixtures/moto"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	layer "github.com/trailguard/trailguard/scanner/overlay"
)

// faultyCases have a fault each, or several; nothing protects their buckets either.
func faultyCases() []motoCase {
	root := statement(`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + moto.Account + `:root"},"Action":"kms:*","Resource":"*"`)
	refuse := func(c *motoCase) string {
		return statement(`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` + c.bucket + `","arn:aws:s3:::` + c.bucket + `/*"],"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::` + moto.Account + `:role/ops"}}`)
	}
	lists := statement(`"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"`)
	return []motoCase{
		{name: "ungranted", make: func(w *world, c *motoCase) { w.roleWith(c).inline(lists) }},
		{name: "bare", make: func(w *world, c *motoCase) { w.roleWith(c) }},
		{name: "user", make: func(w *world, c *motoCase) { w.userWith(c).inline(lists) }},
		{name: "refused", make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant())
			w.bucketPolicy(c, refuse(c))
		}},
		{name: "both", make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(lists)
			w.bucketPolicy(c, refuse(c))
		}},
		{name: "itself", make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(statement(`"Effect":"Deny","Action":"s3:*","Resource":"*"`)).managed(c.grant())
		}},
		{name: "key", make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant())
			w.encrypted(c, root)
		}},
		{name: "stale", make: func(w *world, c *motoCase) {
			w.trusted(c, trust("d20b6e91-5c48-4a7f-9316-b7e4c0f8a253"), "").inline(c.grant())
		}},
		{name: "open", make: func(w *world, c *motoCase) { w.trusted(c, trust(""), "").inline(c.grant()) }},
		{name: "stranger", make: func(w *world, c *motoCase) {
			w.trusted(c, strings.Replace(trust(c.id), "222222222222", "444444444444", 1), "").inline(c.grant())
		}},
		{name: "much", make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant()).managed(statement(`"Effect":"Allow","Action":["s3:DeleteObject","glue:GetTable"],"Resource":"*"`))
		}},
	}
}

// TestIntegrationFixes makes in moto all that fix --all prints: what has a fix is gone in
// the next scan, nothing is new, and what a plan says of the same documents is what that
// scan says, or unknown.
func TestIntegrationFixes(t *testing.T) {
	url := moto.Start(t)
	w := newWorld(t, url)
	cases := faultyCases()
	w.make(cases)
	config := motoConfig(startSandbox(t, sandbox.Options{Data: motoExports(t, cases), Now: sandboxNow}).URL(), url, cases)
	before := look(t, config)
	findings, report, left := fixAll(t, before)
	var made []patches.Change
	for i := range report.Fixes {
		for _, change := range report.Fixes[i].Changes() {
			made = slices.DeleteFunc(made, func(c patches.Change) bool { return c.Path == change.Path }) // it comes on top
			made = append(made, change)
		}
	}
	var changes []layer.Change
	for i := range made {
		c := &made[i]
		w.put(c)
		changes = append(changes, layer.Change{Origin: c.Path, Kind: c.Kind, Resource: c.Resource, Is: layer.Named(c.Resource), Name: c.Name, Text: c.Document, Part: true})
	}
	planned, now := after(t, before, changes), look(t, config)
	nothingNew(t, "all fixes", before, now)
	for i := range findings {
		if f := &findings[i]; now.finds(f) && !left[f.Fingerprint] {
			t.Errorf("%s of %s is still found", f.RuleID, f.Resource)
		}
	}
	for result, is := range now.results {
		if said := planned[result]; said != is && said != scanner.StatusUnknown {
			t.Errorf("a plan says that %s is %s, and it is %s", result, said, is)
		}
	}
	for _, c := range cases {
		for _, rule := range []string{"put_object_granted", "key_usable", "external_id_equals_configuration_id", "external_id_required", "principal_expected"} {
			if is := now.results[c.name+" "+rule]; is != scanner.StatusPass && is != scanner.StatusNotApplicable {
				t.Errorf("%s %s is %s", c.name, rule, is)
			}
		}
	}
}

// put makes a change of a document in moto.
func (w *world) put(c *patches.Change) {
	w.t.Helper()
	name, ctx := c.Resource[strings.LastIndexAny(c.Resource, "/:")+1:], w.t.Context()
	policy, inline := strings.CutPrefix(c.Name, "inline/")
	var err error
	switch c.Kind {
	case document.KindTrustPolicy:
		_, err = w.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &name, PolicyDocument: &c.Document})
	case document.KindIdentityPolicy:
		switch {
		case !inline:
			_, err = w.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &c.Name, PolicyDocument: &c.Document, SetAsDefault: true})
		case strings.Contains(c.Resource, ":user/"):
			_, err = w.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &policy, PolicyDocument: &c.Document})
		default:
			_, err = w.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &policy, PolicyDocument: &c.Document})
		}
	case document.KindKeyPolicy:
		_, err = w.kms.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &c.Resource, PolicyName: awssdk.String("default"), Policy: &c.Document})
	case document.KindKeyRotation:
		w.rotated(c.Resource)
	default:
		err = w.set(c, name)
	}
	if err != nil {
		w.t.Fatalf("%s of %s: %v", c.Kind.Noun(), c.Resource, err)
	}
}

// set makes a change of a bucket.
func (w *world) set(c *patches.Change, bucket string) error {
	ctx := w.t.Context()
	var err error
	switch c.Kind {
	case document.KindBucketPolicy:
		_, err = w.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &c.Document})
	case document.KindVersioning:
		_, err = w.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	case document.KindEncryption:
		_, err = w.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: &bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}}},
		}})
	case document.KindOwnership:
		_, err = w.s3.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{Bucket: &bucket, OwnershipControls: &types.OwnershipControls{
			Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}},
		}})
	case document.KindPublicAccessBlock:
		on := awssdk.Bool(true)
		_, err = w.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: &bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: on, IgnorePublicAcls: on, BlockPublicPolicy: on, RestrictPublicBuckets: on,
		}})
	default:
		w.t.Fatalf("no fix of the %s is made in moto", c.Kind.Noun())
	}
	return err
}
