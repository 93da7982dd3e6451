package aws

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/document"
)

// bucketID identifies a bucket: names are unique in a partition.
type bucketID struct{ partition, name string }

func (id bucketID) arn() string { return "arn:" + id.partition + ":s3:::" + id.name }

// bucket is what HeadBucket returned, on which every other question builds.
type bucket struct {
	id      bucketID
	clients *clients // the owner's where there are such, else those most likely to have access
	owner   string   // account; empty: not known
	missing bool     // S3 says that there is no such bucket
	found   batch    // KindBucket and KindBucketOwner
	untried *failure // of credentials that would have shown whether their account is the owner

	mu     sync.Mutex
	region string
}

func (b *bucket) currentRegion() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.region
}

func (b *bucket) moveTo(region string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.region = region
}

// maxHops bounds how often one call follows a bucket to another region.
const maxHops = 3

// askS3 sends one operation to the bucket's region, and follows where S3 says
// that the bucket is elsewhere. Where a region has no S3 endpoint (a slip in
// the export's configuration), it asks in the partition's home region.
func askS3[T any](ctx context.Context, r *run, c *clients, b *bucket, name string,
	send func(ctx context.Context, in func(*s3.Options)) (T, error),
) (T, gate.Answer, *failure) {
	for hop := 1; ; hop++ {
		region := b.currentRegion()
		out, from, f := call(ctx, r, c, name, func(ctx context.Context) (T, error) {
			return send(ctx, func(o *s3.Options) { o.Region = region })
		})
		if f == nil {
			return out, from, nil
		}
		next := f.region
		if f.status == 0 && f.reason == scanner.ReasonUnreachable && r.options.endpoint("s3") == "" {
			next = partitions.Home(b.id.partition)
		}
		if next == "" || next == region || hop == maxHops {
			return out, from, f
		}
		b.moveTo(next)
	}
}

// hinted adds to a failure what would let the program read the bucket.
func (b *bucket) hinted(f *failure) *failure {
	switch {
	case f.reason != scanner.ReasonDenied && f.reason != scanner.ReasonUndetermined, isCredentialCode(f.code):
		return f
	case b.owner == "":
		return f.with("if the bucket is yours and of another account, name that in exports.<id>.bucketAccount and aws.accounts")
	case b.owner != b.clients.account:
		return f.toward(accountHint(b.owner))
	}
	return f.with(fmt.Sprintf("allow %s on %s (`trailguard permissions` prints the policy)", permissionOf(f.call), b.id.arn()))
}

// bucketKinds are the kinds of evidence about a bucket and its owner's account.
func bucketKinds() []document.Kind {
	return slices.DeleteFunc(document.Kinds(), func(k document.Kind) bool {
		return k.Subject() != document.SubjectBucket && k.Subject() != document.SubjectAccount
	})
}

// bucketBatch reads everything about one bucket except for its objects.
func (r *run) bucketBatch(ctx context.Context, id bucketID, p *bucketPlan) batch {
	b := r.head(ctx, id, p)
	joined := batch{}
	joined.add(b.found)
	if b.missing {
		return joined
	}
	ask := func(q bucketQuestion) func(*batch) {
		if q.kind == document.KindBucketPolicy && p.names {
			return func(out *batch) { *out = r.bucketPolicy(ctx, b) }
		}
		return func(out *batch) { r.askBucket(ctx, b, q, out) }
	}
	var fill []func(*batch)
	for _, q := range slices.Concat(bucketQuestions(), protectionQuestions()) {
		fill = append(fill, ask(q))
	}
	fill = append(fill,
		func(out *batch) { r.encryptionAndKey(ctx, b, out) },
		func(out *batch) { r.accountAccessBlock(ctx, b, out) },
		func(out *batch) { r.organizationAccessBlock(ctx, b, out) },
		func(out *batch) { *out = r.organizationBatch(ctx, b.owner) },
		func(out *batch) { r.accessLogging(ctx, b, out) },
		func(out *batch) { r.accessByTags(ctx, b, out) },
	)
	joined.add(gather(fill...))
	return joined
}

// bucketQuestion is one document of a bucket.
type bucketQuestion struct {
	kind   document.Kind
	call   string
	absent string // the error code that means that there is none
	ask    func(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error)
}

// askBucket reads one document of a bucket; it returns its text.
func (r *run) askBucket(ctx context.Context, b *bucket, q bucketQuestion, out *batch) (string, bool) {
	text, from, f := askS3(ctx, r, b.clients, b, q.call, func(ctx context.Context, in func(*s3.Options)) (string, error) {
		return q.ask(ctx, b.clients.s3, &b.id.name, in)
	})
	switch {
	case f == nil:
		return text, out.read(q.kind, from, b.id.arn(), "", text)
	case q.absent != "" && f.absence(q.absent):
		out.absent(q.kind, from, b.id.arn(), "")
	default:
		out.fail(q.kind, b.id.arn(), "", b.hinted(f))
	}
	return "", false
}
