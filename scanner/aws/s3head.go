package aws

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// bucketPlan is what all exports of a bucket suggest about it.
type bucketPlan struct {
	region     string   // where to ask first
	candidates []string // accounts that may own it, the likeliest first
	hinted     string   // the account that the operator named, if one did
	exports    []pathPlan
	// names means that the bucket's policy is asked who writes.
	names bool
}

// pathPlan is where in a bucket an export writes.
type pathPlan struct {
	id, prefix string
	off        bool // it is disabled
}

// planBucket gathers what one export suggests about its bucket.
func (r *run) planBucket(plans map[bucketID]*bucketPlan, record *scanner.Record) {
	endpoint := &record.Configuration.Endpoint
	if endpoint.Type != scanner.EndpointS3 || !plainBucket(endpoint.Bucket) {
		return
	}
	id := bucketID{r.partitionFor(record), endpoint.Bucket}
	p := plans[id]
	if p == nil {
		p = &bucketPlan{}
		plans[id] = p
	}
	if p.region == "" && partitions.IsRegion(endpoint.Region) && partitions.Of(endpoint.Region) == id.partition {
		p.region = endpoint.Region
	}
	cfg := &record.Configuration
	p.exports = append(p.exports, pathPlan{cfg.ID, cfg.Prefix(), !cfg.Enabled && !slices.Contains(cfg.Missing, "enabled")})
	hint := r.options.Hints[record.Configuration.ID]
	if p.hinted == "" && iam.IsAccountID(hint.BucketAccount) {
		p.hinted = hint.BucketAccount
	}
	role, user := r.writerARNs(record)
	p.names = p.names || endpoint.Authentication == scanner.AuthenticationAccessKey && user == ""
	p.suggest(hint.BucketAccount)
	p.suggest(r.options.Expect[record.Configuration.Tenant].BucketAccounts...)
	p.suggest(parseARN(role).Account, parseARN(user).Account)
	if account, region, ok := document.RegionalName(id.name); ok && partitions.Of(region) == id.partition {
		p.suggest(account)
		p.region = cmp.Or(p.region, region)
	}
}

// suggest adds candidates, without repeats.
func (p *bucketPlan) suggest(accounts ...string) {
	for _, account := range accounts {
		if iam.IsAccountID(account) && !slices.Contains(p.candidates, account) {
			p.candidates = append(p.candidates, account)
		}
	}
}

// owners returns the accounts to try as the owner, without repeats.
func (r *run) owners(p *bucketPlan) []string {
	all := slices.Concat([]string{p.hinted}, p.candidates, []string{r.caller.account}, sortedKeys(r.options.Accounts))
	var owners []string
	for _, account := range all {
		if iam.IsAccountID(account) && !slices.Contains(owners, account) {
			owners = append(owners, account)
		}
	}
	return owners
}

// partitionFor is the partition of a record's bucket: that of its writer, else
// of its region, else the caller's.
func (r *run) partitionFor(record *scanner.Record) string {
	role, user := r.writerARNs(record)
	for _, text := range []string{role, user} {
		if p := parseARN(text).Partition; p != "" {
			return p
		}
	}
	if region := record.Configuration.Endpoint.Region; partitions.IsRegion(region) {
		return partitions.Of(region)
	}
	return r.partition()
}

// head finds out whether the bucket exists, where, and whose it is. HeadBucket
// with ExpectedBucketOwner succeeds only for the owner, so the first question
// usually answers all three.
func (r *run) head(ctx context.Context, id bucketID, p *bucketPlan) *bucket {
	return r.buckets.Do(id, func() *bucket {
		b := &bucket{id: id, clients: r.likely(ctx, p), region: p.region}
		if b.region == "" {
			b.region = r.regionIn(id.partition)
		}
		if !r.findOwner(ctx, b, p) {
			r.headPlain(ctx, b, p)
		}
		return b
	})
}

