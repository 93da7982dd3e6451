package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
)

// layer is a group of policies that is evaluated together.
type layer uint8

const (
	layerIdentity layer = iota
	layerBoundary
	layerSession
	layerSCP
	layerResource
	layerRCP
)

// recorder keeps what every statement did to the request.
type recorder struct {
	layer   layer
	records []record
	buffer  [12]record // spares most questions an allocation
}

type record struct {
	policy   *Policy
	outcome  match.Outcome
	index    int32 // of the statement in the policy
	layer    layer
	decisive bool
}

func (r *record) statement() *policy.Statement { return &r.policy.doc.Statements[r.index] }

// reset forgets the records and keeps their memory.
func (r *recorder) reset() {
	if r.records == nil {
		r.records = r.buffer[:0]
	}
	r.records, r.layer = r.records[:0], layerIdentity
}

func (e *eval) enter(l layer) {
	if e.recorder != nil {
		e.recorder.layer = l
	}
}

func (r *recorder) add(p *Policy, index int, o match.Outcome) {
	r.records = append(r.records, record{policy: p, index: int32(index), outcome: o, layer: r.layer})
}
