package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/crash"
)

// userGroups reads the policies of each group of a user. A group of several
// users is read once.
func (r *run) userGroups(ctx context.Context, p *principal) []group {
	if groups, ok := r.groupsInBulk(ctx, p); ok {
		return groups
	}
	c, in := p.clients, r.iamIn(p.asked.Partition)
	names, _, f := pages(ctx, r, c, callGroupsForUser, func(ctx context.Context, marker *string) ([]types.Group, *string, bool, error) {
		out, err := c.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: &p.name, Marker: marker}, in)
		if err != nil {
			return nil, nil, false, err
		}
		return out.Groups, out.Marker, out.IsTruncated, nil
	})
	if f != nil {
		return []group{{failures: []*failure{f}}}
	}
	groups := make([]group, len(names))
	var all crash.Group
	for i := range names {
		all.Go(func() {
			groups[i] = r.groups.Do(deref(names[i].Arn), func() group {
				return r.readPolicies(ctx, c, r.groupPolicies(p, deref(names[i].GroupName)))
			})
		})
	}
	all.Wait()
	return groups
}

func (r *run) groupPolicies(p *principal, groupName string) policySet {
	c, in := p.clients, r.iamIn(p.asked.Partition)
	return policySet{
		prefix: "group/" + groupName + "/",
		attached: func(ctx context.Context) ([]string, *failure) {
			attached, _, f := pages(ctx, r, c, callAttachedGroup, func(ctx context.Context, marker *string) ([]types.AttachedPolicy, *string, bool, error) {
				out, err := c.iam.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: &groupName, Marker: marker}, in)
				if err != nil {
					return nil, nil, false, err
				}
				return out.AttachedPolicies, out.Marker, out.IsTruncated, nil
			})
			return policyARNs(attached), f
		},
		inline: func(ctx context.Context) ([]string, gate.Answer, *failure) {
			return pages(ctx, r, c, callGroupPolicies, func(ctx context.Context, marker *string) ([]string, *string, bool, error) {
				out, err := c.iam.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: &groupName, Marker: marker}, in)
				if err != nil {
					return nil, nil, false, err
				}
				return out.PolicyNames, out.Marker, out.IsTruncated, nil
			})
		},
		document: func(ctx context.Context, name string) answer {
			out, from, f := call(ctx, r, c, callGroupPolicy, func(ctx context.Context) (*iam.GetGroupPolicyOutput, error) {
				out, err := c.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: &groupName, PolicyName: &name}, in)
				if err != nil {
					return nil, err
				}
				return out, about(&groupName, out.GroupName, &name, out.PolicyName)
			})
			if f != nil {
				return answer{failure: f}
			}
			return documentAnswer(from, out.PolicyDocument)
		},
	}
}
