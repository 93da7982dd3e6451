package aws

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/trailguard/trailguard/scanner/document"
)

// accessByTags reads whether policies can go by the bucket's tags, and only then the
// tags. Both are one document: without the tags, nothing is known.
func (r *run) accessByTags(ctx context.Context, b *bucket, out *batch) {
	doc, from, f := askS3(ctx, r, b.clients, b, callABAC, func(ctx context.Context, in func(*s3.Options)) (document.BucketABAC, error) {
		answer, err := b.clients.s3.GetBucketAbac(ctx, &s3.GetBucketAbacInput{Bucket: &b.id.name}, in)
		if err != nil {
			return document.BucketABAC{}, err
		}
		if answer.AbacStatus == nil || answer.AbacStatus.Status == "" {
			return document.BucketABAC{}, errEmpty
		}
		return document.BucketABAC{Status: string(answer.AbacStatus.Status)}, nil
	})
	if f == nil && doc.Status == document.StatusEnabled {
		doc.Tags, _, f = askS3(ctx, r, b.clients, b, callBucketTags, func(ctx context.Context, in func(*s3.Options)) ([]document.Tag, error) {
			answer, err := b.clients.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &b.id.name}, in)
			if err != nil {
				return nil, err
			}
			return sortedTags(tags(answer.TagSet)), nil
		})
		if f.absence("NoSuchTagSet") {
			f = nil
		}
	}
	if f != nil {
		out.fail(document.KindBucketABAC, b.id.arn(), "", b.hinted(f))
		return
	}
	out.read(document.KindBucketABAC, from, b.id.arn(), "", document.Encode(doc))
}

// sortedTags sorts tags by key. It never returns nil, which would say that nobody
// looked.
func sortedTags(list []document.Tag) []document.Tag {
	sorted := append([]document.Tag{}, list...)
	slices.SortFunc(sorted, func(a, b document.Tag) int { return cmp.Compare(a.Key, b.Key) })
	return sorted
}

func tag(t *types.Tag) *document.Tag {
	if t == nil {
		return nil
	}
	return &document.Tag{Key: deref(t.Key), Value: deref(t.Value)}
}

func tags(list []types.Tag) []document.Tag {
	var out []document.Tag
	for i := range list {
		out = append(out, *tag(&list[i]))
	}
	return out
}
