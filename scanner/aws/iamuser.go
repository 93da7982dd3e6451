package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
)

// userBatch reads a user, its permissions boundary, its policies and those of
// its groups, and its access keys.
func (r *run) userBatch(ctx context.Context, text string) batch {
	b := batch{}
	p := r.reachPrincipal(ctx, text, "user")
	var own, groups []group
	keys := batch{}
	if p.failure == nil {
		var all crash.Group
		all.Go(func() { r.readUser(ctx, p, &b) })
		all.Go(func() { own = []group{r.readPolicies(ctx, p.clients, over(&p.told.held, r.userPolicies(p)))} })
		all.Go(func() { groups = r.userGroups(ctx, p) })
		all.Go(func() { r.accessKeys(ctx, p, &keys) })
		all.Wait()
	}
	if p.missing {
		return b
	}
	if p.failure != nil {
		b.fail(document.KindUser, p.text, "", p.failure)
	}
	if p.clients == nil || p.stranger() {
		b.fail(document.KindAccessKeys, p.text, "", p.failure)
	} else {
		b.add(keys)
	}
	r.putPolicies(ctx, &b, p, append(own, groups...))
	return b
}

// getUser returns a user, and the answer that told it.
func (r *run) getUser(ctx context.Context, p *principal) (*types.User, gate.Answer, *failure) {
	if p.told.user != nil {
		return &p.told.user.User, p.told.from, nil
	}
	return call(ctx, r, p.clients, callGetUser, func(ctx context.Context) (*types.User, error) {
		out, err := p.clients.iam.GetUser(ctx, &iam.GetUserInput{UserName: &p.name}, r.iamIn(p.asked.Partition))
		if err != nil {
			return nil, err
		}
		if out.User == nil {
			return nil, errEmpty
		}
		return out.User, nil
	})
}

func (r *run) readUser(ctx context.Context, p *principal, b *batch) {
	out, from, f := r.getUser(ctx, p)
	returned := ""
	if f == nil {
		returned = deref(out.Arn)
	}
	p.settle(from.Call, returned, f)
	switch {
	case p.missing:
		b.absent(document.KindUser, from, p.text, "")
	case p.failure == nil:
		boundary := boundaryOf(out.PermissionsBoundary)
		if boundary != nil {
			p.boundary = boundary.ARN
		}
		b.read(document.KindUser, from, p.text, "", document.Encode(document.Principal{User: &document.PrincipalDetail{
			Path: deref(out.Path), UserName: deref(out.UserName), UserID: deref(out.UserId), ARN: returned,
			CreateDate: utc(out.CreateDate), PermissionsBoundary: boundary, Tags: principalTags(out.Tags),
		}}))
	}
}

func (r *run) userPolicies(p *principal) policySet {
	c, in := p.clients, r.iamIn(p.asked.Partition)
	return policySet{
		attached: func(ctx context.Context) ([]string, *failure) {
			attached, _, f := pages(ctx, r, c, callAttachedUser, func(ctx context.Context, marker *string) ([]types.AttachedPolicy, *string, bool, error) {
				out, err := c.iam.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &p.name, Marker: marker}, in)
				if err != nil {
					return nil, nil, false, err
				}
				return out.AttachedPolicies, out.Marker, out.IsTruncated, nil
			})
			return policyARNs(attached), f
		},
		inline: func(ctx context.Context) ([]string, gate.Answer, *failure) {
			return pages(ctx, r, c, callUserPolicies, func(ctx context.Context, marker *string) ([]string, *string, bool, error) {
				out, err := c.iam.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: &p.name, Marker: marker}, in)
				if err != nil {
					return nil, nil, false, err
				}
				return out.PolicyNames, out.Marker, out.IsTruncated, nil
			})
		},
		document: func(ctx context.Context, name string) answer {
			out, from, f := call(ctx, r, c, callUserPolicy, func(ctx context.Context) (*iam.GetUserPolicyOutput, error) {
				out, err := c.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &p.name, PolicyName: &name}, in)
				if err != nil {
					return nil, err
				}
				return out, about(&p.name, out.UserName, &name, out.PolicyName)
			})
			if f != nil {
				return answer{failure: f}
			}
			return documentAnswer(from, out.PolicyDocument)
		},
	}
}
