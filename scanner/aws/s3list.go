package aws

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/arrivals"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/document"
)

// deliveryBatch lists what is under a path, up to a number of pages. It does so
// even where HeadBucket was refused: a grant for a prefix allows listing, but
// not HEAD.
func (r *run) deliveryBatch(ctx context.Context, id bucketID, p *bucketPlan, prefix string) batch {
	out := batch{}
	b := r.head(ctx, id, p)
	if b.missing {
		return out
	}
	resource := id.arn() + "/" + prefix
	doc := document.Delivery{Prefix: prefix, Exports: p.sharing(prefix)}
	below, arrived := p.below(prefix), arrivals.From(r.options.Now(), r.options.Expect)
	var token *string
	var from gate.Answer
	for page := 0; page < r.options.DeliveryPages && !doc.Complete; page++ {
		listed, told, f := r.listPage(ctx, b, prefix, token)
		if f != nil {
			out.fail(document.KindDelivery, resource, "", b.hinted(f))
			return out
		}
		from = told
		count(&doc, arrived, below, listed.Contents)
		doc.Complete = !deref(listed.IsTruncated)
		token = listed.NextContinuationToken
	}
	arrived.Describe(&doc)
	out.read(document.KindDelivery, from, resource, "", document.Encode(doc))
	return out
}

func (r *run) listPage(ctx context.Context, b *bucket, prefix string, token *string) (*s3.ListObjectsV2Output, gate.Answer, *failure) {
	return askS3(ctx, r, b.clients, b, callListObjects, func(ctx context.Context, in func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
		out, err := b.clients.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
			Bucket: &b.id.name, Prefix: &prefix, ContinuationToken: token,
		}, in)
		if err != nil {
			return nil, err
		}
		// Without a token for the next page, the first page would be read
		// again.
		if deref(out.IsTruncated) && deref(out.NextContinuationToken) == "" {
			return nil, errEmpty
		}
		if !plain(prefix) {
			return out, about(&b.id.name, out.Name)
		}
		for i := range out.Contents {
			if !strings.HasPrefix(deref(out.Contents[i].Key), prefix) {
				return nil, errAnother
			}
		}
		return out, about(&b.id.name, out.Name, &prefix, out.Prefix)
	})
}

// plain reports whether XML can hold a prefix unchanged. S3 would return one
// with control characters in another form.
func plain(prefix string) bool {
	return utf8.ValidString(prefix) && !strings.ContainsFunc(prefix, unicode.IsControl)
}

// count adds a page. It ignores the empty objects that the console creates for
// folders, since nobody delivered them.
func count(doc *document.Delivery, arrived *arrivals.Arrivals, below []pathPlan, objects []types.Object) {
	for i := range objects {
		o := &objects[i]
		key := deref(o.Key)
		if o.LastModified == nil || strings.HasSuffix(key, "/") && deref(o.Size) == 0 {
			continue
		}
		if other := otherThan(doc.Prefix, below, key); other != "" {
			if doc.Others == nil {
				doc.Others = &document.OtherObjects{}
			}
			doc.Others.Add(other)
			continue
		}
		doc.Objects++
		arrived.Add(*o.LastModified, deref(o.Size))
		if doc.Newest == nil || o.LastModified.After(doc.Newest.LastModified) {
			doc.Newest = &document.Object{Key: key, LastModified: o.LastModified.UTC(), Size: deref(o.Size)}
			if len(o.ChecksumAlgorithm) > 0 {
				doc.Newest.Checksum = string(o.ChecksumAlgorithm[0])
			}
		}
	}
}

// otherThan says whose an object certainly is, if not that of exports to a
// path: an AWS service's, or that of an export to a path below.
func otherThan(prefix string, below []pathPlan, key string) string {
	if service := document.ServiceOf(strings.TrimPrefix(key, prefix)); service != "" {
		return service
	}
	for _, e := range below {
		if strings.HasPrefix(key, e.prefix) {
			return "export " + e.id
		}
	}
	return ""
}

// below returns the exports to paths below another.
func (p *bucketPlan) below(prefix string) (exports []pathPlan) {
	for _, e := range p.exports {
		if len(e.prefix) > len(prefix) && strings.HasPrefix(e.prefix, prefix) {
			exports = append(exports, e)
		}
	}
	return exports
}

// sharing returns the enabled exports to one path, where there are several.
func (p *bucketPlan) sharing(prefix string) (ids []string) {
	for _, e := range p.exports {
		if e.prefix == prefix && !e.off {
			ids = append(ids, e.id)
		}
	}
	if len(ids) < 2 {
		return nil
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
