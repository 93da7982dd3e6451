//go:build integration

package aws

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	s3controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/trailguard/trailguard/fixtures/moto"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// creator makes things in moto, with clients that no gate holds back.
type creator struct {
	t   *testing.T
	ctx context.Context
	s3  *s3.Client
	iam *iam.Client
	kms *kms.Client
	pab *s3control.Client
}

func newCreator(t *testing.T, url string) *creator {
	cfg := awssdk.Config{
		Region: "eu-west-1", BaseEndpoint: &url,
		Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
	}
	return &creator{
		t: t, ctx: t.Context(),
		s3:  s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
		iam: iam.NewFromConfig(cfg), kms: kms.NewFromConfig(cfg),
		pab: s3control.NewFromConfig(cfg, func(o *s3control.Options) { o.EndpointResolverV2 = fixedEndpoint{url} }),
	}
}

// made returns what was created, or ends the test.
func made[T any](t *testing.T) func(*T, error) *T {
	return func(out *T, err error) *T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// done ends the test where something could not be set.
func (c *creator) done(_ any, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

const motoPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::moto-audit/*"}]}`

func (c *creator) bucket(name, keyID string) {
	c.t.Helper()
	c.done(c.s3.CreateBucket(c.ctx, &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	}))
	// Before the policy: moto applies a Deny whatever its conditions.
	for _, key := range []string{"audit/1.json", "audit/2.json", "elsewhere/3.json"} {
		c.done(c.s3.PutObject(c.ctx, &s3.PutObjectInput{Bucket: &name, Key: &key, Body: strings.NewReader("{}")}))
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::moto-audit/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	c.done(c.s3.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: &name, Policy: &policy}))
	c.done(c.s3.PutBucketEncryption(c.ctx, &s3.PutBucketEncryptionInput{Bucket: &name, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
			SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &keyID,
		}}},
	}}))
	c.done(c.s3.PutPublicAccessBlock(c.ctx, &s3.PutPublicAccessBlockInput{Bucket: &name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: awssdk.Bool(true), IgnorePublicAcls: awssdk.Bool(true), BlockPublicPolicy: awssdk.Bool(true), RestrictPublicBuckets: awssdk.Bool(true),
	}}))
	c.done(c.s3.PutBucketVersioning(c.ctx, &s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}))
	archive := name[:len(name)-len("audit")] + "archive"
	c.done(c.s3.CreateBucket(c.ctx, &s3.CreateBucketInput{
		Bucket: &archive, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	}))
	c.done(c.s3.PutBucketVersioning(c.ctx, &s3.PutBucketVersioningInput{Bucket: &archive, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}))
	c.done(c.s3.PutBucketReplication(c.ctx, &s3.PutBucketReplicationInput{Bucket: &name, ReplicationConfiguration: &types.ReplicationConfiguration{
		Role: awssdk.String("arn:aws:iam::123456789012:role/replicator"),
		Rules: []types.ReplicationRule{{
			ID: awssdk.String("copy"), Status: types.ReplicationRuleStatusEnabled, Filter: &types.ReplicationRuleFilter{Prefix: awssdk.String("audit/")},
			Priority: awssdk.Int32(1), Destination: &types.Destination{Bucket: awssdk.String("arn:aws:s3:::" + archive)},
		}},
	}}))
	c.done(c.s3.PutBucketLifecycleConfiguration(c.ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: &name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{
		Rules: []types.LifecycleRule{{
			ID: awssdk.String("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: awssdk.String("audit/")},
			Expiration: &types.LifecycleExpiration{Days: awssdk.Int32(400)},
		}},
	}}))
}

func TestIntegrationAgainstMoto(t *testing.T) {
	url := moto.Start(t)
	c := newCreator(t, url)

	key := made[kms.CreateKeyOutput](t)(c.kms.CreateKey(c.ctx, &kms.CreateKeyInput{})).KeyMetadata
	c.bucket("moto-audit", *key.Arn)
	c.done(c.pab.PutPublicAccessBlock(c.ctx, &s3control.PutPublicAccessBlockInput{
		AccountId: awssdk.String(moto.Account),
		PublicAccessBlockConfiguration: &s3controltypes.PublicAccessBlockConfiguration{
			BlockPublicAcls: awssdk.Bool(true), IgnorePublicAcls: awssdk.Bool(true), BlockPublicPolicy: awssdk.Bool(true), RestrictPublicBuckets: awssdk.Bool(false),
		},
	}))
	managed := c.policy("managed")
	boundary := c.policy("boundary")
	role := c.role("exporter", managed, boundary)
	user := c.user("uploader", managed)

	o := Options{
		Region: "us-east-1", Endpoint: url, Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
		Now: time.Now, MaxAttempts: 2, MaxBackoff: time.Millisecond,
	}
	out := collect(t, o, roleExport("1", "moto-audit", role), userExport("2", "moto-audit", user), roleExport("3", "gone", role+"-gone"))
	// moto lists the bucket when it is asked for the policy's status, who pays or whether
	// its tags decide, has no event data stores, and fails at effective policies: the gate
	// takes none of it for an answer.
	unserved := []document.Kind{
		document.KindBucketPolicyStatus, document.KindRequestPayment, document.KindBucketABAC, document.KindEventDataStores, document.KindOrganizationAccessBlock,
	}
	for i := range out {
		for _, g := range out[i].Gaps {
			if !slices.Contains(unserved, g.Kind) || g.Reason != scanner.ReasonMalformed {
				t.Errorf("record %d: gap %+v", i+1, g)
			}
		}
	}
	bucketOf(t, &out[0], *key.Arn)
	roleOf(t, &out[0], managed, boundary)
	userOf(t, &out[1], managed)
	if got := text(t, &out[2], document.KindBucket, ""); got != `{"Exists":false}` {
		t.Errorf("bucket that does not exist: %s", got)
	}
	if got := text(t, &out[2], document.KindRole, ""); got != "absent" {
		t.Errorf("role that does not exist: %s", got)
	}
}

func bucketOf(t *testing.T, r *scanner.Record, key string) {
	t.Helper()
	for kind, want := range map[document.Kind]string{
		document.KindBucket:             `{"Exists":true,"Region":"eu-west-1"}`,
		document.KindBucketOwner:        `{"Account":"123456789012"}`,
		document.KindPublicAccessBlock:  `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`,
		document.KindAccountAccessBlock: `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":false}}`,
		document.KindEncryption:         `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"` + key + `"},"BucketKeyEnabled":false}]}}`,
		document.KindVersioning:         `{"Status":"Enabled"}`,
		document.KindLifecycle:          `{"Rules":[{"ID":"old","Filter":{"Prefix":"audit/"},"Status":"Enabled","Expiration":{"Days":400}}]}`,
		document.KindObjectLock:         "absent",
		document.KindAccessLog:          "{}",
		// moto keeps no prefix of a replication's filter.
		document.KindReplication: `{"ReplicationConfiguration":{"Role":"arn:aws:iam::123456789012:role/replicator","Rules":[{"ID":"copy","Filter":{"Prefix":""},"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::moto-archive"}}]}}`,
		document.KindOwnership:   "absent",
	} {
		if got := text(t, r, kind, ""); got != want {
			t.Errorf("%s:\n got %s\nwant %s", kind, got, want)
		}
	}
	for kind, want := range map[document.Kind]string{
		document.KindBucketPolicy: "aws:SecureTransport", document.KindACL: "FULL_CONTROL", document.KindKey: key,
		document.KindKeyPolicy: moto.Account, document.KindDelivery: `"Prefix":"audit/","Objects":2,"Complete":true`,
	} {
		if got := text(t, r, kind, ""); !strings.Contains(got, want) {
			t.Errorf("%s: %s lacks %s", kind, got, want)
		}
	}
}

func roleOf(t *testing.T, r *scanner.Record, managed, boundary string) {
	t.Helper()
	want := `{"Policies":["` + managed + `","inline/own"],"Boundary":"` + boundary + `"}`
	if got := text(t, r, document.KindIdentityPolicies, ""); got != want {
		t.Errorf("policies of the role:\n got %s\nwant %s", got, want)
	}
	for name, kind := range map[string]document.Kind{
		managed: document.KindIdentityPolicy, "inline/own": document.KindIdentityPolicy, boundary: document.KindBoundary,
	} {
		if got := text(t, r, kind, name); got != motoPolicy {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := text(t, r, document.KindTrustPolicy, ""); got != trustPolicy {
		t.Errorf("trust policy: %s", got)
	}
}

func userOf(t *testing.T, r *scanner.Record, managed string) {
	t.Helper()
	want := `{"Policies":["` + managed + `","group/writers/` + managed + `","group/writers/inline/shared","inline/own"]}`
	if got := text(t, r, document.KindIdentityPolicies, ""); got != want {
		t.Errorf("policies of the user:\n got %s\nwant %s", got, want)
	}
	if got := text(t, r, document.KindIdentityPolicy, "group/writers/inline/shared"); got != motoPolicy {
		t.Errorf("policy of the group: %s", got)
	}
	if got := text(t, r, document.KindAccessKeys, ""); !strings.Contains(got, `"AccessKeyId":"…`) || !strings.Contains(got, `"Status":"Active"`) {
		t.Errorf("access keys: %s", got)
	}
}

func (c *creator) policy(name string) string {
	c.t.Helper()
	document := motoPolicy
	return *made[iam.CreatePolicyOutput](c.t)(c.iam.CreatePolicy(c.ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document})).Policy.Arn
}

func (c *creator) role(name, managed, boundary string) string {
	c.t.Helper()
	trust, document, inline, path := trustPolicy, motoPolicy, "own", "/exports/"
	out := made[iam.CreateRoleOutput](c.t)(c.iam.CreateRole(c.ctx, &iam.CreateRoleInput{
		RoleName: &name, Path: &path, AssumeRolePolicyDocument: &trust, PermissionsBoundary: &boundary,
	}))
	c.done(c.iam.AttachRolePolicy(c.ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: &managed}))
	c.done(c.iam.PutRolePolicy(c.ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &inline, PolicyDocument: &document}))
	return *out.Role.Arn
}

func (c *creator) user(name, managed string) string {
	c.t.Helper()
	document, inline, group, shared := motoPolicy, "own", "writers", "shared"
	out := made[iam.CreateUserOutput](c.t)(c.iam.CreateUser(c.ctx, &iam.CreateUserInput{UserName: &name}))
	c.done(c.iam.AttachUserPolicy(c.ctx, &iam.AttachUserPolicyInput{UserName: &name, PolicyArn: &managed}))
	c.done(c.iam.PutUserPolicy(c.ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &inline, PolicyDocument: &document}))
	c.done(c.iam.CreateGroup(c.ctx, &iam.CreateGroupInput{GroupName: &group}))
	c.done(c.iam.AttachGroupPolicy(c.ctx, &iam.AttachGroupPolicyInput{GroupName: &group, PolicyArn: &managed}))
	c.done(c.iam.PutGroupPolicy(c.ctx, &iam.PutGroupPolicyInput{GroupName: &group, PolicyName: &shared, PolicyDocument: &document}))
	c.done(c.iam.AddUserToGroup(c.ctx, &iam.AddUserToGroupInput{GroupName: &group, UserName: &name}))
	c.done(c.iam.CreateAccessKey(c.ctx, &iam.CreateAccessKeyInput{UserName: &name}))
	return *out.User.Arn
}
