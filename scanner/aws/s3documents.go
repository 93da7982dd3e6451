package aws

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/trailguard/trailguard/scanner/document"
)

func accessBlockText(blockACLs, ignoreACLs, blockPolicy, restrict *bool) string {
	return encode(document.PublicAccessBlock{Configuration: &document.AccessBlock{
		BlockPublicAcls: deref(blockACLs), IgnorePublicAcls: deref(ignoreACLs),
		BlockPublicPolicy: deref(blockPolicy), RestrictPublicBuckets: deref(restrict),
	}})
}

// encryption returns the document and the first key that a rule names.
func encryption(rules []types.ServerSideEncryptionRule) (document.Encryption, string) {
	configuration := document.EncryptionConfiguration{Rules: []document.EncryptionRule{}}
	key := ""
	for _, rule := range rules {
		out := document.EncryptionRule{BucketKeyEnabled: deref(rule.BucketKeyEnabled)}
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil {
			out.Default = &document.EncryptionDefault{SSEAlgorithm: string(d.SSEAlgorithm), KMSMasterKeyID: deref(d.KMSMasterKeyID)}
			if key == "" && d.SSEAlgorithm != types.ServerSideEncryptionAes256 {
				key = out.Default.KMSMasterKeyID
			}
		}
		configuration.Rules = append(configuration.Rules, out)
	}
	return document.Encryption{Configuration: &configuration}, key
}

func objectLock(c *types.ObjectLockConfiguration) document.ObjectLock {
	var doc document.ObjectLock
	doc.Configuration.Enabled = string(c.ObjectLockEnabled)
	if c.Rule != nil && c.Rule.DefaultRetention != nil {
		d := c.Rule.DefaultRetention
		doc.Configuration.Rule = &document.ObjectLockRule{
			DefaultRetention: document.Retention{Mode: string(d.Mode), Days: deref(d.Days), Years: deref(d.Years)},
		}
	}
	return doc
}

func ownership(rules []types.OwnershipControlsRule) document.Ownership {
	var controls document.OwnershipControls
	for _, rule := range rules {
		controls.Rules = append(controls.Rules, document.OwnershipRule{ObjectOwnership: string(rule.ObjectOwnership)})
	}
	return document.Ownership{Controls: &controls}
}

func acl(out *s3.GetBucketAclOutput) document.ACL {
	doc := document.ACL{Owner: document.ACLOwner{ID: deref(out.Owner.ID)}, Grants: []document.ACLGrant{}}
	for _, grant := range out.Grants {
		g := document.ACLGrant{Permission: string(grant.Permission)}
		if to := grant.Grantee; to != nil {
			g.Grantee = document.ACLGrantee{
				ID: deref(to.ID), EmailAddress: deref(to.EmailAddress), Type: string(to.Type), URI: deref(to.URI),
			}
		}
		doc.Grants = append(doc.Grants, g)
	}
	return doc
}

func accessLog(enabled *types.LoggingEnabled) document.AccessLog {
	if enabled == nil {
		return document.AccessLog{}
	}
	return document.AccessLog{LoggingEnabled: &document.AccessLogTarget{
		TargetBucket: deref(enabled.TargetBucket), TargetPrefix: deref(enabled.TargetPrefix),
	}}
}

// lifecycle leaves transitions out: they move objects and delete none.
func lifecycle(rules []types.LifecycleRule) document.Lifecycle {
	doc := document.Lifecycle{Rules: []document.LifecycleRule{}}
	for _, rule := range rules {
		out := document.LifecycleRule{
			ID: deref(rule.ID), Filter: lifecycleFilter(rule.Filter), Status: string(rule.Status),
			Prefix: rule.Prefix, //nolint:staticcheck // no longer written, and still in force where it was
		}
		if e := rule.Expiration; e != nil {
			out.Expiration = &document.Expiration{
				Date: utc(e.Date), Days: deref(e.Days), ExpiredObjectDeleteMarker: deref(e.ExpiredObjectDeleteMarker),
			}
		}
		if n := rule.NoncurrentVersionExpiration; n != nil {
			out.NoncurrentVersionExpiration = &document.NoncurrentExpiration{
				NoncurrentDays: deref(n.NoncurrentDays), NewerNoncurrentVersions: deref(n.NewerNoncurrentVersions),
			}
		}
		doc.Rules = append(doc.Rules, out)
	}
	return doc
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

// replication leaves out how fast objects are copied, and in which storage class.
func replication(c *types.ReplicationConfiguration) document.Replication {
	configuration := document.ReplicationConfiguration{Role: deref(c.Role)}
	for _, rule := range c.Rules {
		out := document.ReplicationRule{
			ID: deref(rule.ID), Filter: replicationFilter(rule.Filter), Status: string(rule.Status),
			Prefix: rule.Prefix, //nolint:staticcheck // no longer written, and still in force where it was
		}
		if to := rule.Destination; to != nil {
			out.Destination = document.ReplicationDestination{Bucket: deref(to.Bucket), Account: deref(to.Account)}
			if to.AccessControlTranslation != nil {
				out.Destination.Translation = &document.OwnerTranslation{Owner: string(to.AccessControlTranslation.Owner)}
			}
			if to.EncryptionConfiguration != nil {
				out.Destination.Encryption = &document.ReplicaKey{KeyID: deref(to.EncryptionConfiguration.ReplicaKmsKeyID)}
			}
		}
		configuration.Rules = append(configuration.Rules, out)
	}
	return document.Replication{Configuration: &configuration}
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

func tag(t *types.Tag) *document.Tag {
	if t == nil {
		return nil
	}
	return &document.Tag{Key: deref(t.Key), Value: deref(t.Value)}
}

func tags(list []types.Tag) []document.Tag {
	var out []document.Tag
	for i := range list {
		out = append(out, *tag(&list[i]))
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
