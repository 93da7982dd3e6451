package aws

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/aws/internal/events"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/organization"
	"github.com/trailguard/trailguard/scanner/aws/internal/trails"
)

// Operation is one API operation that the program may send.
type Operation struct {
	Service   string // the SDK's package: s3, s3control, iam, sts, kms, cloudtrail, organizations
	Operation string // the API's name, such as GetBucketPolicy
	// Permission is the IAM action that allows it.
	Permission string
	// Resource is what the permission applies to: bucket, role, user, group,
	// policy, key, reader (a reader role to assume), and account, access key, iam,
	// event history and organization (all of it), for which policies say *.
	Resource string
	// Reason says in a clause what the answer is needed for.
	Reason string
	// NoGrant says that every principal has the permission without a policy.
	NoGrant bool

	// root is the XML element, or the member of the JSON object, that opens
	// every answer. Empty: the answer has no body.
	root string
}

// Call is the operation as evidence and gaps name it.
func (o Operation) Call() string { return o.Service + ":" + o.Operation }

// The calls by name.
const (
	callHeadBucket          = "s3:HeadBucket"
	callListObjects         = "s3:ListObjectsV2"
	callBucketPolicy        = "s3:GetBucketPolicy"
	callBucketPolicyStatus  = "s3:GetBucketPolicyStatus"
	callPublicAccessBlock   = "s3:GetPublicAccessBlock"
	callEncryption          = "s3:GetBucketEncryption"
	callVersioning          = "s3:GetBucketVersioning"
	callObjectLock          = "s3:GetObjectLockConfiguration"
	callLifecycle           = "s3:GetBucketLifecycleConfiguration"
	callOwnership           = "s3:GetBucketOwnershipControls"
	callACL                 = "s3:GetBucketAcl"
	callLogging             = "s3:GetBucketLogging"
	callReplication         = "s3:GetBucketReplication"
	callRequestPayment      = "s3:GetBucketRequestPayment"
	callABAC                = "s3:GetBucketAbac"
	callBucketTags          = "s3:GetBucketTagging"
	callAccountAccessBlock  = "s3control:GetPublicAccessBlock"
	callGetRole             = "iam:GetRole"
	callAttachedRole        = "iam:ListAttachedRolePolicies"
	callRolePolicies        = "iam:ListRolePolicies"
	callRolePolicy          = "iam:GetRolePolicy"
	callGetUser             = "iam:GetUser"
	callAttachedUser        = "iam:ListAttachedUserPolicies"
	callUserPolicies        = "iam:ListUserPolicies"
	callUserPolicy          = "iam:GetUserPolicy"
	callGroupsForUser       = "iam:ListGroupsForUser"
	callAttachedGroup       = "iam:ListAttachedGroupPolicies"
	callGroupPolicies       = "iam:ListGroupPolicies"
	callGroupPolicy         = "iam:GetGroupPolicy"
	callGetPolicy           = "iam:GetPolicy"
	callPolicyVersion       = "iam:GetPolicyVersion"
	callAccessKeys          = "iam:ListAccessKeys"
	callAccessKeyLastUsed   = "iam:GetAccessKeyLastUsed"
	callAuthorization       = "iam:GetAccountAuthorizationDetails"
	callDescribeKey         = "kms:DescribeKey"
	callKeyPolicy           = "kms:GetKeyPolicy"
	callKeyRotation         = "kms:GetKeyRotationStatus"
	callKeyGrants           = "kms:ListGrants"
	callCallerIdentity      = "sts:GetCallerIdentity"
	callAssumeRole          = "sts:AssumeRole"
	permissionListBucket    = "s3:ListBucket"
	permissionAccountAccess = "s3:GetAccountPublicAccessBlock"
)

// Operations returns the closed list of operations that the program may send,
// ordered by service and operation.
func Operations() []Operation {
	return slices.Concat(cloudtrailOperations(), iamOperations(), kmsOperations(), organizationsOperations(), s3Operations(), s3controlOperations(), stsOperations())
}

// gated are the operations as the gate knows them.
func gated() []gate.Operation {
	var list []gate.Operation
	for _, op := range Operations() {
		list = append(list, gate.Operation{Service: op.Service, Name: op.Operation, Root: op.root, Parts: parts(op)})
	}
	return list
}

// parts are the elements that every answer of an operation holds.
func parts(op Operation) []string {
	switch op.Call() {
	case callABAC:
		return []string{"Status"}
	case callBucketTags:
		return []string{"TagSet"}
	case callACL:
		return []string{"Owner", "AccessControlList"}
	case callEncryption, callLifecycle, callReplication:
		return []string{"Rule"}
	case callAuthorization:
		return []string{"IsTruncated"}
	case callListObjects:
		return []string{"Name", "IsTruncated"}
	case callObjectLock:
		return []string{"ObjectLockEnabled"}
	case callPublicAccessBlock, callAccountAccessBlock:
		return []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}
	}
	return nil
}

// operation is one whose call, "service:Operation", names its permission.
func operation(call, resource, root, reason string) Operation {
	service, name, _ := strings.Cut(call, ":")
	return Operation{Service: service, Operation: name, Permission: call, Resource: resource, Reason: reason, root: root}
}

func cloudtrailOperations() []Operation {
	return []Operation{
		operation(trails.CallDescribe, "account", "trailList", "which trails there are, where a bucket has no access log of its own"),
		operation(trails.CallStore, "account", "EventDataStoreArn", "whether an event data store takes in who accesses the bucket's objects"),
		operation(trails.CallSelectors, "account", "TrailARN", "whether a trail logs who accesses the bucket's objects"),
		operation(trails.CallStatus, "account", "IsLogging", "whether a trail is switched on"),
		operation(trails.CallStores, "account", "", "which event data stores there are"),
		operation(events.CallLookup, "event history", "Events", "who changed a bucket, role, user or key; refused, changes are told without"),
	}
}

