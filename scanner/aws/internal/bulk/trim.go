package bulk

import (
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/iam"
)

// role keeps what is part of evidence. It returns nil where something is
// missing that IAM returns for every role. A list that is missing is nil: it
// can be asked for separately.
func role(r *types.RoleDetail, from gate.Answer) *Role {
	if !named(r.Arn, "role", r.Path, r.RoleName, r.RoleId, r.CreateDate, r.PermissionsBoundary) || awssdk.ToString(r.AssumeRolePolicyDocument) == "" {
		return nil
	}
	return &Role{types.Role{
		Arn: r.Arn, Path: r.Path, RoleName: r.RoleName, RoleId: r.RoleId, CreateDate: r.CreateDate,
		AssumeRolePolicyDocument: r.AssumeRolePolicyDocument, PermissionsBoundary: r.PermissionsBoundary, Tags: r.Tags,
	}, held(r.AttachedManagedPolicies, r.RolePolicyList, from)}
}

func user(u *types.UserDetail, from gate.Answer) *User {
	if !named(u.Arn, "user", u.Path, u.UserName, u.UserId, u.CreateDate, u.PermissionsBoundary) {
		return nil
	}
	return &User{types.User{
		Arn: u.Arn, Path: u.Path, UserName: u.UserName, UserId: u.UserId, CreateDate: u.CreateDate, PermissionsBoundary: u.PermissionsBoundary, Tags: u.Tags,
	}, held(u.AttachedManagedPolicies, u.UserPolicyList, from), u.GroupList}
}

func group(g *types.GroupDetail, from gate.Answer) *Group {
	if !named(g.Arn, "group", g.Path, g.GroupName, g.GroupId, g.CreateDate, nil) {
		return nil
	}
	return &Group{*g.GroupName, *g.Arn, held(g.AttachedManagedPolicies, g.GroupPolicyList, from)}
}

// named reports whether an entry is complete, and its parts are about the same
// thing.
func named(arn *string, kind string, path, name, id *string, created *time.Time, boundary *types.AttachedPermissionsBoundary) bool {
	parsed, _ := iam.ParseARN(awssdk.ToString(arn))
	return parsed.Resource == kind+awssdk.ToString(path)+awssdk.ToString(name) && awssdk.ToString(path) != "" && awssdk.ToString(name) != "" &&
		awssdk.ToString(id) != "" && created != nil && (boundary == nil || awssdk.ToString(boundary.PermissionsBoundaryArn) != "")
}

// held takes the lists that are complete: each entry has a name, and each name
// occurs once.
func held(attached []types.AttachedPolicy, inline []types.PolicyDetail, from gate.Answer) Held {
	arns, names := map[string]bool{"": true}, map[string]bool{"": true}
	h := Held{attached, inline, from}
	for i := range attached {
		arn := awssdk.ToString(attached[i].PolicyArn)
		if arns[arn] {
			h.Attached = nil
		}
		arns[arn] = true
	}
	for i := range inline {
		name := awssdk.ToString(inline[i].PolicyName)
		if names[name] || awssdk.ToString(inline[i].PolicyDocument) == "" {
			h.Inline = nil
		}
		names[name] = true
	}
	return h
}

// policy keeps the document of a managed policy's default version. It returns nil
// where an entry does not say clearly which version that is.
func policy(p *types.ManagedPolicyDetail, from gate.Answer) *Policy {
	var found *string
	for i := range p.PolicyVersionList {
		v := &p.PolicyVersionList[i]
		if v.IsDefaultVersion != (awssdk.ToString(v.VersionId) == awssdk.ToString(p.DefaultVersionId)) || v.IsDefaultVersion && (found != nil || awssdk.ToString(v.Document) == "") {
			return nil
		}
		if v.IsDefaultVersion {
			found = v.Document
		}
	}
	if found == nil {
		return nil
	}
	return &Policy{*found, from}
}
