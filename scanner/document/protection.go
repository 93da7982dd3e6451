package document

import (
	"cmp"
	"strings"
	"time"
)

// The kinds of evidence about how a bucket protects its objects.
const (
	KindEncryption  Kind = "encryption"  // Encryption
	KindVersioning  Kind = "versioning"  // Versioning
	KindObjectLock  Kind = "object_lock" // ObjectLock
	KindLifecycle   Kind = "lifecycle"   // Lifecycle
	KindReplication Kind = "replication" // Replication
)

func protectionRows() []row {
	return []row{
		{kind: KindEncryption, noun: "default encryption", file: "encryption", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindVersioning, noun: "versioning", file: "versioning", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindObjectLock, noun: "Object Lock", file: "object-lock", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindLifecycle, noun: "lifecycle", file: "lifecycle", subject: SubjectBucket, aspect: AspectProtection, limit: ruleLimit},
		{kind: KindReplication, noun: "replication", file: "replication", subject: SubjectBucket, aspect: AspectProtection, limit: ruleLimit},
	}
}

// Versioning is a bucket's versioning.
type Versioning struct {
	Status    string `json:"Status,omitempty"`
	MFADelete string `json:"MFADelete,omitempty"`
}

// S3's words for a setting or rule that is in force, and for one that is not.
const (
	StatusEnabled  = "Enabled"
	statusDisabled = "Disabled"
)

// Unrecognised implements Recogniser.
func (d *Versioning) Unrecognised() string {
	return cmp.Or(among("Status", d.Status, "", StatusEnabled, "Suspended"), among("MFADelete", d.MFADelete, "", StatusEnabled, statusDisabled))
}

// ObjectLock is a bucket's Object Lock.
type ObjectLock struct {
	Configuration struct {
		Enabled string          `json:"ObjectLockEnabled,omitempty"`
		Rule    *ObjectLockRule `json:"Rule,omitempty"`
	} `json:"ObjectLockConfiguration"`
}

// The modes of retention.
const (
	LockGovernance = "GOVERNANCE" // whoever has s3:BypassGovernanceRetention may end it early
	LockCompliance = "COMPLIANCE" // nobody may end it early
)

// Valid reports whether the text says whether it is enabled.
func (d *ObjectLock) Valid() bool { return d.Configuration.Enabled != "" }

// ObjectLockRule applies to objects that are uploaded without a retention.
type ObjectLockRule struct {
	DefaultRetention Retention `json:"DefaultRetention"`
}

// Retention is a mode and either days or years.
type Retention struct {
	Mode  string `json:"Mode,omitempty"`
	Days  int32  `json:"Days,omitempty"`
	Years int32  `json:"Years,omitempty"`
}

// Unrecognised implements Recogniser.
func (d *ObjectLock) Unrecognised() string {
	return cmp.Or(among("ObjectLockEnabled", d.Configuration.Enabled, "", StatusEnabled), among("Mode", d.Retention().Mode, "", LockGovernance, LockCompliance))
}

// Retention returns the default retention, which is empty where there is none.
func (d *ObjectLock) Retention() Retention {
	if d.Configuration.Rule == nil {
		return Retention{}
	}
	return d.Configuration.Rule.DefaultRetention
}

// InDays returns the retention in days. A year has 365 days, as S3 counts.
func (r Retention) InDays() int { return int(r.Days) + 365*int(r.Years) }

// Lifecycle holds a bucket's rules on when objects expire. It leaves out
// transitions: they move objects and delete none.
type Lifecycle struct {
	Rules []LifecycleRule `json:"Rules"`
}

// LifecycleRule is one rule.
type LifecycleRule struct {
	ID                          string                `json:"ID,omitempty"`
	Prefix                      *string               `json:"Prefix,omitempty"` // of old rules, without a filter
	Filter                      *Filter               `json:"Filter,omitempty"`
	Status                      string                `json:"Status"`
	Expiration                  *Expiration           `json:"Expiration,omitempty"`
	NoncurrentVersionExpiration *NoncurrentExpiration `json:"NoncurrentVersionExpiration,omitempty"`
}

// Expiration says when current objects are deleted.
type Expiration struct {
	Date                      *time.Time `json:"Date,omitempty"`
	Days                      int32      `json:"Days,omitempty"`
	ExpiredObjectDeleteMarker bool       `json:"ExpiredObjectDeleteMarker,omitempty"`
}

// NoncurrentExpiration says when versions are deleted that are no longer current.
type NoncurrentExpiration struct {
	NoncurrentDays          int32 `json:"NoncurrentDays,omitempty"`
	NewerNoncurrentVersions int32 `json:"NewerNoncurrentVersions,omitempty"`
}

