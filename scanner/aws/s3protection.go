package aws

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/trailguard/trailguard/scanner/document"
)

// protectionQuestions are the documents about how a bucket protects its
// objects, except for its encryption, which leads on to a key.
func protectionQuestions() []bucketQuestion {
	return []bucketQuestion{
		{document.KindVersioning, callVersioning, "", asking((*s3.Client).GetBucketVersioning,
			func(name *string) *s3.GetBucketVersioningInput { return &s3.GetBucketVersioningInput{Bucket: name} }, versioningText)},
		{document.KindObjectLock, callObjectLock, "ObjectLockConfigurationNotFoundError", asking((*s3.Client).GetObjectLockConfiguration,
			func(name *string) *s3.GetObjectLockConfigurationInput {
				return &s3.GetObjectLockConfigurationInput{Bucket: name}
			}, objectLockText)},
		{document.KindLifecycle, callLifecycle, "NoSuchLifecycleConfiguration", asking((*s3.Client).GetBucketLifecycleConfiguration,
			func(name *string) *s3.GetBucketLifecycleConfigurationInput {
				return &s3.GetBucketLifecycleConfigurationInput{Bucket: name}
			}, lifecycleText)},
		{document.KindReplication, callReplication, "ReplicationConfigurationNotFoundError", asking((*s3.Client).GetBucketReplication,
			func(name *string) *s3.GetBucketReplicationInput { return &s3.GetBucketReplicationInput{Bucket: name} }, replicationText)},
	}
}

const codeNoEncryption = "ServerSideEncryptionConfigurationNotFoundError"

// encryptionAndKey reads the default encryption and, where it names a key, what
// KMS says about that.
func (r *run) encryptionAndKey(ctx context.Context, b *bucket, out *batch) {
	var key string
	_, ok := r.askBucket(ctx, b, bucketQuestion{
		document.KindEncryption, callEncryption, codeNoEncryption, asking((*s3.Client).GetBucketEncryption,
			func(name *string) *s3.GetBucketEncryptionInput { return &s3.GetBucketEncryptionInput{Bucket: name} },
			func(out *s3.GetBucketEncryptionOutput) (text string) {
				text, key = encryptionText(out)
				return text
			}),
	}, out)
	if ok && key != "" {
		out.add(r.keyBatch(ctx, b, key))
		out.add(r.organizationBatch(ctx, parseARN(key).Account))
	}
}

// encryptionText returns the document and the first key that a rule names.
func encryptionText(out *s3.GetBucketEncryptionOutput) (text, key string) {
	if c := out.ServerSideEncryptionConfiguration; c == nil || len(c.Rules) == 0 {
		return "", ""
	}
	configuration := document.EncryptionConfiguration{Rules: []document.EncryptionRule{}}
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		read := document.EncryptionRule{BucketKeyEnabled: deref(rule.BucketKeyEnabled)}
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil {
			read.Default = &document.EncryptionDefault{SSEAlgorithm: string(d.SSEAlgorithm), KMSMasterKeyID: deref(d.KMSMasterKeyID)}
			if key == "" && d.SSEAlgorithm != types.ServerSideEncryptionAes256 {
				key = read.Default.KMSMasterKeyID
			}
		}
		if blocked := rule.BlockedEncryptionTypes; blocked != nil {
			read.Blocked = &document.BlockedEncryption{Types: []string{}}
			for _, of := range blocked.EncryptionType {
				read.Blocked.Types = append(read.Blocked.Types, string(of))
			}
			slices.Sort(read.Blocked.Types)
		}
		configuration.Rules = append(configuration.Rules, read)
	}
	return document.Encode(document.Encryption{Configuration: &configuration}), key
}

func versioningText(out *s3.GetBucketVersioningOutput) string {
	return document.Encode(document.Versioning{Status: string(out.Status), MFADelete: string(out.MFADelete)})
}

