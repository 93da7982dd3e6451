// Package permissions derives, from the closed list of operations that scanner/aws may
// send, what an account has to grant to the role that reads it: as JSON, and in the
// languages of CloudFormation and Terraform. It asks nobody anything.
package permissions

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/aws"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Input says what the reader of one account has to see. Lists hold
// names or ARNs; "*" means all of the account, an empty list none.
type Input struct {
	Partition string // aws unless set
	Account   string // twelve digits
	Buckets   []string
	Roles     []string
	Users     []string
	Keys      []string // ids or ARNs
	// AssumeRoles are the reader roles of other accounts that this account's
	// reader starts from, as ARNs.
	AssumeRoles []string
	// Organization says that the account reads the organization: it manages it, or
	// is a delegated administrator.
	Organization bool

	ReaderRole string // name of the role to create, with its path; trailguard-reader unless set
	// TrustedBy is who may assume it, as an account id or an ARN; empty: the
	// account itself, unless OIDC says who.
	TrustedBy string
	// OIDC names workflows that may assume it, as github:ORG/REPO and possibly
	// what they run for.
	OIDC       string
	ExternalID string // that it must send; empty: none
}

// Reader is what one account has to grant to the role that reads it.
type Reader struct {
	Role         string         `json:"role"`           // the reader role's name
	Path         string         `json:"path,omitempty"` // of the role; empty: /
	ReaderPolicy PolicyDocument `json:"readerPolicy"`
	TrustPolicy  PolicyDocument `json:"trustPolicy"`
	// KeyPolicyStatement belongs into the policy of each key, whose default
	// refuses what only an IAM policy allows when somebody has narrowed it.
	// It is zero where no key is read.
	KeyPolicyStatement PolicyStatement `json:"keyPolicyStatement,omitzero"`
}

// PolicyDocument is an IAM policy in IAM's own shape.
type PolicyDocument struct {
	Version   string            `json:"Version"`
	Statement []PolicyStatement `json:"Statement"`
}

// PolicyStatement is one statement of a policy.
type PolicyStatement struct {
	Sid       string                       `json:"Sid"`
	Effect    string                       `json:"Effect"`
	Principal map[string]string            `json:"Principal,omitempty"`
	Action    []string                     `json:"Action"`
	Resource  []string                     `json:"Resource,omitempty"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

const (
	policyVersion     = "2012-10-17"
	defaultReaderRole = "trailguard-reader"
)

// Of derives the least that the reader of an account needs, from the
// list of operations that the program may send.
func Of(in Input) (Reader, error) {
	if in.Partition == "" {
		in.Partition = partitions.Default
	}
	if in.ReaderRole == "" {
		in.ReaderRole = defaultReaderRole
	}
	if err := in.understand(); err != nil {
		return Reader{}, err
	}
	if err := in.validate(); err != nil {
		return Reader{}, err
	}
	return in.permissions()
}

// permissions joins what was validated.
func (in *Input) permissions() (Reader, error) {
	trust, err := in.trustPolicy()
	if err != nil {
		return Reader{}, err
	}
	p := Reader{Role: in.ReaderRole, ReaderPolicy: in.readerPolicy(), TrustPolicy: trust}
	if !in.Organization || len(in.Keys) > 0 {
		p.KeyPolicyStatement = in.keyStatement()
	}
	if at := strings.LastIndex(p.Role, "/"); at >= 0 {
		p.Path, p.Role = "/"+strings.TrimPrefix(p.Role[:at+1], "/"), p.Role[at+1:]
	}
	return p, nil
}

func (in *Input) readerPolicy() PolicyDocument {
	doc := PolicyDocument{Version: policyVersion, Statement: []PolicyStatement{}}
	for _, group := range in.resources() {
		actions := actionsOn(group.class)
		if len(group.arns) == 0 || len(actions) == 0 {
			continue
		}
		doc.Statement = append(doc.Statement, PolicyStatement{
			Sid: group.sid, Effect: "Allow", Action: actions, Resource: group.arns,
		})
	}
	return doc
}

// grantGroup is one statement's resources.
type grantGroup struct {
	sid   string
	class string // Operation.Resource
	arns  []string
}

func (in *Input) resources() []grantGroup {
	var groups, policies, account, accessKeys, all, organization []string
	if len(in.Users) > 0 {
		groups, accessKeys = []string{in.iamARN("group/*")}, []string{"*"}
	}
	if len(in.Users)+len(in.Roles) > 0 {
		policies = []string{in.iamARN("policy/*"), "arn:" + in.Partition + ":iam::aws:policy/*"}
	}
	if len(in.Buckets) > 0 {
		account = []string{"*"}
	}
	if slices.Contains(in.Roles, "*") && slices.Contains(in.Users, "*") {
		all = []string{"*"} // it tells nothing that the other grants do not
	}
	var history []string
	if len(in.Buckets)+len(in.Roles)+len(in.Users)+len(in.Keys) > 0 {
		history = []string{"*"} // no verdict rests on it
	}
	if in.Organization {
		organization = []string{"*"} // AWS has lists of organizations for all resources alone
	}
	return []grantGroup{
		{"ReadBuckets", "bucket", completed(in.Buckets, "arn:"+in.Partition+":s3:::")},
		{"ReadAccount", "account", account},
		{"OptionalWhoChangedIt", "event history", history},
		{"ReadRoles", "role", completed(in.Roles, in.iamARN("role/"))},
		{"ReadUsers", "user", completed(in.Users, in.iamARN("user/"))},
		{"ReadAccessKeys", "access key", accessKeys},
		{"ReadGroups", "group", groups},
		{"ReadPolicies", "policy", policies},
		{"ReadInBulk", "iam", all},
		{"ReadKeys", "key", completed(in.Keys, "arn:"+in.Partition+":kms:*:"+in.Account+":key/")},
		{"ReadOrganization", "organization", organization},
		{"AssumeReaders", "reader", completed(in.AssumeRoles, "")},
	}
}

func (in *Input) iamARN(resource string) string {
	return "arn:" + in.Partition + ":iam::" + in.Account + ":" + resource
}

// completed makes ARNs of names, sorted, each once.
func completed(names []string, prefix string) []string {
	arns := make([]string, 0, len(names))
	for _, name := range names {
		if !strings.HasPrefix(name, "arn:") {
			name = prefix + name
		}
		arns = append(arns, name)
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// actionsOn returns the permissions that apply to a class of resource.
func actionsOn(class string) []string {
	var actions []string
	for _, op := range aws.Operations() {
		if op.Resource == class && !op.NoGrant {
			actions = append(actions, op.Permission)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

func (in *Input) keyStatement() PolicyStatement {
	return PolicyStatement{
		Sid: "TrailguardReader", Effect: "Allow",
		Principal: map[string]string{"AWS": in.iamARN("role/" + in.ReaderRole)},
		Action:    actionsOn("key"), Resource: []string{"*"},
	}
}

// grantPattern keeps what a template language could take for its own out of
// names and ARNs.
var grantPattern = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/*-]+$`)

func (in *Input) validate() error {
	if !iam.IsAccountID(in.Account) {
		return fmt.Errorf("permissions: %q is not an account id of twelve digits", in.Account)
	}
	names := slices.Concat([]string{in.Partition, in.ReaderRole}, in.Buckets, in.Roles, in.Users, in.Keys, in.AssumeRoles)
	for _, name := range []string{in.ExternalID, in.TrustedBy} {
		if name != "" {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if !grantPattern.MatchString(name) {
			return fmt.Errorf("permissions: %q is neither a name nor an ARN", name)
		}
	}
	return nil
}
