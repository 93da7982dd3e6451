package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/once"
	"github.com/trailguard/trailguard/scanner/aws/internal/organization"
	"github.com/trailguard/trailguard/scanner/aws/internal/policytext"
	"github.com/trailguard/trailguard/scanner/document"
)

// accountAccessBlock reads Block Public Access of the bucket owner's account,
// which only that account's own credentials can.
func (r *run) accountAccessBlock(ctx context.Context, b *bucket, out *batch) {
	r.ofOwner(ctx, b, out, document.KindAccountAccessBlock, callAccountAccessBlock, &r.settings, func(c *clients) answer {
		return r.readAccountAccessBlock(ctx, c, b)
	})
}

// organizationAccessBlock reads what the organization puts in its place. Every
// account may ask that about itself.
func (r *run) organizationAccessBlock(ctx context.Context, b *bucket, out *batch) {
	r.ofOwner(ctx, b, out, document.KindOrganizationAccessBlock, organization.CallEffective, &r.overall, func(c *clients) answer {
		return r.readOrganizationAccessBlock(ctx, c, b)
	})
}

// ofOwner reads a setting of the account that owns a bucket, once for all of its
// buckets.
func (r *run) ofOwner(ctx context.Context, b *bucket, out *batch, kind document.Kind, call string, known *once.Map[string, answer], read func(*clients) answer) {
	resource := "arn:" + b.id.partition + ":s3:::account/" + b.owner
	if b.owner == "" {
		out.fail(kind, resource, "", &failure{call: call, reason: scanner.ReasonSubjectMissing, detail: "the bucket's owner is not known"})
		return
	}
	a := known.Do(b.owner, func() answer {
		reached := r.reach(ctx, b.owner)
		if reached.failure != nil {
			return answer{failure: reached.failure}
		}
		return read(reached.clients)
	})
	switch {
	case a.failure != nil:
		out.fail(kind, resource, "", a.failure)
	case a.absent:
		out.absent(kind, a.from, resource, "")
	default:
		out.read(kind, a.from, resource, "", a.text)
	}
}

func (r *run) readAccountAccessBlock(ctx context.Context, c *clients, b *bucket) answer {
	region := b.currentRegion()
	out, from, f := call(ctx, r, c, callAccountAccessBlock, func(ctx context.Context) (*s3control.GetPublicAccessBlockOutput, error) {
		return c.s3control.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &b.owner},
			func(o *s3control.Options) { o.Region = region })
	})
	switch {
	case f.absence(codeNoAccessBlock):
		return answer{absent: true, from: from}
	case f != nil:
		return answer{failure: f}
	case out.PublicAccessBlockConfiguration == nil || *out.PublicAccessBlockConfiguration == (types.PublicAccessBlockConfiguration{}):
		return answer{failure: &failure{call: callAccountAccessBlock, reason: scanner.ReasonMalformed, detail: errEmpty.Error()}}
	}
	p := out.PublicAccessBlockConfiguration
	return answer{from: from, text: accessBlockText(p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets)}
}

func (r *run) readOrganizationAccessBlock(ctx context.Context, c *clients, b *bucket) answer {
	out, from, f := call(ctx, r, c, organization.CallEffective, func(ctx context.Context) (*organizations.DescribeEffectivePolicyOutput, error) {
		return c.organizations.DescribeEffectivePolicy(ctx, &organizations.DescribeEffectivePolicyInput{PolicyType: orgtypes.EffectivePolicyTypeS3Policy},
			func(o *organizations.Options) { o.Region = r.regionIn(b.id.partition) })
	})
	switch {
	case f != nil && organization.NoPolicy(f.code) && f.absence(f.code):
		return answer{absent: true, from: from}
	case f != nil && f.reason == scanner.ReasonDenied && !isCredentialCode(f.code):
		return answer{failure: f.with("allow " + permissionOf(f.call) + " in account " + b.owner + " (`trailguard permissions` prints the policy)")}
	case f != nil:
		return answer{failure: f}
	case out.EffectivePolicy == nil || !policytext.IsObject(deref(out.EffectivePolicy.PolicyContent)):
		return answer{failure: &failure{call: organization.CallEffective, reason: scanner.ReasonMalformed, detail: errEmpty.Error()}}
	}
	return answer{from: from, text: *out.EffectivePolicy.PolicyContent}
}
