//go:build integration

package main

import (
	"fmt"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// world creates things in moto through the SDK.
type world struct {
	t   *testing.T
	s3  *s3.Client
	iam *iam.Client
	kms *kms.Client
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	c := awssdk.Config{
		Region: "us-east-1", BaseEndpoint: &url,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAADMINEXAMPLE0000", "secret", ""),
	}
	return &world{
		t: t, iam: iam.NewFromConfig(c), kms: kms.NewFromConfig(c),
		s3: s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// make creates what the cases are about, each with an id and a bucket of its own.
func (w *world) make(cases []motoCase) {
	w.t.Helper()
	for i := range cases {
		c := &cases[i]
		c.id = fmt.Sprintf("%08d-0000-4000-8000-000000000000", i+1)
		c.bucket = "audit-" + c.name
		w.newBucket(c)
		c.make(w, c)
	}
}

// check ends the test when something could not be created.
func check[T any](w *world, out T, err error) T {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) newBucket(c *motoCase) {
	w.t.Helper()
	out, err := w.s3.CreateBucket(w.t.Context(), &s3.CreateBucketInput{Bucket: &c.bucket})
	check(w, out, err)
}

func (w *world) bucketPolicy(c *motoCase, policy string) {
	w.t.Helper()
	out, err := w.s3.PutBucketPolicy(w.t.Context(), &s3.PutBucketPolicyInput{Bucket: &c.bucket, Policy: &policy})
	check(w, out, err)
}

// keyGrant lets a principal encrypt and decrypt by a grant on a key; a context
// narrows it to encryption with the same one.
func (w *world) keyGrant(key, principal string, context map[string]string) {
	in := &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: &principal, Operations: []kmstypes.GrantOperation{"GenerateDataKey", "Decrypt"}}
	if context != nil {
		in.Constraints = &kmstypes.GrantConstraints{EncryptionContextEquals: context}
	}
	out, err := w.kms.CreateGrant(w.t.Context(), in)
	check(w, out, err)
}

// rotated has KMS rotate a key.
func (w *world) rotated(key string) {
	out, err := w.kms.EnableKeyRotation(w.t.Context(), &kms.EnableKeyRotationInput{KeyId: &key})
	check(w, out, err)
}

// encrypted encrypts the bucket with a new key and returns the key's ARN.
func (w *world) encrypted(c *motoCase, keyPolicy string) string {
	w.t.Helper()
	key, err := w.kms.CreateKey(w.t.Context(), &kms.CreateKeyInput{})
	arn := check(w, key, err).KeyMetadata.Arn
	put, err := w.kms.PutKeyPolicy(w.t.Context(), &kms.PutKeyPolicyInput{KeyId: arn, PolicyName: awssdk.String("default"), Policy: &keyPolicy})
	check(w, put, err)
	out, err := w.s3.PutBucketEncryption(w.t.Context(), &s3.PutBucketEncryptionInput{
		Bucket: &c.bucket,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: arn},
		}}},
	})
	check(w, out, err)
	return *arn
}

// writer is a role or user of a case, to give policies to.
type writer struct {
	w    *world
	name string
	user bool
}

func (w *world) roleWith(c *motoCase) *writer { return w.trusted(c, trust(c.id), "") }

// roleWithin is a role within a boundary.
func (w *world) roleWithin(c *motoCase, boundary string) *writer {
	w.t.Helper()
	return w.trusted(c, trust(c.id), w.policy(c.name+"-boundary", boundary))
}

func (w *world) trusted(c *motoCase, trustPolicy, boundary string) *writer {
	w.t.Helper()
	in := &iam.CreateRoleInput{RoleName: &c.name, AssumeRolePolicyDocument: &trustPolicy}
	if boundary != "" {
		in.PermissionsBoundary = &boundary
	}
	role, err := w.iam.CreateRole(w.t.Context(), in)
	c.role = *check(w, role, err).Role.Arn
	return &writer{w, c.name, false}
}

func (w *world) userWith(c *motoCase) *writer {
	w.t.Helper()
	user, err := w.iam.CreateUser(w.t.Context(), &iam.CreateUserInput{UserName: &c.name})
	c.user = *check(w, user, err).User.Arn
	key, err := w.iam.CreateAccessKey(w.t.Context(), &iam.CreateAccessKeyInput{UserName: &c.name})
	check(w, key, err)
	return &writer{w, c.name, true}
}

// policy creates a managed policy and returns its ARN.
func (w *world) policy(name, document string) string {
	w.t.Helper()
	out, err := w.iam.CreatePolicy(w.t.Context(), &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document})
	return *check(w, out, err).Policy.Arn
}

func (i *writer) inline(document string) *writer {
	i.w.t.Helper()
	name := "inline"
	var err error
	if i.user {
		_, err = i.w.iam.PutUserPolicy(i.w.t.Context(), &iam.PutUserPolicyInput{UserName: &i.name, PolicyName: &name, PolicyDocument: &document})
	} else {
		_, err = i.w.iam.PutRolePolicy(i.w.t.Context(), &iam.PutRolePolicyInput{RoleName: &i.name, PolicyName: &name, PolicyDocument: &document})
	}
	return check(i.w, i, err)
}

func (i *writer) managed(document string) *writer {
	i.w.t.Helper()
	arn := i.w.policy(i.name+"-managed", document)
	var err error
	if i.user {
		_, err = i.w.iam.AttachUserPolicy(i.w.t.Context(), &iam.AttachUserPolicyInput{UserName: &i.name, PolicyArn: &arn})
	} else {
		_, err = i.w.iam.AttachRolePolicy(i.w.t.Context(), &iam.AttachRolePolicyInput{RoleName: &i.name, PolicyArn: &arn})
	}
	return check(i.w, i, err)
}

// group makes the user a member of a new group and returns the group's name.
func (i *writer) group() string {
	i.w.t.Helper()
	name := i.name + "-group"
	made, err := i.w.iam.CreateGroup(i.w.t.Context(), &iam.CreateGroupInput{GroupName: &name})
	check(i.w, made, err)
	joined, err := i.w.iam.AddUserToGroup(i.w.t.Context(), &iam.AddUserToGroupInput{GroupName: &name, UserName: &i.name})
	check(i.w, joined, err)
	return name
}

func (i *writer) groupInline(document string) *writer {
	i.w.t.Helper()
	group, name := i.group(), "inline"
	out, err := i.w.iam.PutGroupPolicy(i.w.t.Context(), &iam.PutGroupPolicyInput{GroupName: &group, PolicyName: &name, PolicyDocument: &document})
	check(i.w, out, err)
	return i
}

func (i *writer) groupManaged(document string) *writer {
	i.w.t.Helper()
	group, arn := i.group(), i.w.policy(i.name+"-group-managed", document)
	out, err := i.w.iam.AttachGroupPolicy(i.w.t.Context(), &iam.AttachGroupPolicyInput{GroupName: &group, PolicyArn: &arn})
	check(i.w, out, err)
	return i
}
