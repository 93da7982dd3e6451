package aws

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/redact"
)

// accessKeys reads age, state and last use of a user's access keys.
func (r *run) accessKeys(ctx context.Context, p *principal, b *batch) {
	in := r.iamIn(p.asked.Partition)
	listed, from, f := pages(ctx, r, p.clients, callAccessKeys, func(ctx context.Context, marker *string) ([]types.AccessKeyMetadata, *string, bool, error) {
		out, err := p.clients.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &p.name, Marker: marker}, in)
		if err != nil {
			return nil, nil, false, err
		}
		for i := range out.AccessKeyMetadata {
			if err := about(&p.name, out.AccessKeyMetadata[i].UserName); err != nil {
				return nil, nil, false, err
			}
		}
		return out.AccessKeyMetadata, out.Marker, out.IsTruncated, nil
	})
	if f != nil {
		b.fail(document.KindAccessKeys, p.text, "", f.with(policyHint(f)))
		return
	}
	doc := document.AccessKeys{AccessKeyMetadata: make([]document.AccessKey, len(listed))}
	failures := make([]*failure, len(listed))
	var all crash.Group
	for i := range listed {
		k := &listed[i]
		doc.AccessKeyMetadata[i] = document.AccessKey{
			AccessKeyID: redact.KeyID(deref(k.AccessKeyId)), Status: string(k.Status), CreateDate: utc(k.CreateDate),
		}
		all.Go(func() {
			doc.AccessKeyMetadata[i].LastUsedDate, failures[i] = r.keyLastUsed(ctx, p, deref(k.AccessKeyId))
		})
	}
	all.Wait()
	for i, f := range failures {
		if f != nil {
			b.fail(document.KindAccessKeys, p.text, doc.AccessKeyMetadata[i].AccessKeyID, f.with(policyHint(f)))
		}
	}
	slices.SortFunc(doc.AccessKeyMetadata, func(x, y document.AccessKey) int { return cmp.Compare(x.AccessKeyID, y.AccessKeyID) })
	b.read(document.KindAccessKeys, from, p.text, "", document.Encode(doc))
}

func (r *run) keyLastUsed(ctx context.Context, p *principal, id string) (*time.Time, *failure) {
	used, _, f := call(ctx, r, p.clients, callAccessKeyLastUsed, func(ctx context.Context) (*time.Time, error) {
		out, err := p.clients.iam.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id}, r.iamIn(p.asked.Partition))
		if err != nil || out.AccessKeyLastUsed == nil {
			return nil, err
		}
		if err := about(&p.name, out.UserName); err != nil {
			return nil, err
		}
		return utc(out.AccessKeyLastUsed.LastUsedDate), nil
	})
	return used, f
}
