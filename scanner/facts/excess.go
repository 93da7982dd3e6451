package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// needed are actions that are normal for a writer although they could do harm: an
// upload itself, giving one up, the ACL and tags that a policy may demand, and a
// look at what is there.
var needed = []string{"s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:ListBucket"}

// excess gathers what the writer may do besides.
type excess struct {
	proof.List
	policies []*iam.Policy // that may allow it
	unread   bool          // there are others
	found    []fact.Excess
	actions  []distinct // of each that was found
	open     []scanner.FactStatus
	declared []string
	effort   iam.Effort
}

// writerExcess asks what else the writer may do. What it certainly may decides,
// whatever else could not be read.
func (e *export) writerExcess() *fact.Of[fact.WriterExcess] {
	if status, ok := e.under(e.bucketARN); !ok {
		return fact.Unresolved[fact.WriterExcess](status)
	}
	if status, ok := e.writerStatus(e.bucketARN); !ok {
		return fact.Unresolved[fact.WriterExcess](status)
	}
	if e.set.missing {
		return fact.Unresolved[fact.WriterExcess](fact.NotApplicable(e.bucketARN, "the writer does not exist"))
	}
	x := excess{policies: slices.Clone(e.set.policies.Identity)}
	switch p := e.bucketPolicy(); {
	case p.gap != nil:
		x.unread = true
	case p.policy != nil:
		x.policies = append(x.policies, p.policy)
	}
	x.unread = x.unread || len(e.set.identityGaps) > 0
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
		x.found[i].Actions = someOf(x.actions[i].list)
	}
	status := scanner.FactStatus{
		Resource: e.bucketARN, Reasons: x.Reasons, More: x.More, Evidence: proof.Evidence(x.Reasons, append(slices.Sorted(maps.Values(e.set.refs)), e.look(document.KindIdentityPolicies).ref())...), Assumptions: e.assumptions(x.declared),
	}
	switch {
	case len(x.found) > 0:
	case len(x.open) > 0:
		return fact.Unresolved[fact.WriterExcess](together(e.bucketARN, x.open))
	default:
		status.Reasons = append(status.Reasons, fact.Note(e.set.nearest(), "the writer may do nothing that uploads do not need"))
	}
	return fact.Known(fact.WriterExcess{Writer: e.who.arn, Bucket: e.cfg.Endpoint.Bucket, Excess: fact.NonNil(x.found)}, status)
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
		q.Request.Resource = e.bucketARN
	}
	x.take(e, kind, a.Name, q.Request.Resource, &q)
}

// take adds the answer to a question about a resource; empty: about other buckets,
// which the deciding statement names.
func (x *excess) take(e *export, kind, action, resource string, q *question) {
	if x.effort > proof.MaxEffort {
		x.undecided(e)
		return
	}
	q.Request.Effort = &x.effort
	r := e.ask(q)
	some := r.Verdict == iam.Depends && !r.Open && !r.Capped && len(r.Needs) == 0 && r.WitnessAllow != nil
	switch {
	case r.Verdict == iam.No, !r.Open && isForAnybody(q.resource, r.Reasons):
	case r.Verdict == iam.Yes && !r.Open, some:
		if resource == "" {
			resource = e.patternsOf(r.Reasons)
		}
		x.add(kind, action, resource, proof.Of(r.refs, r.Reasons))
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

// undecided notes that the work that may be done is over.
func (x *excess) undecided(e *export) {
	gap := proof.TooIntricate(document.KindIdentityPolicies, e.who.arn, "what else the writer may do")
	x.leave(fact.Unknown(e.bucketARN, gap.Detail, gap))
}

// isForAnybody says that an answer rests on nothing but statements for everybody,
// which are no matter of the writer's: not_public and others are about them.
func isForAnybody(p slot, reasons []iam.Reason) bool {
	for i := range reasons {
		if r := &reasons[i]; r.Effect == string(iam.Allow) && (p.policy == nil || r.Policy != p.policy.Name() || !names(&p.doc.statements()[r.Index], "*")) {
			return false
		}
	}
	return len(reasons) > 0
}

func (x *excess) add(kind, action, resource string, reasons []scanner.Reason) {
	i := slices.IndexFunc(x.found, func(f fact.Excess) bool { return f.Kind == kind && f.Resource == resource })
	if i < 0 {
		i = len(x.found)
		x.found, x.actions = append(x.found, fact.Excess{Kind: kind, Resource: resource, At: proof.FirstAt(reasons, "")}), append(x.actions, distinct{})
	}
	x.actions[i].add(action)
	for _, r := range reasons {
		x.List.Add(r)
	}
}

// maxApart bounds how many buckets of exports are told apart from others.
const maxApart = 16

// elsewhere asks whether the writer may upload to buckets that no export writes to.
func (x *excess) elsewhere(e *export) {
	if !slices.ContainsFunc(e.set.docs, e.reachesElsewhere) {
		return
	}
	partition, apart := parseARN(e.bucketARN).Partition, []string{e.cfg.Endpoint.Bucket}
	for {
		objects, complete := iam.ObjectsOf(e.set.policies.Identity, "s3:PutObject", partition, apart...)
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
			if bucket := bucketOf(arn); bucket == e.cfg.Endpoint.Bucket || e.d.exported[bucket] {
				continue
			}
			q := question{name: "bucket policy"}
			q.Request = e.writerRequest(keys.RoleUpload, keys.UserUpload, "s3:PutObject", arn, iam.AccountOf(e.who.arn), map[string]string{})
			x.take(e, "elsewhere", "s3:PutObject", "", &q)
		}
		return
	}
}

// reachesElsewhere says whether a policy of the writer's allows anything of S3
// outside the bucket, as far as a look at its patterns tells.
func (e *export) reachesElsewhere(d *policyDocument) bool {
	outside := func(pattern string) bool {
		return pattern != e.bucketARN && !strings.HasPrefix(pattern, e.bucketARN+"/")
	}
	return slices.ContainsFunc(d.statements(), func(s iam.Statement) bool {
		return s.Effect == iam.Allow && (len(s.NotActions) > 0 || slices.ContainsFunc(s.Actions, isOfS3)) &&
			(len(s.NotResources) > 0 || slices.ContainsFunc(s.Resources, outside))
	})
}

// patternsOf are what a statement of the writer's names beside the bucket.
func (e *export) patternsOf(reasons []iam.Reason) string {
	for i := range reasons {
		for _, d := range e.set.docs {
			if r := &reasons[i]; r.Effect == string(iam.Allow) && r.Policy == d.policy.Name() {
				patterns := slices.DeleteFunc(slices.Clone(d.statements()[r.Index].Resources), func(p string) bool {
					return p == e.bucketARN || strings.HasPrefix(p, e.bucketARN+"/")
				})
				if len(patterns) > 0 {
					return someOf(patterns)
				}
			}
		}
	}
	return "other buckets"
}

func bucketOf(objectARN string) string {
	bucket, _, _ := strings.Cut(parseARN(objectARN).Resource, "/")
	return bucket
}

// isOfS3 says that a pattern of actions may cover some of S3's.
func isOfS3(action string) bool {
	return strings.ContainsAny(action[:min(len(action), len("s3:"))], "*?") || strings.HasPrefix(strings.ToLower(action), "s3:")
}
