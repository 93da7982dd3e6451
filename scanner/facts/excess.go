package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// needed are actions that are normal for a writer although they could do harm: an
// upload itself, giving one up, the ACL and tags that a policy may demand, and a
// look at what is there.
var needed = []string{"s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:ListBucket"}

// excess gathers what the writer may do besides uploading.
type excess struct {
	proof.List
	policies []*iam.Policy // that may allow it
	unread   bool          // there are others
	found    []fact.Excess
	actions  []listed.Distinct // of each that was found
	open     []scanner.FactStatus
	declared []string
	effort   iam.Effort
}

// writerExcess asks what else the writer may do. What it certainly may decides,
// whatever else could not be read.
func (e *export) writerExcess() *fact.Of[fact.WriterExcess] {
	if status, ok := e.PathIsThere(e.BucketARN); !ok {
		return fact.Unresolved[fact.WriterExcess](status)
	}
	if status, ok := e.writerStatus(e.BucketARN); !ok {
		return fact.Unresolved[fact.WriterExcess](status)
	}
	if e.Policies.WriterMissing {
		return fact.Unresolved[fact.WriterExcess](fact.NotApplicable(e.BucketARN, "the writer does not exist"))
	}
	x := excess{policies: slices.Clone(e.Policies.Policies.Identity)}
	switch p := e.BucketPolicy(); {
	case p.Gap != nil:
		x.unread = true
	case p.Policy != nil:
		x.policies = append(x.policies, p.Policy)
	}
	x.unread = x.unread || len(e.Policies.IdentityGaps) > 0
	for _, a := range trail.Harmful() {
		kind := "objects"
		if a.Bucket {
			kind = "bucket"
		}
		x.ask(e, kind, &a)
	}
	for _, a := range trail.Revealing() {
		x.ask(e, "reading", &a)
	}
	x.elsewhere(e)
	for i := range x.found {
		x.found[i].Actions = listed.Some(x.actions[i].List)
	}
	refs := append(slices.Sorted(maps.Values(e.Policies.Refs)), e.Look(document.KindIdentityPolicies).Ref())
	status := scanner.FactStatus{
		Resource: e.BucketARN, Reasons: x.Reasons, More: x.More,
		Evidence: proof.Evidence(x.Reasons, refs...), Assumptions: e.AssumptionsWith(x.declared),
	}
	switch {
	case len(x.found) > 0:
	case len(x.open) > 0:
		return fact.Unresolved[fact.WriterExcess](together(e.BucketARN, x.open))
	default:
		status.Reasons = append(status.Reasons, fact.Note(e.Policies.NearestGrant(), "the writer may do nothing that uploads do not need"))
	}
	return fact.Known(fact.WriterExcess{Writer: e.Writer.ARN, Bucket: e.Config.Endpoint.Bucket, Excess: fact.NonNil(x.found)}, status)
}

// ask asks whether the writer may do an action on the bucket, or on any object
// under the path.
func (x *excess) ask(e *export, kind string, a *trail.Action) {
	if slices.Contains(needed, a.Name) {
		return
	}
	allowed := slices.ContainsFunc(x.policies, func(p *iam.Policy) bool { return p.MayAllow(a.Name) })
	if !allowed && (!x.unread || len(x.open) > 0) {
		return
	}
	q := e.uploadQuestion(a.Name)
	q.Everywhere = false
	if a.Bucket {
		q.Request.Resource = e.BucketARN
	}
	x.take(e, kind, a.Name, q.Request.Resource, &q)
}

// take adds the answer to a question about a resource; empty: about other buckets,
// which the deciding statement names.
func (x *excess) take(e *export, kind, action, resource string, q *view.Question) {
	if x.effort > proof.MaxEffort {
		x.undecided(e)
		return
	}
	q.Request.Effort = &x.effort
	r := e.Ask(q)
	some := r.Verdict == iam.Depends && !r.Open && !r.Capped && len(r.Needs) == 0 && r.WitnessAllow != nil
	switch {
	case r.Verdict == iam.No, !r.Open && isForAnybody(q.Resource, r.Reasons):
	case r.Verdict == iam.Yes && !r.Open, some:
		if resource == "" {
			resource = e.patternsOf(r.Reasons)
		}
		x.note(kind, action, resource, proof.Of(r.Refs, r.Reasons))
		x.declared = append(x.declared, r.Declared...)
	default:
		status, _ := e.ruled(&r, "whether the writer may do more than upload", nil)
		x.leave(status)
	}
}

// leave notes that something is open, once.
func (x *excess) leave(status scanner.FactStatus) {
	if !slices.ContainsFunc(x.open, func(s scanner.FactStatus) bool { return s.Because == status.Because }) {
		x.open = append(x.open, status)
	}
}

