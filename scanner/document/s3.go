package document

import (
	"cmp"

	"github.com/trailguard/trailguard/scanner/iam"
)

// The kinds of evidence about a bucket, except for what protects its objects. A
// policy's text is the policy itself. The other texts are the JSON that the AWS
// CLI prints for the call, cut down to what is judged.
const (
	KindBucket             Kind = "bucket"                      // Bucket, from HeadBucket
	KindBucketOwner        Kind = "bucket_owner"                // BucketOwner, from HeadBucket with ExpectedBucketOwner
	KindBucketPolicy       Kind = "bucket_policy"               // the policy
	KindBucketPolicyStatus Kind = "bucket_policy_status"        // PolicyStatus
	KindPublicAccessBlock  Kind = "public_access_block"         // PublicAccessBlock
	KindAccountAccessBlock Kind = "account_public_access_block" // the same, of the owner's account
	KindOwnership          Kind = "ownership"                   // Ownership
	KindACL                Kind = "acl"                         // ACL
	KindAccessLog          Kind = "access_log"                  // AccessLog
	KindRequestPayment     Kind = "request_payment"             // RequestPayment
	KindBucketABAC         Kind = "bucket_abac"                 // BucketABAC, from GetBucketAbac and GetBucketTagging
	KindDelivery           Kind = "delivery"                    // Delivery, from ListObjectsV2
)

func s3Rows() []row {
	return []row{
		{kind: KindBucket, noun: "bucket", file: "bucket", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindBucketOwner, noun: "bucket's owner", file: "owner", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindBucketPolicy, noun: "bucket policy", file: "policy", subject: SubjectBucket, aspect: AspectAccess, policy: new(iam.ResourcePolicy), limit: 20 * kb},
		{kind: KindBucketPolicyStatus, noun: "bucket policy status", file: "policy-status", subject: SubjectBucket, limit: settingLimit},
		{kind: KindPublicAccessBlock, noun: "public access block", file: "public-access-block", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindAccountAccessBlock, noun: "account's public access block", file: "public-access-block", subject: SubjectAccount, aspect: AspectProtection, limit: settingLimit},
		{kind: KindOwnership, noun: "object ownership", file: "ownership", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindACL, noun: "access control list", file: "acl", subject: SubjectBucket, aspect: AspectAccess, limit: listLimit},
		{kind: KindAccessLog, noun: "access logging", file: "access-log", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindRequestPayment, noun: "request payment", file: "request-payment", subject: SubjectBucket, aspect: AspectProtection, limit: settingLimit},
		{kind: KindBucketABAC, noun: "access control by tags", file: "abac", subject: SubjectBucket, aspect: AspectAccess, limit: listLimit},
		{kind: KindDelivery, noun: "delivery", file: "delivery", subject: SubjectBucket, volatile: true, limit: noLimit},
	}
}

// Bucket says whether a bucket exists, and where.
type Bucket struct {
	Exists           *bool  `json:"Exists"`
	Region           string `json:"Region,omitempty"`           // x-amz-bucket-region
	AccessPointAlias bool   `json:"AccessPointAlias,omitempty"` // x-amz-access-point-alias
}

// Valid reports whether the text says whether the bucket exists. Nothing
// follows from a text that does not, least of all that it does not exist.
func (d *Bucket) Valid() bool { return d.Exists != nil }

// BucketOwner is the account that a bucket belongs to.
type BucketOwner struct {
	Account string `json:"Account"` // twelve digits
}

// PolicyStatus is S3's own opinion on a bucket policy.
type PolicyStatus struct {
	PolicyStatus struct {
		IsPublic bool `json:"IsPublic"`
	} `json:"PolicyStatus"`
}

// PublicAccessBlock is the Block Public Access configuration of a bucket or an
// account.
type PublicAccessBlock struct {
	Configuration *AccessBlock `json:"PublicAccessBlockConfiguration"`
}

// AccessBlock holds the settings of Block Public Access. Without a
// configuration all are off.
type AccessBlock struct {
	BlockPublicAcls       bool `json:"BlockPublicAcls"`
	IgnorePublicAcls      bool `json:"IgnorePublicAcls"`
	BlockPublicPolicy     bool `json:"BlockPublicPolicy"`
	RestrictPublicBuckets bool `json:"RestrictPublicBuckets"`
}

// Valid reports whether the text holds a configuration.
func (d *PublicAccessBlock) Valid() bool { return d.Configuration != nil }

// Ownership holds a bucket's ownership controls.
type Ownership struct {
	Controls *OwnershipControls `json:"OwnershipControls"`
}

// OwnershipControls hold one rule.
type OwnershipControls struct {
	Rules []OwnershipRule `json:"Rules"`
}

// OwnershipRule says who owns the objects that others upload.
type OwnershipRule struct {
	ObjectOwnership string `json:"ObjectOwnership"`
}

