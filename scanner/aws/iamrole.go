package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
)

func boundaryOf(b *types.AttachedPermissionsBoundary) *document.Boundary {
	if b == nil || deref(b.PermissionsBoundaryArn) == "" {
		return nil
	}
	return &document.Boundary{Type: string(b.PermissionsBoundaryType), ARN: *b.PermissionsBoundaryArn}
}

func roleText(role *types.Role) string {
	return document.Encode(document.Principal{Role: &document.PrincipalDetail{
		Path: deref(role.Path), RoleName: deref(role.RoleName), RoleID: deref(role.RoleId), ARN: deref(role.Arn),
		CreateDate: utc(role.CreateDate), PermissionsBoundary: boundaryOf(role.PermissionsBoundary), Tags: principalTags(role.Tags),
	}})
}

// principalTags are the tags of a role or user.
func principalTags(list []types.Tag) []document.Tag {
	var out []document.Tag
	for i := range list {
		out = append(out, document.Tag{Key: deref(list[i].Key), Value: deref(list[i].Value)})
	}
	return sortedTags(out)
}

// roleBatch reads a role, its trust policy, its permissions boundary and its
// policies.
func (r *run) roleBatch(ctx context.Context, text string) batch {
	b := batch{}
	p := r.reachPrincipal(ctx, text, "role")
	var set group
	if p.failure == nil {
		var both crash.Group
		both.Go(func() { r.readRole(ctx, p, &b) })
		both.Go(func() { set = r.readPolicies(ctx, p.clients, over(&p.told.held, r.rolePolicies(p))) })
		both.Wait()
	}
	if p.missing {
		return b
	}
	if p.failure != nil {
		b.fail(document.KindRole, p.text, "", p.failure)
		b.fail(document.KindTrustPolicy, p.text, "", p.failure)
	}
	r.putPolicies(ctx, &b, p, []group{set})
	return b
}

// getRole returns a role, and the answer that told it.
func (r *run) getRole(ctx context.Context, p *principal) (*types.Role, gate.Answer, *failure) {
	if p.told.role != nil {
		return p.told.role, p.told.from, nil
	}
	return call(ctx, r, p.clients, callGetRole, func(ctx context.Context) (*types.Role, error) {
		out, err := p.clients.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &p.name}, r.iamIn(p.asked.Partition))
		if err != nil {
			return nil, err
		}
		if out.Role == nil {
			return nil, errEmpty
		}
		return out.Role, nil
	})
}

func (r *run) readRole(ctx context.Context, p *principal, b *batch) {
	out, from, f := r.getRole(ctx, p)
	returned := ""
	if f == nil {
		returned = deref(out.Arn)
	}
	p.settle(from.Call, returned, f)
	switch {
	case p.missing:
		b.absent(document.KindRole, from, p.text, "")
	case p.failure == nil:
		if boundary := boundaryOf(out.PermissionsBoundary); boundary != nil {
			p.boundary = boundary.ARN
		}
		b.read(document.KindRole, from, p.text, "", roleText(out))
		b.put(documentAnswer(from, out.AssumeRolePolicyDocument), document.KindTrustPolicy, p.text, "")
	}
}

func (r *run) rolePolicies(p *principal) policySet {
	c, in := p.clients, r.iamIn(p.asked.Partition)
	return policySet{
		attached: func(ctx context.Context) ([]string, *failure) {
			attached, _, f := pages(ctx, r, c, callAttachedRole, func(ctx context.Context, marker *string) ([]types.AttachedPolicy, *string, bool, error) {
				out, err := c.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &p.name, Marker: marker}, in)
				if err != nil {
					return nil, nil, false, err
				}
				return out.AttachedPolicies, out.Marker, out.IsTruncated, nil
			})
			return policyARNs(attached), f
		},
		inline: func(ctx context.Context) ([]string, gate.Answer, *failure) {
			return pages(ctx, r, c, callRolePolicies, func(ctx context.Context, marker *string) ([]string, *string, bool, error) {
				out, err := c.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &p.name, Marker: marker}, in)
				if err != nil {
					return nil, nil, false, err
				}
				return out.PolicyNames, out.Marker, out.IsTruncated, nil
			})
		},
		document: func(ctx context.Context, name string) answer {
			out, from, f := call(ctx, r, c, callRolePolicy, func(ctx context.Context) (*iam.GetRolePolicyOutput, error) {
				out, err := c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &p.name, PolicyName: &name}, in)
				if err != nil {
					return nil, err
				}
				return out, about(&p.name, out.RoleName, &name, out.PolicyName)
			})
			if f != nil {
				return answer{failure: f}
			}
			return documentAnswer(from, out.PolicyDocument)
		},
	}
}
