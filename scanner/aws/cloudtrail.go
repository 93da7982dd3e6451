package aws

import (
	"context"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/aws/internal/trails"
	"github.com/trailguard/trailguard/scanner/document"
)

// accessLogging reads where S3 logs access to the bucket. Where it does not log
// to another bucket, or that is not known, CloudTrail may log the access.
func (r *run) accessLogging(ctx context.Context, b *bucket, out *batch) {
	text, ok := r.askBucket(ctx, b, accessLogQuestion(), out)
	var log document.AccessLog
	if ok && json.Unmarshal([]byte(text), &log) == nil && log.Elsewhere(b.id.name) {
		return
	}
	place := trails.Place{
		Partition: b.id.partition, Account: b.owner, Region: b.currentRegion(),
		Elsewhere: []string{r.regionIn(b.id.partition), partitions.Home(b.id.partition)},
	}
	if place.Elsewhere[1] == "" { // in a partition that is not known
		place.Elsewhere = place.Elsewhere[:1]
	}
	reached := access{failure: &failure{reason: scanner.ReasonSubjectMissing, detail: "the bucket's owner is not known"}}
	if b.owner != "" {
		reached = r.reach(ctx, b.owner)
	}
	if reached.failure != nil {
		for _, q := range place.Lists() {
			f := *reached.failure
			if b.owner == "" {
				f.call = q.Call
			}
			out.fail(q.Kind, q.Resource, "", &f)
		}
		return
	}
	out.add(r.trailed.Do([2]string{b.owner, place.Region}, func() batch { return r.readTrails(ctx, reached.clients, place) }))
}

func (r *run) readTrails(ctx context.Context, c *clients, place trails.Place) batch {
	out := batch{}
	trails.Read(ctx, c.cloudtrail, place, func(ctx context.Context, q trails.Question, send func(context.Context) (any, error)) bool {
		told, from, f := call(ctx, r, c, q.Call, send)
		if f == nil {
			return out.read(q.Kind, from, q.Resource, "", document.Encode(told))
		}
		if f.reason == scanner.ReasonDenied && !isCredentialCode(f.code) {
			f = f.with("allow " + permissionOf(f.call) + " (`trailguard permissions` prints the policy)")
		}
		out.fail(q.Kind, q.Resource, "", f)
		return false
	})
	return out
}