func s3Operations() []Operation {
	op := func(name, permission, root, reason string) Operation {
		return Operation{Service: "s3", Operation: name, Permission: permission, Resource: "bucket", Reason: reason, root: root}
	}
	return []Operation{
		op("GetBucketAbac", "s3:GetBucketAbac", "AbacStatus", "whether policies can go by the bucket's tags"),
		op("GetBucketAcl", "s3:GetBucketAcl", "AccessControlPolicy", "grants by access control list"),
		op("GetBucketEncryption", "s3:GetEncryptionConfiguration", "ServerSideEncryptionConfiguration", "default encryption and its key"),
		op("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", "LifecycleConfiguration", "when objects expire"),
		op("GetBucketLogging", "s3:GetBucketLogging", "BucketLoggingStatus", "whether access is logged"),
		op("GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", "OwnershipControls", "whether access control lists count"),
		op("GetBucketPolicy", "s3:GetBucketPolicy", "", "who may do what, and over TLS only"),
		op("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", "PolicyStatus", "S3's own opinion on a public policy"),
		op("GetBucketReplication", "s3:GetReplicationConfiguration", "ReplicationConfiguration", "where objects are copied to"),
		op("GetBucketRequestPayment", "s3:GetBucketRequestPayment", "RequestPaymentConfiguration", "whether requests are refused that offer no payment"),
		op("GetBucketTagging", "s3:GetBucketTagging", "Tagging", "the bucket's tags, where policies can go by them"),
		op("GetBucketVersioning", "s3:GetBucketVersioning", "VersioningConfiguration", "whether overwritten objects are kept"),
		op("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", "ObjectLockConfiguration", "whether objects can be deleted early"),
		op("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "PublicAccessBlockConfiguration", "Block Public Access of the bucket"),
		op("HeadBucket", permissionListBucket, "", "existence, region and owner"),
		op("ListObjectsV2", permissionListBucket, "ListBucketResult", "what has arrived under the export's path"),
	}
}

func s3controlOperations() []Operation {
	return []Operation{{
		Service: "s3control", Operation: "GetPublicAccessBlock", Permission: permissionAccountAccess, Resource: "account",
		Reason: "Block Public Access of the bucket owner's account", root: "PublicAccessBlockConfiguration",
	}}
}

func iamOperations() []Operation {
	op := func(name, resource, reason string) Operation {
		return operation("iam:"+name, resource, name+"Response", reason)
	}
	return []Operation{
		op("GetAccessKeyLastUsed", "access key", "when an access key was last used"),
		op("GetAccountAuthorizationDetails", "iam", "many roles and users at once; refused, they are read one by one"),
		op("GetGroupPolicy", "group", "the policies of the user's groups"),
		op("GetPolicy", "policy", "the default version of a managed policy"),
		op("GetPolicyVersion", "policy", "the text of a managed policy"),
		op("GetRole", "role", "the trust policy and the permissions boundary"),
		op("GetRolePolicy", "role", "the role's own policies"),
		op("GetUser", "user", "that the user exists, and its permissions boundary"),
		op("GetUserPolicy", "user", "the user's own policies"),
		op("ListAccessKeys", "user", "age and state of the access keys"),
		op("ListAttachedGroupPolicies", "group", "the managed policies of the user's groups"),
		op("ListAttachedRolePolicies", "role", "the role's managed policies"),
		op("ListAttachedUserPolicies", "user", "the user's managed policies"),
		op("ListGroupPolicies", "group", "the names of the groups' own policies"),
		op("ListGroupsForUser", "user", "the user's groups"),
		op("ListRolePolicies", "role", "the names of the role's own policies"),
		op("ListUserPolicies", "user", "the names of the user's own policies"),
	}
}

func kmsOperations() []Operation {
	return []Operation{
		operation(callDescribeKey, "key", "KeyMetadata", "whether the key can be used"),
		operation(callKeyPolicy, "key", "Policy", "who may use the key"),
		operation(callKeyRotation, "key", "KeyRotationEnabled", "whether KMS makes new material for the key"),
		operation(callKeyGrants, "key", "Grants", "who may use the key whatever its policy says"),
	}
}

func organizationsOperations() []Operation {
	return []Operation{
		operation(organization.CallEffective, "account", "EffectivePolicy", "whether the organization sets Block Public Access of the bucket owner's account"),
		operation(organization.CallOrganization, "organization", "Organization", "which account manages the organization"),
		operation(organization.CallPolicy, "organization", "Policy", "the text of a control policy"),
		operation(organization.CallParents, "organization", "Parents", "which units an account is in"),
		operation(organization.CallPolicies, "organization", "Policies", "the control policies of a level"),
		operation(organization.CallRoots, "organization", "Roots", "which types of policies are in force"),
	}
}

func stsOperations() []Operation {
	identity := operation(callCallerIdentity, "account", "GetCallerIdentityResponse", "which account the credentials belong to")
	identity.NoGrant = true
	return []Operation{operation(callAssumeRole, "reader", "AssumeRoleResponse", "the reader roles of other accounts"), identity}
}

// permissionOf returns the IAM action that a call needs.
func permissionOf(call string) string {
	for _, op := range Operations() {
		if op.Call() == call {
			return op.Permission
		}
	}
	return ""
}
