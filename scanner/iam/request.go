package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Anonymous is the principal of an unsigned request.
const Anonymous = principal.Anonymous

// Request is one access question. Its strings are UTF-8, as everything is that AWS takes.
type Request struct {
	// Principal is an ARN (user, role, root, assumed-role session, federated user, identity
	// provider), a service name, or Anonymous.
	Principal string
	// Action is the IAM action, "s3:PutObject".
	Action string
	// Resource is an ARN. When it ends in "*" the question is about every resource with that
	// beginning: Yes for all of them, No for none, Depends for some.
	Resource string
	// ResourceAccount is the id of the account that owns the resource. When it is empty it is
	// taken from the ARN; when that has none either, the answer holds for every owner.
	ResourceAccount string
	// Context holds the condition keys that are known.
	Context Context
	// Unknown lists condition keys that may be absent or hold any value.
	Unknown []string
	// AlwaysPresent lists unknown keys that are never absent.
	AlwaysPresent []string
	// Absent lists keys that are known to be absent; it matters with OthersUnknown. A name that
	// ends in "/" stands for all keys that begin with it, but for those in Context.
	Absent []string
	// OthersUnknown makes every key that is neither in Context nor in Absent unknown, as far as
	// Kind leaves it open. Otherwise such keys are absent.
	OthersUnknown bool
	// Kind is the kind of request. It matters with OthersUnknown.
	Kind keys.Kind
	// Declared lists the keys of Context whose values an operator declared. Reasons mention it.
	Declared []string
	// Effort adds up the work of answers to a Question and of AskAnybody; it may be nil.
	Effort *Effort

	derived bool             // unknown keys that AWS derives from the principal hold what it would put there
	unnamed *callers.Unnamed // the principal is one of many, and aws:PrincipalArn tells which
}

// Grant is a KMS grant.
type Grant struct {
	ID string
	// Grantee is the grantee principal: an ARN or a service name.
	Grantee string
	// Operations are named as KMS names them, "GenerateDataKey".
	Operations []string
	// EncryptionContextEquals, when not nil, must equal the request's encryption context.
	EncryptionContextEquals map[string]string
	// EncryptionContextSubset, when not nil, must be contained in it.
	EncryptionContextSubset map[string]string
	// SourceARN, when not empty, is the resource on whose behalf AWS has to make the request.
	SourceARN string
}

// Policies are all policies that take part in a question.
type Policies struct {
	// Identity holds the identity policies of the principal, groups included.
	Identity []*Policy
	// Boundary holds the permissions boundary.
	Boundary []*Policy
	// HasBoundary says that the principal has a boundary even when Boundary is empty.
	HasBoundary bool
	// Session holds the session policies.
	Session []*Policy
	// Resource is the bucket policy, key policy or trust policy.
	Resource *Policy
	// SCPs holds the service control policies of the principal's account, one list a level.
	SCPs [][]*Policy
	// RCPs holds the resource control policies of the resource's account, one list a level.
	RCPs [][]*Policy
	// RestrictPublicBuckets is the effective Block Public Access setting of that name.
	RestrictPublicBuckets bool
	// Grants are the grants on the KMS key.
	Grants []Grant
	// AWSManagedKey says that the resource is an AWS managed KMS key.
	AWSManagedKey bool
	// ManagementAccount is the id of the organisation's management account, which control
	// policies do not reach.
	ManagementAccount string
	// CanonicalUsers maps S3 canonical user ids to account ids, as far as they are known.
	CanonicalUsers map[string]string
}
