package aws

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/events"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
)

// ahead adds event histories to records that are complete without, and hands them
// on in their order. Some records are waited for side by side, since each account
// and region answers slowly.
type ahead struct {
	run   *run
	emit  func(scanner.Record) error
	queue []chan asked
}

// asked is a record with its event histories.
type asked struct {
	record scanner.Record
	fault  error // a panic
}

// maxAhead bounds the records that wait at once.
const maxAhead = 64

func newAhead(r *run, emit func(scanner.Record) error) *ahead { return &ahead{run: r, emit: emit} }

func (a *ahead) add(ctx context.Context, record *scanner.Record) error {
	if a.run.options.Who == nil {
		return a.emit(*record)
	}
	resources := a.run.options.Who(record)
	done := make(chan asked, 1)
	a.queue = append(a.queue, done)
	go func() {
		told := asked{record: *record}
		defer func() { done <- told }()
		defer crash.Catch(&told.fault)
		found := a.run.eventHistories(ctx, &told.record, resources)
		found.into(&told.record)
	}()
	if len(a.queue) < maxAhead {
		return nil
	}
	return a.next()
}

// next hands on the record that has waited longest.
func (a *ahead) next() error {
	told := <-a.queue[0]
	a.queue = a.queue[1:]
	if told.fault != nil {
		panic(told.fault) // where whoever asked for it can catch it
	}
	return a.emit(told.record)
}

func (a *ahead) rest() error {
	for len(a.queue) > 0 {
		if err := a.next(); err != nil {
			return err
		}
	}
	return nil
}

// eventHistories reads those of some of a record's resources, by ARN.
func (r *run) eventHistories(ctx context.Context, record *scanner.Record, since map[string]time.Time) batch {
	var fill []func(*batch)
	for _, resource := range slices.Sorted(maps.Keys(since)) {
		account, region := whereabouts(record, resource)
		fill = append(fill, func(out *batch) {
			out.add(r.histories.Do(resource, func() batch { return r.eventHistory(ctx, resource, account, region, since[resource]) }))
		})
	}
	return gather(fill...)
}

// whereabouts are the account and region whose events a resource is in: a bucket's
// are its evidence's to tell, and IAM's are in the home region of its partition.
// Either may be empty: not known.
func whereabouts(record *scanner.Record, resource string) (account, region string) {
	arn := parseARN(resource)
	switch arn.Service {
	case "iam":
		return arn.Account, partitions.Home(arn.Partition)
	case "s3":
		var bucket document.Bucket
		var owner document.BucketOwner
		if e, ok := record.Find(document.KindBucket, resource, ""); ok {
			_ = json.Unmarshal([]byte(e.Text), &bucket) // not understood is not known
		}
		if e, ok := record.Find(document.KindBucketOwner, resource, ""); ok {
			_ = json.Unmarshal([]byte(e.Text), &owner)
		}
		return owner.Account, bucket.Region
	default:
		return arn.Account, arn.Region
	}
}

// paced is how one account and region is asked, by whoever holds its turn.
type paced struct {
	*events.Pace
	refused *failure // what it refuses for one resource, it refuses for all
}

// eventHistory reads who changed one resource.
func (r *run) eventHistory(ctx context.Context, resource, account, region string, since time.Time) batch {
	out := batch{}
	history, from, f := r.lookUp(ctx, resource, account, region, since)
	if f == nil || len(history.Events) > 0 {
		out.read(document.KindEventHistory, from, resource, "", document.Encode(history))
	}
	if f != nil {
		out.fail(document.KindEventHistory, resource, "", f)
	}
	return out
}

func (r *run) lookUp(ctx context.Context, resource, account, region string, since time.Time) (document.EventHistory, gate.Answer, *failure) {
	var none document.EventHistory
	from := gate.Answer{Call: events.CallLookup}
	if account == "" || region == "" {
		return none, from, &failure{call: events.CallLookup, reason: scanner.ReasonSubjectMissing, detail: "the account or the region whose events it is in is not known"}
	}
	reached := r.reach(ctx, account)
	if reached.failure != nil {
		return none, from, reached.failure
	}
	place := r.paces.Do([2]string{account, region}, func() *paced { return &paced{Pace: events.NewPace(r.options.WhoEvery)} })
	release, err := place.Hold(ctx)
	if err != nil {
		return none, from, classify(ctx, events.CallLookup, err, nil)
	}
	defer release()
	if place.refused != nil {
		return none, from, place.refused
	}
	var failed *failure
	history, _ := events.Read(ctx, reached.clients.cloudtrail, region, resource, since, place.Pace, func(ctx context.Context, send func(context.Context) error) error {
		_, told, f := call(ctx, r, reached.clients, events.CallLookup, func(ctx context.Context) (struct{}, error) { return struct{}{}, send(ctx) })
		if failed = f; f != nil {
			return f
		}
		from = told
		return nil
	})
	if failed != nil && failed.reason == scanner.ReasonDenied {
		if !isCredentialCode(failed.code) {
			failed = failed.with("allow " + events.CallLookup + ", or leave it: no verdict rests on it")
		}
		place.refused = failed
	}
	return history, from, failed
}
