package document

import (
	"time"

	"github.com/trailguard/trailguard/scanner/iam"
)

// The kinds of evidence about the role or user that uploads.
const (
	KindRole        Kind = "role"         // Principal
	KindTrustPolicy Kind = "trust_policy" // the role's trust policy
	KindUser        Kind = "user"         // Principal
	// KindIdentityPolicies is IdentityPolicies: the list of a role's or user's
	// policies. Each of them is then a KindIdentityPolicy, or a gap.
	KindIdentityPolicies Kind = "identity_policies"
	KindIdentityPolicy   Kind = "identity_policy" // a policy; the evidence's name says which
	KindBoundary         Kind = "permissions_boundary"
	KindAccessKeys       Kind = "access_keys" // AccessKeys
)

func iamRows() []row {
	return []row{
		{kind: KindRole, noun: "role", file: "role", subject: SubjectWriter, aspect: AspectWriter, member: [2]string{"Role", "RoleId"}, limit: settingLimit},
		{kind: KindTrustPolicy, noun: "trust policy", file: "trust-policy", subject: SubjectWriter, aspect: AspectAccess, policy: new(iam.TrustPolicy), limit: 8 * kb},
		{kind: KindUser, noun: "user", file: "user", subject: SubjectWriter, aspect: AspectWriter, member: [2]string{"User", "UserId"}, limit: settingLimit},
		{kind: KindIdentityPolicies, noun: "list of policies", file: "policies", subject: SubjectWriter, aspect: AspectAccess, policy: new(iam.IdentityPolicy), limit: listLimit},
		{kind: KindIdentityPolicy, noun: "policy", file: "policies", subject: SubjectWriter, aspect: AspectAccess, policy: new(iam.IdentityPolicy), limit: 6 * kb, inline: 10 * kb, together: identityLimit},
		{kind: KindBoundary, noun: "permissions boundary", file: "boundary", subject: SubjectWriter, aspect: AspectAccess, policy: new(iam.IdentityPolicy), limit: 6 * kb},
		{kind: KindAccessKeys, noun: "access keys", file: "access-keys", subject: SubjectWriter, aspect: AspectWriter, volatile: true, but: []string{"CreateDate", "LastUsedDate"}, limit: settingLimit}, // a key's id tells it from one made later
	}
}

// Principal is a role without its trust policy, or a user. It does not hold
// when the principal was last used: that changes by itself, and nothing is
// judged by it. Nor does it hold how long a session may last:
// GetAccountAuthorizationDetails does not return that, and the document must
// not depend on the call that it was read by.
type Principal struct {
	Role *PrincipalDetail `json:"Role,omitempty"`
	User *PrincipalDetail `json:"User,omitempty"`
}

// PrincipalDetail is what IAM says about a role or user.
type PrincipalDetail struct {
	Path                string     `json:"Path"`
	RoleName            string     `json:"RoleName,omitempty"`
	UserName            string     `json:"UserName,omitempty"`
	RoleID              string     `json:"RoleId,omitempty"`
	UserID              string     `json:"UserId,omitempty"`
	ARN                 string     `json:"Arn"`
	CreateDate          *time.Time `json:"CreateDate,omitempty"`
	PermissionsBoundary *Boundary  `json:"PermissionsBoundary,omitempty"`
	// Tags are sorted by key. Nil: nobody kept them, which is not to say that there are none.
	Tags []Tag `json:"Tags,omitzero"`
}

// Valid reports whether the text holds a role or user.
func (d *Principal) Valid() bool { return d.Role != nil || d.User != nil }

// Detail returns the role or the user, and nothing where the text holds
// neither.
func (d *Principal) Detail() PrincipalDetail {
	switch {
	case d.Role != nil:
		return *d.Role
	case d.User != nil:
		return *d.User
	default:
		return PrincipalDetail{}
	}
}

// Boundary names a permissions boundary.
type Boundary struct {
	Type string `json:"PermissionsBoundaryType,omitempty"`
	ARN  string `json:"PermissionsBoundaryArn"`
}

// IdentityPolicies holds the names of the KindIdentityPolicy evidence for a
// role's or user's policies, sorted.
type IdentityPolicies struct {
	Policies []string `json:"Policies"`
	// Boundary is the ARN of the permissions boundary, which is KindBoundary
	// evidence. It is empty where there is none.
	Boundary string `json:"Boundary,omitempty"`
}

// Valid reports whether the text holds a list, which may be empty.
func (d *IdentityPolicies) Valid() bool { return d.Policies != nil }

// AccessKeys are a user's access keys, sorted by id.
type AccessKeys struct {
	AccessKeyMetadata []AccessKey `json:"AccessKeyMetadata"`
}

// AccessKey has no LastUsedDate when the key was never used. It has none either
// when a gap, named by the shortened id, says that this could not be read.
type AccessKey struct {
	AccessKeyID  string     `json:"AccessKeyId"` // the last four characters
	Status       string     `json:"Status"`
	CreateDate   *time.Time `json:"CreateDate,omitempty"`
	LastUsedDate *time.Time `json:"LastUsedDate,omitempty"`
}

// Valid reports whether the text holds a list, which may be empty.
func (d *AccessKeys) Valid() bool { return d.AccessKeyMetadata != nil }

// The statuses of an access key. Only an active one can be used.
const (
	KeyActive   = "Active"
	KeyInactive = "Inactive"
	KeyExpired  = "Expired"
)
