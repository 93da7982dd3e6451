package aws

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/trailguard/trailguard/scanner/document"
)

// bucketQuestions are the documents of a bucket, but for its encryption, which
// leads on to a key.
func bucketQuestions() []bucketQuestion {
	return []bucketQuestion{
		{document.KindBucketPolicy, callBucketPolicy, "NoSuchBucketPolicy", askBucketPolicy},
		{document.KindBucketPolicyStatus, callBucketPolicyStatus, "NoSuchBucketPolicy", askPolicyStatus},
		{document.KindPublicAccessBlock, callPublicAccessBlock, codeNoAccessBlock, askPublicAccessBlock},
		{document.KindVersioning, callVersioning, "", askVersioning},
		{document.KindObjectLock, callObjectLock, "ObjectLockConfigurationNotFoundError", askObjectLock},
		{document.KindLifecycle, callLifecycle, "NoSuchLifecycleConfiguration", askLifecycle},
		{document.KindOwnership, callOwnership, "OwnershipControlsNotFoundError", askOwnership},
		{document.KindACL, callACL, "", askACL},
		{document.KindAccessLog, callLogging, "", askLogging},
		{document.KindReplication, callReplication, "ReplicationConfigurationNotFoundError", askReplication},
		{document.KindRequestPayment, callRequestPayment, "", askRequestPayment},
	}
}

const (
	codeNoAccessBlock = "NoSuchPublicAccessBlockConfiguration"
	codeNoEncryption  = "ServerSideEncryptionConfigurationNotFoundError"
)

// errEmpty is an answer of the right shape without what was asked for.
var errEmpty = &malformedError{status: http.StatusOK, what: "with an answer that lacks what was asked for"}

func askBucketPolicy(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.Policy == nil || !isObject(*out.Policy) {
		return "", errEmpty
	}
	return *out.Policy, nil
}

func askPolicyStatus(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.PolicyStatus == nil || out.PolicyStatus.IsPublic == nil {
		return "", errEmpty
	}
	var doc document.PolicyStatus
	doc.PolicyStatus.IsPublic = *out.PolicyStatus.IsPublic
	return encode(doc), nil
}

func askPublicAccessBlock(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.PublicAccessBlockConfiguration == nil {
		return "", errEmpty
	}
	p := out.PublicAccessBlockConfiguration
	return accessBlockText(p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets), nil
}

func askVersioning(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	return encode(document.Versioning{Status: string(out.Status), MFADelete: string(out.MFADelete)}), nil
}

func askObjectLock(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.ObjectLockConfiguration == nil {
		return "", errEmpty
	}
	return encode(objectLock(out.ObjectLockConfiguration)), nil
}

func askLifecycle(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	return encode(lifecycle(out.Rules)), nil
}

func askOwnership(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.OwnershipControls == nil || len(out.OwnershipControls.Rules) == 0 {
		return "", errEmpty
	}
	return encode(ownership(out.OwnershipControls.Rules)), nil
}

func askACL(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.Owner == nil {
		return "", errEmpty
	}
	return encode(acl(out)), nil
}

func askLogging(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	return encode(accessLog(out.LoggingEnabled)), nil
}

func askReplication(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.ReplicationConfiguration == nil || len(out.ReplicationConfiguration.Rules) == 0 {
		return "", errEmpty
	}
	return encode(replication(out.ReplicationConfiguration)), nil
}

func askRequestPayment(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
	out, err := c.GetBucketRequestPayment(ctx, &s3.GetBucketRequestPaymentInput{Bucket: name}, in)
	if err != nil {
		return "", err
	}
	if out.Payer == "" {
		return "", errEmpty
	}
	return encode(document.RequestPayment{Payer: string(out.Payer)}), nil
}

// askEncryption returns the document and, where S3 encrypts with KMS, the key
// as it is configured.
func askEncryption(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (text, key string, err error) {
	out, err := c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name}, in)
	if err != nil {
		return "", "", err
	}
	if out.ServerSideEncryptionConfiguration == nil {
		return "", "", errEmpty
	}
	doc, key := encryption(out.ServerSideEncryptionConfiguration.Rules)
	return encode(doc), key, nil
}

// encryptionAndKey reads the default encryption and, where it names a key, what
// KMS says about that.
func (r *run) encryptionAndKey(ctx context.Context, b *bucket, out *batch) {
	var key string
	_, ok := r.askBucket(ctx, b, bucketQuestion{
		kind: document.KindEncryption, call: callEncryption, absent: codeNoEncryption,
		ask: func(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
			text, configured, err := askEncryption(ctx, c, name, in)
			key = configured
			return text, err
		},
	}, out)
	if ok && key != "" {
		out.add(r.keyBatch(ctx, b, key))
	}
}