func objectLockText(out *s3.GetObjectLockConfigurationOutput) string {
	c := out.ObjectLockConfiguration
	if c == nil {
		return ""
	}
	var doc document.ObjectLock
	doc.Configuration.Enabled = string(c.ObjectLockEnabled)
	if c.Rule != nil && c.Rule.DefaultRetention != nil {
		d := c.Rule.DefaultRetention
		doc.Configuration.Rule = &document.ObjectLockRule{
			DefaultRetention: document.Retention{Mode: string(d.Mode), Days: deref(d.Days), Years: deref(d.Years)},
		}
	}
	return document.Encode(doc)
}

// lifecycleText leaves out transitions: they move objects and delete none.
func lifecycleText(out *s3.GetBucketLifecycleConfigurationOutput) string {
	doc := document.Lifecycle{Rules: []document.LifecycleRule{}}
	for _, rule := range out.Rules {
		read := document.LifecycleRule{
			ID: deref(rule.ID), Filter: lifecycleFilter(rule.Filter), Status: string(rule.Status),
			Prefix: rule.Prefix, //nolint:staticcheck // no longer written, and still in force where it was
		}
		if e := rule.Expiration; e != nil {
			read.Expiration = &document.Expiration{
				Date: utc(e.Date), Days: deref(e.Days), ExpiredObjectDeleteMarker: deref(e.ExpiredObjectDeleteMarker),
			}
		}
		if n := rule.NoncurrentVersionExpiration; n != nil {
			read.NoncurrentVersionExpiration = &document.NoncurrentExpiration{
				NoncurrentDays: deref(n.NoncurrentDays), NewerNoncurrentVersions: deref(n.NewerNoncurrentVersions),
			}
		}
		doc.Rules = append(doc.Rules, read)
	}
	return document.Encode(doc)
}

func lifecycleFilter(f *types.LifecycleRuleFilter) *document.Filter {
	if f == nil {
		return nil
	}
	out := &document.Filter{
		Prefix: f.Prefix, Tag: tag(f.Tag), ObjectSizeGreaterThan: f.ObjectSizeGreaterThan, ObjectSizeLessThan: f.ObjectSizeLessThan,
	}
	if f.And != nil {
		out.And = &document.And{
			Prefix: f.And.Prefix, Tags: tags(f.And.Tags),
			ObjectSizeGreaterThan: f.And.ObjectSizeGreaterThan, ObjectSizeLessThan: f.And.ObjectSizeLessThan,
		}
	}
	return out
}

// replicationText leaves out how fast objects are copied, and to which storage
// class.
func replicationText(out *s3.GetBucketReplicationOutput) string {
	c := out.ReplicationConfiguration
	if c == nil || len(c.Rules) == 0 {
		return ""
	}
	configuration := document.ReplicationConfiguration{Role: deref(c.Role)}
	for _, rule := range c.Rules {
		read := document.ReplicationRule{
			ID: deref(rule.ID), Filter: replicationFilter(rule.Filter), Status: string(rule.Status),
			Prefix: rule.Prefix, //nolint:staticcheck // no longer written, and still in force where it was
		}
		if to := rule.Destination; to != nil {
			read.Destination = document.ReplicationDestination{Bucket: deref(to.Bucket), Account: deref(to.Account)}
			if to.AccessControlTranslation != nil {
				read.Destination.Translation = &document.OwnerTranslation{Owner: string(to.AccessControlTranslation.Owner)}
			}
			if to.EncryptionConfiguration != nil {
				read.Destination.Encryption = &document.ReplicaKey{KeyID: deref(to.EncryptionConfiguration.ReplicaKmsKeyID)}
			}
		}
		configuration.Rules = append(configuration.Rules, read)
	}
	return document.Encode(document.Replication{Configuration: &configuration})
}

func replicationFilter(f *types.ReplicationRuleFilter) *document.Filter {
	if f == nil {
		return nil
	}
	out := &document.Filter{Prefix: f.Prefix, Tag: tag(f.Tag)}
	if f.And != nil {
		out.And = &document.And{Prefix: f.And.Prefix, Tags: tags(f.And.Tags)}
	}
	return out
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	moved := t.UTC()
	return &moved
}