// undecided notes that the work for this fact is used up.
func (x *excess) undecided(e *export) {
	gap := proof.TooIntricate(document.KindIdentityPolicies, e.Writer.ARN, "what else the writer may do")
	x.leave(fact.Unknown(e.BucketARN, gap.Detail, gap))
}

// isForAnybody says that an answer rests on statements for everybody alone. They say
// nothing of the writer: not_public and other rules judge them.
func isForAnybody(p view.Slot, reasons []iam.Reason) bool {
	for i := range reasons {
		r := &reasons[i]
		if r.Effect != string(iam.Allow) {
			continue
		}
		if p.Policy == nil || r.Policy != p.Policy.Name() || !identities.Names(&p.Doc.Statements()[r.Index], "*") {
			return false
		}
	}
	return len(reasons) > 0
}

func (x *excess) note(kind, action, resource string, reasons []scanner.Reason) {
	i := slices.IndexFunc(x.found, func(f fact.Excess) bool { return f.Kind == kind && f.Resource == resource })
	if i < 0 {
		i = len(x.found)
		x.found, x.actions = append(x.found, fact.Excess{Kind: kind, Resource: resource, At: proof.FirstAt(reasons, "")}), append(x.actions, listed.Distinct{})
	}
	x.actions[i].Add(action)
	for _, r := range reasons {
		x.Add(r)
	}
}

// maxApart bounds how many buckets of exports are told apart from others.
const maxApart = 16

// elsewhere asks whether the writer may upload to buckets that no export writes to.
func (x *excess) elsewhere(e *export) {
	if !slices.ContainsFunc(e.Policies.Docs, e.reachesElsewhere) {
		return
	}
	partition, apart := view.ParseARN(e.BucketARN).Partition, []string{e.Config.Endpoint.Bucket}
	for {
		objects, complete := iam.ObjectsOf(e.Policies.Policies.Identity, "s3:PutObject", partition, apart...)
		known := slices.IndexFunc(objects, func(arn string) bool {
			bucket := bucketOf(arn)
			return e.d.exported[bucket] && !slices.Contains(apart, bucket)
		})
		if known >= 0 && len(apart) < maxApart {
			apart = append(apart, bucketOf(objects[known]))
			continue
		}
		if !complete || known >= 0 {
			x.undecided(e)
		}
		for _, arn := range objects {
			if bucket := bucketOf(arn); bucket == e.Config.Endpoint.Bucket || e.d.exported[bucket] {
				continue
			}
			q := view.Question{Name: "bucket policy"}
			q.Request = e.WriterRequest(keys.RoleUpload, keys.UserUpload, "s3:PutObject", arn, iam.AccountOf(e.Writer.ARN), map[string]string{})
			x.take(e, "elsewhere", "s3:PutObject", "", &q)
		}
		return
	}
}

// reachesElsewhere says whether a policy of the writer's allows anything of S3
// outside the bucket, as far as a look at its patterns tells.
func (e *export) reachesElsewhere(d *view.PolicyDocument) bool {
	outside := func(pattern string) bool {
		return pattern != e.BucketARN && !strings.HasPrefix(pattern, e.BucketARN+"/")
	}
	return slices.ContainsFunc(d.Statements(), func(s iam.Statement) bool {
		return s.Effect == iam.Allow && (len(s.NotActions) > 0 || slices.ContainsFunc(s.Actions, isOfS3)) &&
			(len(s.NotResources) > 0 || slices.ContainsFunc(s.Resources, outside))
	})
}

// patternsOf are what a statement of the writer's names beside the bucket.
func (e *export) patternsOf(reasons []iam.Reason) string {
	for i := range reasons {
		for _, d := range e.Policies.Docs {
			if r := &reasons[i]; r.Effect == string(iam.Allow) && r.Policy == d.Policy.Name() {
				patterns := slices.DeleteFunc(slices.Clone(d.Statements()[r.Index].Resources), func(p string) bool {
					return p == e.BucketARN || strings.HasPrefix(p, e.BucketARN+"/")
				})
				if len(patterns) > 0 {
					return listed.Some(patterns)
				}
			}
		}
	}
	return "other buckets"
}

func bucketOf(objectARN string) string {
	bucket, _, _ := strings.Cut(view.ParseARN(objectARN).Resource, "/")
	return bucket
}

// isOfS3 says that a pattern of actions may cover some of S3's.
func isOfS3(action string) bool {
	return strings.ContainsAny(action[:min(len(action), len("s3:"))], "*?") || strings.HasPrefix(strings.ToLower(action), "s3:")
}
