package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// accountAccessBlock reads Block Public Access of the bucket owner's account,
// which only that account's own credentials can.
func (r *run) accountAccessBlock(ctx context.Context, b *bucket, out *batch) {
	resource := "arn:" + b.id.partition + ":s3:::account/" + b.owner
	if b.owner == "" {
		out.fail(document.KindAccountAccessBlock, resource, "", &failure{
			call: callAccountAccessBlock, reason: scanner.ReasonSubjectMissing, detail: "the bucket's owner is not known",
		})
		return
	}
	a := r.settings.Do(b.owner, func() answer { return r.readAccountAccessBlock(ctx, b) })
	switch {
	case a.failure != nil:
		out.fail(document.KindAccountAccessBlock, resource, "", a.failure)
	case a.absent:
		out.absent(document.KindAccountAccessBlock, callAccountAccessBlock, resource, "")
	default:
		out.read(document.KindAccountAccessBlock, callAccountAccessBlock, resource, "", a.text)
	}
}

func (r *run) readAccountAccessBlock(ctx context.Context, b *bucket) answer {
	reached := r.reach(ctx, b.owner)
	if reached.failure != nil {
		return answer{failure: reached.failure}
	}
	region := b.currentRegion()
	out, f := call(ctx, r, reached.clients, callAccountAccessBlock, func(ctx context.Context) (*s3control.GetPublicAccessBlockOutput, error) {
		return reached.clients.s3control.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &b.owner},
			func(o *s3control.Options) { o.Region = region })
	})
	switch {
	case f.absence(codeNoAccessBlock):
		return answer{absent: true}
	case f != nil:
		return answer{failure: f}
	case out.PublicAccessBlockConfiguration == nil || *out.PublicAccessBlockConfiguration == (types.PublicAccessBlockConfiguration{}):
		return answer{failure: &failure{call: callAccountAccessBlock, reason: scanner.ReasonMalformed, detail: errEmpty.Error()}}
	}
	p := out.PublicAccessBlockConfiguration
	return answer{text: accessBlockText(p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets)}
}
