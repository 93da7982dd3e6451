package iam

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
}

type record struct {
	policy    *Policy
	statement *statement
	outcome   outcome
	layer     layer
}

func (e *eval) enter(l layer) {
	if e.recorder != nil {
		e.recorder.layer = l
	}
}

func (r *recorder) add(p *Policy, s *statement, o outcome) {
	r.records = append(r.records, record{policy: p, statement: s, outcome: o, layer: r.layer})
}
