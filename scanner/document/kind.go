// Package document describes what evidence holds: the kinds of documents that a
// scan reads. It imports nothing of the other stages, so that whoever writes,
// reads or compares a document finds its description here.
package document

// Kind names what a piece of evidence, or the gap in its place, is about.
type Kind string

// The kinds of evidence. Except for policy documents, whose text is the
// document itself, the text is the JSON that the AWS CLI prints for the call,
// cut down to what is judged.
const (
	// KindConfiguration is Immuta's record of one export: the JSON of
	// ExportConfiguration.
	KindConfiguration Kind = "configuration"
	// KindConfigurations is the tenant's list; it occurs only in gaps.
	KindConfigurations Kind = "configurations"
	// KindTenant is the JSON of Tenant without gaps.
	KindTenant Kind = "tenant"

	// KindBucket is BucketDocument, from HeadBucket.
	KindBucket Kind = "bucket"
	// KindBucketOwner is BucketOwnerDocument, from HeadBucket with
	// ExpectedBucketOwner.
	KindBucketOwner        Kind = "bucket_owner"
	KindBucketPolicy       Kind = "bucket_policy"
	KindBucketPolicyStatus Kind = "bucket_policy_status"        // {"PolicyStatus":{"IsPublic":…}}
	KindPublicAccessBlock  Kind = "public_access_block"         // {"PublicAccessBlockConfiguration":{…}}
	KindAccountAccessBlock Kind = "account_public_access_block" // the same, for the account
	KindEncryption         Kind = "encryption"                  // {"ServerSideEncryptionConfiguration":{"Rules":[…]}}
	KindVersioning         Kind = "versioning"                  // {"Status":…,"MFADelete":…}
	KindObjectLock         Kind = "object_lock"                 // {"ObjectLockConfiguration":{…}}
	KindLifecycle          Kind = "lifecycle"                   // {"Rules":[…]}
	KindOwnership          Kind = "ownership"                   // {"OwnershipControls":{"Rules":[…]}}
	KindACL                Kind = "acl"                         // {"Owner":…,"Grants":[…]}
	KindAccessLog          Kind = "access_log"                  // {"LoggingEnabled":…}
	// KindDelivery is DeliveryDocument, from ListObjectsV2.
	KindDelivery Kind = "delivery"

	KindRole        Kind = "role"         // {"Role":{…}} without the trust document
	KindTrustPolicy Kind = "trust_policy" // the role's trust document
	KindUser        Kind = "user"         // {"User":{…}}
	// KindIdentityPolicies is IdentityPoliciesDocument: which policies a role
	// or user has. Each of them is then a KindIdentityPolicy, or a gap.
	KindIdentityPolicies Kind = "identity_policies"
	KindIdentityPolicy   Kind = "identity_policy" // Name says which
	KindBoundary         Kind = "permissions_boundary"
	KindAccessKeys       Kind = "access_keys" // {"AccessKeyMetadata":[{…,"LastUsedDate":…}]}, ids shortened

	KindKey       Kind = "key" // {"KeyMetadata":{…}}
	KindKeyPolicy Kind = "key_policy"

	KindCaller Kind = "caller" // occurs only in gaps: the account's credentials
)
