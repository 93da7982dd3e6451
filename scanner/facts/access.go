package facts

import (
	"maps"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// restriction is a setting that is on, off, or not known for its gaps.
type restriction struct {
	on   bool
	refs []string
	gaps []scanner.Gap
}

// question is an access question about the writer, and the documents that it
// is asked of. Its request leaves out who owns the resource where owner is a
// gap.
type question struct {
	iam.Question
	name     string // of the resource's policy
	resource slot
	restrict restriction // RestrictPublicBuckets
	owner    *scanner.Gap
}

// ruling is the answer to a question, with the documents that its reasons name
// and the gaps that it may rest on.
type ruling struct {
	iam.Ruling
	refs map[string]string
	gaps []scanner.Gap
	kind keys.Kind
	// Those that bind the writer and the resource.
	writerControls, resourceControls *controls
}

// ask answers a question about the writer, for whatever its role's session is
// called. What nobody could read is left to package iam to decide without.
func (e *view) ask(q *question) ruling {
	r := ruling{refs: maps.Clone(e.set.refs), gaps: e.set.gaps(), kind: q.Request.Kind}
	r.refs[q.name] = q.resource.ref
	q.Policies = e.set.policies
	q.Policies.Resource, q.Policies.RestrictPublicBuckets = q.resource.policy, q.restrict.on
	q.Unread = iam.Unread{
		Identity: len(e.set.identityGaps) > 0, Boundary: len(e.set.boundaryGaps) > 0,
		Resource: q.resource.gap != nil, RestrictPublicBuckets: len(q.restrict.gaps) > 0,
	}
	if q.resource.gap != nil {
		r.gaps = append(r.gaps, *q.resource.gap)
	} else if q.resource.policy != nil && q.resource.doc.public().public {
		r.gaps = append(r.gaps, q.restrict.gaps...)
	}
	if q.AnyOwner = q.owner != nil; q.AnyOwner {
		r.gaps = append(r.gaps, *q.owner)
	}
	if q.AnySession = e.who.method == methodRole; q.AnySession {
		if record, ok := e.principalRecord(); ok {
			q.RoleID = record.RoleID
		}
	}
	e.control(q, &r)
	r.Ruling = iam.Ask(&q.Question)
	r.withLevels()
	return r
}
