package aws

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/trailguard/trailguard/scanner/document"
)

// deliveryBatch lists what lies under a path, within the bound of pages. It
// does not ask whether HeadBucket was refused: a grant for a prefix fails HEAD
// and allows listing.
func (r *run) deliveryBatch(ctx context.Context, id bucketID, p *bucketPlan, prefix string) batch {
	out := batch{now: r.options.Now}
	b := r.head(ctx, id, p)
	if b.missing {
		return out
	}
	resource := id.arn() + "/" + prefix
	doc := document.Delivery{Prefix: prefix}
	var token *string
	for page := 0; page < r.options.DeliveryPages && !doc.Complete; page++ {
		listed, f := r.listPage(ctx, b, prefix, token)
		if f != nil {
			out.fail(document.KindDelivery, resource, "", f.with(b.hint(r, f)))
			return out
		}
		count(&doc, listed.Contents)
		doc.Complete = !deref(listed.IsTruncated)
		token = listed.NextContinuationToken
	}
	out.read(document.KindDelivery, callListObjects, resource, "", encode(doc))
	return out
}

func (r *run) listPage(ctx context.Context, b *bucket, prefix string, token *string) (*s3.ListObjectsV2Output, *failure) {
	return askS3(ctx, r, b.clients, b, callListObjects, func(ctx context.Context, in func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
		out, err := b.clients.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
			Bucket: &b.id.name, Prefix: &prefix, ContinuationToken: token,
		}, in)
		if err != nil {
			return nil, err
		}
		// Without a token for the next page the first would be read again.
		if deref(out.IsTruncated) && deref(out.NextContinuationToken) == "" {
			return nil, errEmpty
		}
		return out, nil
	})
}

// count adds a page. The empty objects that the console makes for folders are
// nothing that was delivered.
func count(doc *document.Delivery, objects []types.Object) {
	for i := range objects {
		o := &objects[i]
		if o.LastModified == nil || strings.HasSuffix(deref(o.Key), "/") && deref(o.Size) == 0 {
			continue
		}
		doc.Objects++
		if doc.Newest == nil || o.LastModified.After(doc.Newest.LastModified) {
			doc.Newest = &document.Object{
				Key: deref(o.Key), LastModified: o.LastModified.UTC(), Size: deref(o.Size),
			}
		}
	}
}