// Unrecognised implements Recogniser.
func (d *Lifecycle) Unrecognised() string {
	return first(d.Rules, func(r *LifecycleRule) string { return among("Status", r.Status, StatusEnabled, statusDisabled) })
}

// Replication holds a bucket's rules on where objects are copied to.
type Replication struct {
	Configuration *ReplicationConfiguration `json:"ReplicationConfiguration"`
}

// ReplicationConfiguration is the role that S3 copies with, and the rules.
type ReplicationConfiguration struct {
	Role  string            `json:"Role"`
	Rules []ReplicationRule `json:"Rules"`
}

// ReplicationRule is one rule.
type ReplicationRule struct {
	ID          string                 `json:"ID,omitempty"`
	Prefix      *string                `json:"Prefix,omitempty"` // of old rules, without a filter
	Filter      *Filter                `json:"Filter,omitempty"`
	Status      string                 `json:"Status"`
	Destination ReplicationDestination `json:"Destination"`
}

// ReplicationDestination says where copies go, and who owns them there.
type ReplicationDestination struct {
	Bucket  string `json:"Bucket"`            // its ARN
	Account string `json:"Account,omitempty"` // of the bucket; mostly empty within one account
	// Translation names the new owner of the copies; nil: the source's.
	Translation *OwnerTranslation `json:"AccessControlTranslation,omitempty"`
	Encryption  *ReplicaKey       `json:"EncryptionConfiguration,omitempty"`
}

// OwnerTranslation is "Destination" where the destination's owner gets the copies.
type OwnerTranslation struct {
	Owner string `json:"Owner"`
}

// ReplicaKey is the key that copies are encrypted with.
type ReplicaKey struct {
	KeyID string `json:"ReplicaKmsKeyID,omitempty"`
}

// Valid reports whether the text holds a configuration.
func (d *Replication) Valid() bool { return d.Configuration != nil }

// Unrecognised implements Recogniser.
func (d *Replication) Unrecognised() string {
	if d.Configuration == nil {
		return ""
	}
	return first(d.Configuration.Rules, func(r *ReplicationRule) string {
		owner := ""
		if t := r.Destination.Translation; t != nil {
			owner = among("Owner", t.Owner, "Destination")
		}
		return cmp.Or(among("Status", r.Status, StatusEnabled, statusDisabled), owner)
	})
}

// Reaches reports whether the rule may copy an object whose key begins with a
// prefix, as LifecycleRule.Reaches does.
func (r *ReplicationRule) Reaches(prefix string) bool {
	return r.Status == StatusEnabled && reaches(prefix, r.Prefix, r.Filter)
}

// Filter says which objects a rule applies to.
type Filter struct {
	Prefix                *string `json:"Prefix,omitempty"`
	Tag                   *Tag    `json:"Tag,omitempty"`
	ObjectSizeGreaterThan *int64  `json:"ObjectSizeGreaterThan,omitempty"` // bytes
	ObjectSizeLessThan    *int64  `json:"ObjectSizeLessThan,omitempty"`    // bytes
	And                   *And    `json:"And,omitempty"`
}

// Tagged reports whether the filter demands tags, which objects have that were
// uploaded with them or tagged since.
func (f *Filter) Tagged() bool {
	return f != nil && (f.Tag != nil || f.And != nil && len(f.And.Tags) > 0)
}

// And holds the conditions of a filter that has several.
type And struct {
	Prefix                *string `json:"Prefix,omitempty"`
	Tags                  []Tag   `json:"Tags,omitempty"`
	ObjectSizeGreaterThan *int64  `json:"ObjectSizeGreaterThan,omitempty"` // bytes
	ObjectSizeLessThan    *int64  `json:"ObjectSizeLessThan,omitempty"`    // bytes
}

// Tag is a tag of an object, a bucket, a role or a user.
type Tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

// Reaches reports whether the rule is in force and may apply to an object whose
// key begins with a prefix. Filters by tag or size count as matching, since
// nobody knows what will be uploaded.
func (r *LifecycleRule) Reaches(prefix string) bool {
	return r.Status == StatusEnabled && reaches(prefix, r.Prefix, r.Filter)
}

// reaches compares a key prefix with that of a rule, which is in the old form
// or in its filter, at most in one of them.
func reaches(prefix string, old *string, filter *Filter) bool {
	of := ""
	switch {
	case old != nil:
		of = *old
	case filter != nil && filter.Prefix != nil:
		of = *filter.Prefix
	case filter != nil && filter.And != nil && filter.And.Prefix != nil:
		of = *filter.And.Prefix
	}
	return strings.HasPrefix(prefix, of) || strings.HasPrefix(of, prefix)
}
