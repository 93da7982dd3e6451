package document

import (
	"cmp"
	"slices"

	"github.com/trailguard/trailguard/scanner/iam"
)

// The kinds of evidence about an account's organization, and about what its
// policies allow. Each level (the root, an organizational unit or the account
// itself) has a list of its policies of either type. Each of those policies is
// evidence of that level, or a gap.
const (
	KindOrganization     Kind = "organization"      // Organization
	KindOrganizationPath Kind = "organization_path" // OrganizationPath, of an account
	// KindOrganizationAccessBlock is OrganizationAccessBlock, of an account, from
	// DescribeEffectivePolicy.
	KindOrganizationAccessBlock Kind = "organization_public_access_block"

	KindServiceControls  Kind = "service_control_policies"  // ControlPolicies, of a level
	KindServiceControl   Kind = "service_control_policy"    // a policy; the evidence's name is its id
	KindResourceControls Kind = "resource_control_policies" // ControlPolicies, of a level
	KindResourceControl  Kind = "resource_control_policy"   // a policy; the evidence's name is its id
)

func organizationsRows() []row {
	return []row{
		{kind: KindOrganizationAccessBlock, noun: "organization's public access block", file: "organization-public-access-block", subject: SubjectAccount, aspect: AspectProtection, limit: controlLimit},
		{kind: KindOrganization, noun: "organization", file: "organization", subject: SubjectOrganization, aspect: AspectAccess, limit: settingLimit},
		{kind: KindOrganizationPath, noun: "path in the organization", file: "path", subject: SubjectOrganization, aspect: AspectAccess, limit: settingLimit},
		{kind: KindServiceControls, noun: "list of service control policies", file: "service-control-policies", subject: SubjectOrganization, aspect: AspectAccess, policy: new(iam.ControlPolicy), limit: settingLimit},
		{kind: KindServiceControl, noun: "service control policy", file: "service-control-policy", subject: SubjectOrganization, aspect: AspectAccess, policy: new(iam.ControlPolicy), limit: controlLimit},
		{kind: KindResourceControls, noun: "list of resource control policies", file: "resource-control-policies", subject: SubjectOrganization, aspect: AspectAccess, policy: new(iam.ControlPolicy), limit: settingLimit},
		{kind: KindResourceControl, noun: "resource control policy", file: "resource-control-policy", subject: SubjectOrganization, aspect: AspectAccess, policy: new(iam.ControlPolicy), limit: controlLimit},
	}
}

// controlLimit is AWS's quota for a control policy.
const controlLimit = 10 * kb

// Organization is an organization with its root.
type Organization struct {
	ID                string             `json:"Id"`
	ManagementAccount string             `json:"MasterAccountId"` // as AWS calls it to this day
	FeatureSet        string             `json:"FeatureSet"`
	Root              string             `json:"RootId"`
	PolicyTypes       []OrganizationType `json:"PolicyTypes"` // that the root has, sorted
}

// OrganizationType is a type of policy, and whether it is enabled.
type OrganizationType struct {
	Type   string `json:"Type"`
	Status string `json:"Status"`
}

// The types of control policies, and the status of a type in force.
const (
	ServiceControlType  = "SERVICE_CONTROL_POLICY"
	ResourceControlType = "RESOURCE_CONTROL_POLICY"
	typeEnabled         = "ENABLED"
)

// ControlType is a type of control policies, with the kinds of their lists and
// of the policies themselves.
type ControlType struct {
	Of         string // as AWS calls it
	List, Kind Kind
}

// The two types.
var (
	ServiceControls  = ControlType{ServiceControlType, KindServiceControls, KindServiceControl}
	ResourceControls = ControlType{ResourceControlType, KindResourceControls, KindResourceControl}
)

// ControlTypes lists them.
func ControlTypes() []ControlType { return []ControlType{ServiceControls, ResourceControls} }

// Valid reports whether the text names the organization and its management
// account.
func (d *Organization) Valid() bool {
	return d.ID != "" && iam.IsAccountID(d.ManagementAccount) && d.PolicyTypes != nil
}

// Unrecognised implements Recogniser.
func (d *Organization) Unrecognised() string {
	return cmp.Or(
		among("FeatureSet", d.FeatureSet, "ALL", "CONSOLIDATED_BILLING"),
		first(d.PolicyTypes, func(t *OrganizationType) string {
			return among("Status", t.Status, typeEnabled, "PENDING_ENABLE", "PENDING_DISABLE")
		}),
	)
}

// Controls reports whether policies of a type are in force, and whether that is
// certain: it is not while AWS switches them on or off.
func (d *Organization) Controls(policyType string) (on, certain bool) {
	at := slices.IndexFunc(d.PolicyTypes, func(t OrganizationType) bool { return t.Type == policyType })
	if at < 0 {
		return false, true
	}
	return d.PolicyTypes[at].Status == typeEnabled, d.PolicyTypes[at].Status == typeEnabled
}

// OrganizationAccessBlock is the organization's policy of the type S3_POLICY as it
// takes effect in an account, as AWS writes it. It takes the place of the account's
// own Block Public Access, either way.
type OrganizationAccessBlock struct {
	Attributes *S3Attributes `json:"s3_attributes"`
}

// S3Attributes are what such a policy sets.
type S3Attributes struct {
	AccessBlock string `json:"public_access_block_configuration,omitempty"`
}

// What the organization says of Block Public Access: all of its settings are on, or
// none.
const (
	AccessBlockAll  = "all"
	AccessBlockNone = "none"
)

// Valid says that the text sets something.
func (d *OrganizationAccessBlock) Valid() bool { return d.Attributes != nil }

// Unrecognised implements Recogniser.
func (d *OrganizationAccessBlock) Unrecognised() string {
	return among("public_access_block_configuration", d.Setting(), "", AccessBlockAll, AccessBlockNone)
}

// Setting is what the organization says; empty: the account's own settings count.
func (d *OrganizationAccessBlock) Setting() string {
	if d.Attributes == nil {
		return ""
	}
	return d.Attributes.AccessBlock
}

// OrganizationPath leads from the root to an account.
type OrganizationPath struct {
	Levels []OrganizationLevel `json:"Levels"` // the root first, the account last
}

// OrganizationLevel is the root, an organizational unit or an account.
type OrganizationLevel struct {
	ID   string `json:"Id"`
	Type string `json:"Type"`
}

// The types of levels.
const (
	LevelRoot    = "ROOT"
	LevelUnit    = "ORGANIZATIONAL_UNIT"
	LevelAccount = "ACCOUNT"
)

// Valid reports whether the text leads from a root to an account.
func (d *OrganizationPath) Valid() bool {
	n := len(d.Levels)
	return n >= 2 && d.Levels[0].Type == LevelRoot && d.Levels[n-1].Type == LevelAccount
}

// Name returns the name of the level for people.
func (l *OrganizationLevel) Name() string {
	switch l.Type {
	case LevelRoot:
		return "the root " + l.ID
	case LevelUnit:
		return "the organizational unit " + l.ID
	default:
		return "account " + l.ID
	}
}

// ControlPolicies lists the policies of one type that a level has, sorted by
// id.
type ControlPolicies struct {
	Policies []ControlPolicy `json:"Policies"`
}

// ControlPolicy is one entry of the list.
type ControlPolicy struct {
	ID   string `json:"Id"`
	Name string `json:"Name"`
}

// Valid reports whether the text holds a list, which may be empty.
func (d *ControlPolicies) Valid() bool { return d.Policies != nil }

// LevelResource returns the resource of a level's evidence.
func LevelResource(partition, level string) string {
	return "arn:" + partition + ":organizations:::" + level
}
