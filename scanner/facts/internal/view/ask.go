package view

import (
	"maps"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Question is an access question about the writer, and the documents that it
// is asked of.
type Question struct {
	iam.Question
	Name     string       // of the resource's policy
	Resource Slot         // the resource's policy
	Restrict Restriction  // RestrictPublicBuckets
	Owner    *scanner.Gap // in the place of who owns the resource, which the request then leaves out
	Grants   []iam.Grant  // on the key, where the question is about one and they are to take part
	Granted  *scanner.Gap // in the place of the grants
}

// Ruling is the answer to a question, with the documents that its reasons name
// and the gaps that it may rest on.
type Ruling struct {
	iam.Ruling
	Refs map[string]string
	Gaps []scanner.Gap
	Kind keys.Kind // of the request
	// Those that bind the writer and the resource.
	writerControls, resourceControls *Controls
}

// Ask answers a question about the writer, for whatever its role's session is
// called. What nobody could read is left to package iam to decide without.
func (v *View) Ask(q *Question) Ruling {
	r := Ruling{Refs: maps.Clone(v.Policies.Refs), Gaps: v.Policies.Gaps(), Kind: q.Request.Kind}
	r.Refs[q.Name] = q.Resource.Ref
	q.Policies = v.Policies.Policies
	q.Policies.Resource, q.Policies.RestrictPublicBuckets, q.Policies.Grants = q.Resource.Policy, q.Restrict.On, q.Grants
	q.Unread = iam.Unread{
		Identity: len(v.Policies.IdentityGaps) > 0, Boundary: len(v.Policies.BoundaryGaps) > 0,
		Resource: q.Resource.Gap != nil, RestrictPublicBuckets: len(q.Restrict.Gaps) > 0,
		Grants: q.Granted != nil,
	}
	if q.Granted != nil {
		r.Gaps = append(r.Gaps, *q.Granted)
	}
	if q.Resource.Gap != nil {
		r.Gaps = append(r.Gaps, *q.Resource.Gap)
	} else if q.Resource.Policy != nil && q.Resource.Doc.Public().Public {
		r.Gaps = append(r.Gaps, q.Restrict.Gaps...)
	}
	if q.AnyOwner = q.Owner != nil; q.AnyOwner {
		r.Gaps = append(r.Gaps, *q.Owner)
	}
	if q.AnySession = v.Writer.Method == MethodRole; q.AnySession {
		if record, ok := v.principalRecord(); ok {
			q.RoleID = record.RoleID
		}
	}
	v.control(q, &r)
	r.Ruling = iam.Ask(&q.Question)
	r.withLevels()
	return r
}