// findOwner tries the candidates in turn. It reports whether that settled the
// matter. A refusal does not, since it may mean "not the owner" as well as "not
// for you".
func (r *run) findOwner(ctx context.Context, b *bucket, p *bucketPlan) bool {
	for _, account := range r.owners(p) {
		c := r.base
		if r.known(account) {
			a := r.reach(ctx, account)
			if a.failure != nil {
				b.untried = a.failure
				continue
			}
			c = a.clients
		}
		out, from, f := r.headBucket(ctx, c, b, account)
		switch {
		case f == nil:
			b.owner, b.clients = account, c
			b.exists(out, from)
			b.found.read(document.KindBucketOwner, from, b.id.arn(), "", document.Encode(document.BucketOwner{Account: account}))
			return true
		case f.isMissing():
			b.gone(from)
			return true
		case f.reason != scanner.ReasonDenied:
			b.unknown(f, f)
			return true
		}
	}
	return false
}

// headPlain asks without naming an owner: with the credentials of the likeliest
// owner, and with the first credentials.
func (r *run) headPlain(ctx context.Context, b *bucket, p *bucketPlan) {
	out, from, f := r.headBucket(ctx, b.clients, b, "")
	if f != nil && f.reason == scanner.ReasonDenied && b.clients != r.base {
		if again, told, failed := r.headBucket(ctx, r.base, b, ""); failed == nil {
			b.clients, out, from, f = r.base, again, told, nil
		}
	}
	switch {
	case f == nil:
		b.exists(out, from)
		b.found.fail(document.KindBucketOwner, b.id.arn(), "", cmp.Or(b.untried, r.ownerUnknown(p)))
	case f.isMissing():
		b.gone(from)
	default:
		f = b.hinted(f)
		b.unknown(f, cmp.Or(b.untried, f))
		if f.reason == scanner.ReasonDenied && f.region != "" {
			// S3 names the region of an existing bucket even when it refuses.
			b.found.read(document.KindBucket, from, b.id.arn(), "",
				document.Encode(document.Bucket{Exists: new(true), Region: f.region}))
		}
	}
}

// likely returns the credentials of the first candidate for which there are
// any.
func (r *run) likely(ctx context.Context, p *bucketPlan) *clients {
	for _, account := range r.owners(p) {
		if !r.known(account) {
			continue
		}
		if a := r.reach(ctx, account); a.failure == nil {
			return a.clients
		}
	}
	return r.base
}

func (r *run) ownerUnknown(p *bucketPlan) *failure {
	const next = "if the bucket is yours, name its account in exports.<id>.bucketAccount"
	if tried := r.owners(p); len(tried) > 0 {
		return &failure{
			call: callHeadBucket, reason: scanner.ReasonUndetermined,
			detail: fmt.Sprintf("the owner is none of %s; %s", strings.Join(tried, ", "), next),
		}
	}
	return &failure{call: callHeadBucket, reason: scanner.ReasonSubjectMissing, detail: "no account is known that may own it; " + next}
}

func (r *run) headBucket(ctx context.Context, c *clients, b *bucket, owner string) (*s3.HeadBucketOutput, gate.Answer, *failure) {
	return askS3(ctx, r, c, b, callHeadBucket, func(ctx context.Context, in func(*s3.Options)) (*s3.HeadBucketOutput, error) {
		input := &s3.HeadBucketInput{Bucket: &b.id.name}
		if owner != "" {
			input.ExpectedBucketOwner = &owner
		}
		return c.s3.HeadBucket(ctx, input, in)
	})
}

// isMissing reports whether S3 itself answered that there is no such bucket.
func (f *failure) isMissing() bool {
	return f.status == http.StatusNotFound && f.requestID != ""
}

func (b *bucket) exists(out *s3.HeadBucketOutput, from gate.Answer) {
	if region := deref(out.BucketRegion); partitions.IsRegion(region) {
		b.moveTo(region)
	}
	b.found.read(document.KindBucket, from, b.id.arn(), "", document.Encode(document.Bucket{
		Exists: new(true), Region: deref(out.BucketRegion), AccessPointAlias: deref(out.AccessPointAlias),
	}))
}

func (b *bucket) gone(from gate.Answer) {
	b.missing = true
	b.found.read(document.KindBucket, from, b.id.arn(), "", document.Encode(document.Bucket{Exists: new(false)}))
}

func (b *bucket) unknown(existence, owner *failure) {
	b.found.fail(document.KindBucket, b.id.arn(), "", existence)
	b.found.fail(document.KindBucketOwner, b.id.arn(), "", owner)
}