// The settings of object ownership.
const (
	OwnerEnforced  = "BucketOwnerEnforced"  // the bucket's owner; ACLs are off
	OwnerPreferred = "BucketOwnerPreferred" // the bucket's owner, where the upload's ACL gives it full control
	OwnerWriter    = "ObjectWriter"         // the uploader
)

// Valid reports whether the text holds controls.
func (d *Ownership) Valid() bool { return d.Controls != nil }

// Setting returns who owns the objects that others upload. Without controls it
// is the uploader.
func (d *Ownership) Setting() string {
	if d.Controls == nil || len(d.Controls.Rules) == 0 {
		return OwnerWriter
	}
	return d.Controls.Rules[0].ObjectOwnership
}

// Unrecognised implements Recogniser.
func (d *Ownership) Unrecognised() string {
	if d.Controls == nil {
		return ""
	}
	return first(d.Controls.Rules, func(r *OwnershipRule) string {
		return among("ObjectOwnership", r.ObjectOwnership, OwnerEnforced, OwnerPreferred, OwnerWriter)
	})
}

// ACL is a bucket's access control list.
type ACL struct {
	Owner  ACLOwner   `json:"Owner"`
	Grants []ACLGrant `json:"Grants"`
}

// ACLOwner is the canonical user that the bucket belongs to.
type ACLOwner struct {
	ID string `json:"ID"`
}

// ACLGrant is one grant.
type ACLGrant struct {
	Grantee    ACLGrantee `json:"Grantee"`
	Permission string     `json:"Permission"`
}

// ACLGrantee is a canonical user, a group by its URI, or an e-mail address.
type ACLGrantee struct {
	ID           string `json:"ID,omitempty"`
	EmailAddress string `json:"EmailAddress,omitempty"`
	Type         string `json:"Type"`
	URI          string `json:"URI,omitempty"`
}

// Valid reports whether the text holds a list of grants, which may be empty.
func (d *ACL) Valid() bool { return d.Grants != nil }

// The groups that an ACL can name.
const (
	GroupAllUsers           = "http://acs.amazonaws.com/groups/global/AllUsers"
	GroupAuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	GroupLogDelivery        = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// Unrecognised is about one grant, since each counts for itself: what another
// grant allows is certain all the same.
func (g *ACLGrant) Unrecognised() string {
	return cmp.Or(
		among("Permission", g.Permission, "FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"),
		among("Type", g.Grantee.Type, "", "AmazonCustomerByEmail", "CanonicalUser", "Group"),
		among("URI", g.Grantee.URI, "", GroupAllUsers, GroupAuthenticatedUsers, GroupLogDelivery),
	)
}

// AccessLog says where S3 logs who accessed the bucket.
type AccessLog struct {
	LoggingEnabled *AccessLogTarget `json:"LoggingEnabled,omitempty"`
}

// AccessLogTarget is where logs go.
type AccessLogTarget struct {
	TargetBucket string `json:"TargetBucket"`
	TargetPrefix string `json:"TargetPrefix"`
}

// Target returns where logs go, as a URL. It is empty where there are none.
func (d *AccessLog) Target() string {
	if d.LoggingEnabled == nil {
		return ""
	}
	return "s3://" + d.LoggingEnabled.TargetBucket + "/" + d.LoggingEnabled.TargetPrefix
}

// Elsewhere reports whether logs go to another bucket than the given one.
func (d *AccessLog) Elsewhere(bucket string) bool {
	return d.LoggingEnabled != nil && d.LoggingEnabled.TargetBucket != "" && d.LoggingEnabled.TargetBucket != bucket
}

// RequestPayment says who pays for requests. Where it is the requester, S3
// refuses requests that do not acknowledge this.
type RequestPayment struct {
	Payer string `json:"Payer"` // BucketOwner or Requester
}

// PayerRequester means that S3 refuses requests whose sender does not offer to
// pay.
const PayerRequester = "Requester"

// Valid reports whether the text says who pays.
func (d *RequestPayment) Valid() bool { return d.Payer != "" }

// Unrecognised implements Recogniser.
func (d *RequestPayment) Unrecognised() string {
	return among("Payer", d.Payer, "", "BucketOwner", PayerRequester)
}

// BucketABAC says whether policies can go by the bucket's tags, and which it then has.
type BucketABAC struct {
	Status string `json:"Status"`
	Tags   []Tag  `json:"Tags,omitempty"` // sorted by key; read only where the status is StatusEnabled
}

// Valid reports whether the text holds a status.
func (d *BucketABAC) Valid() bool { return d.Status != "" }

// Unrecognised implements Recogniser.
func (d *BucketABAC) Unrecognised() string {
	return among("Status", d.Status, StatusEnabled, statusDisabled)
}
