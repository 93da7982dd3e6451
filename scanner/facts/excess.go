package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// WriterExcess is what the writer may do that uploads do not need. Not applicable
// where the writer does not exist. Unknown where it is not known, or where what
// could not be read could decide.
type WriterExcess struct {
	Writer string   `json:"writer"` // the writer's ARN
	Bucket string   `json:"bucket"` // the name of the bucket
	Excess []Excess `json:"excess"` // each kind of it
}

// Excess is one kind.
type Excess struct {
	Kind string `json:"kind"` // objects, reading, bucket or elsewhere
	// Actions are the first of them in words: "s3:DeleteObject and s3:GetObject and 3 more".
	Actions  string `json:"actions"`
	Resource string `json:"resource"` // arn:…:bucket/path/*, the bucket, or a pattern of other buckets
	At       string `json:"at"`       // a statement that allows it
}

// needed are actions that are normal for a writer although they could do harm:
// an upload itself, giving one up, and setting the ACL that a policy demands.
var needed = []string{"s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:ListBucket"}

// excess gathers what the writer may do besides.
type excess struct {
	proof
	policies []*iam.Policy // that may allow it
	unread   bool          // there are others
	found    []Excess
	actions  []distinct // of each that was found
	open     []scanner.FactStatus
	declared []string
	effort   iam.Effort
}

// writerExcess asks what else the writer may do. What it certainly may decides,
// whatever else could not be read.
func (e *export) writerExcess() *Fact[WriterExcess] {
	if status, ok := e.existing(); !ok {
		return unresolved[WriterExcess](status)
	}
	if status, ok := e.path(e.bucketARN); !ok {
		return unresolved[WriterExcess](status)
	}
	if status, ok := e.writerStatus(e.bucketARN); !ok {
		return unresolved[WriterExcess](status)
	}
	if e.set.missing {
		return unresolved[WriterExcess](notApplicable(e.bucketARN, "the writer does not exist"))
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
		x.ask(e, map[bool]string{true: "bucket", false: "objects"}[a.Bucket], &a)
	}
	for _, a := range trail.Revealing() {
		x.ask(e, "reading", &a)
	}
	x.elsewhere(e)
	for i := range x.found {
		x.found[i].Actions = someOf(x.actions[i].list)
	}
	status := scanner.FactStatus{
		Resource: e.bucketARN, Reasons: x.reasons, More: x.more, Evidence: evidenceOf(x.reasons, append(slices.Sorted(maps.Values(e.set.refs)), e.look(document.KindIdentityPolicies).ref())...), Assumptions: e.assumptions(x.declared),
	}
	switch {
	case len(x.found) > 0:
	case len(x.open) > 0:
		return unresolved[WriterExcess](together(e.bucketARN, x.open))
	default:
		status.Reasons = append(status.Reasons, note(e.set.nearest(), "the writer may do nothing that uploads do not need"))
	}
	return known(WriterExcess{Writer: e.who.arn, Bucket: e.cfg.Endpoint.Bucket, Excess: nonNil(x.found)}, status)
}

// ask asks whether the writer may do an action on the bucket, or on any object
// under the path.
func (x *excess) ask(e *export, kind string, a *trail.Action) {
	allowed := slices.ContainsFunc(x.policies, func(p *iam.Policy) bool { return p.MayAllow(a.Name) })
	if slices.Contains(needed, a.Name) || !allowed && (!x.unread || len(x.open) > 0) {
		return
	}
	q := e.uploadQuestion(a.Name)
	q.Everywhere = false
	if a.Bucket {
		q.Request.Resource = e.bucketARN
	}
	x.take(e, kind, a.Name, q.Request.Resource, &q)
}

// take adds the answer to a question.
func (x *excess) take(e *export, kind, action, resource string, q *question) {
	if x.effort > maxEffort {
		gap := tooIntricate(document.KindIdentityPolicies, e.who.arn, "what else the writer may do")
		x.open = append(x.open, unknown(e.bucketARN, gap.Detail, gap))
		return
	}
	q.Request.Effort = &x.effort
	r := e.ask(q)
	some := r.Verdict == iam.Depends && !r.Open && !r.Capped && len(r.Needs) == 0 && r.WitnessAllow != nil
	switch {
	case r.Verdict == iam.No, !r.Open && isForAnybody(q.resource, r.Reasons):
	case r.Verdict == iam.Yes && !r.Open, some:
		x.add(kind, action, resource, reasonsOf(r.refs, r.Reasons))
		x.declared = append(x.declared, r.Declared...)
	default:
		status, _ := e.ruled(&r, "whether the writer may do more than upload", nil)
		if !slices.ContainsFunc(x.open, func(s scanner.FactStatus) bool { return s.Because == status.Because }) {
			x.open = append(x.open, status)
		}
	}
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
	i := slices.IndexFunc(x.found, func(f Excess) bool { return f.Kind == kind && f.Resource == resource })
	if i < 0 {
		i = len(x.found)
		x.found, x.actions = append(x.found, Excess{Kind: kind, Resource: resource, At: firstAt(reasons, "")}), append(x.actions, distinct{})
	}
	x.actions[i].add(action)
	for _, r := range reasons {
		x.proof.add(r)
	}
}

// elsewhere asks whether the writer may upload to buckets that are no export's, by
// the patterns of its own policies.
func (x *excess) elsewhere(e *export) {
	for _, d := range e.set.docs {
		for _, s := range d.statements() {
			if s.Effect != iam.Allow || len(s.NotActions) == 0 && !slices.ContainsFunc(s.Actions, isOfS3) {
				continue
			}
			for _, pattern := range s.Resources {
				bucket, key, _ := strings.Cut(parseARN(pattern).Resource, "/")
				if pattern == "*" {
					bucket, key = "*", "*"
				}
				// Variables are left out: what stands in them is the writer's own.
				if key == "" && bucket != "*" || strings.Contains(pattern, "$") || e.d.exported[bucket] || bucket == e.cfg.Endpoint.Bucket {
					continue
				}
				example := strings.NewReplacer("*", "x7q0", "?", "q")
				resource := "arn:" + parseARN(e.bucketARN).Partition + ":s3:::" + example.Replace(bucket) + "/" + example.Replace(key)
				q := question{name: "bucket policy"}
				q.Request = e.writerRequest(keys.RoleUpload, keys.UserUpload, "s3:PutObject", resource, iam.AccountOf(e.who.arn), map[string]string{})
				x.take(e, "elsewhere", "s3:PutObject", pattern, &q)
			}
		}
	}
}

// isOfS3 says that a pattern of actions may cover some of S3's.
func isOfS3(action string) bool {
	return strings.HasPrefix(action, "*") || strings.HasPrefix(strings.ToLower(action), "s3:")
}
