package facts

import (
	"maps"
	"strings"

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

// reasonsOf turns an answer's statements into reasons, the deciding ones
// first. Those of stand-ins have no document and are left out.
func reasonsOf(refs map[string]string, lists ...[]iam.Reason) []scanner.Reason {
	n := 0
	for _, list := range lists {
		n += len(list)
	}
	out := make([]scanner.Reason, 0, n)
	for _, list := range lists {
		for i := range list {
			r := &list[i]
			ref, ok := refs[r.Policy]
			if !ok {
				continue
			}
			out = append(out, scanner.Reason{
				At: scanner.At(ref, r.Pointer), Policy: r.Policy, Sid: r.Sid, Index: r.Index, Effect: r.Effect, Note: r.Note,
			})
		}
	}
	return out
}

// firstAt is the place of the first reason, else of a fallback.
func firstAt(reasons []scanner.Reason, fallback string) string {
	for i := range reasons {
		if reasons[i].At != "" {
			return reasons[i].At
		}
	}
	return fallback
}

// evidenceOf lists the documents that reasons point into, in their order, and
// then the others that an answer rests on.
func evidenceOf(reasons []scanner.Reason, others ...string) []string {
	out := make([]string, 0, len(reasons)+len(others))
	seen := make(map[string]bool, len(reasons)+len(others))
	add := func(ref string) {
		if ref != "" && !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	for i := range reasons {
		ref, _, _ := strings.Cut(reasons[i].At, "#/")
		add(strings.TrimSuffix(ref, "#"))
	}
	for _, ref := range others {
		add(ref)
	}
	return out
}
