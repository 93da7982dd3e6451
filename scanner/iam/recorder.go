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
	room    [12]record // spares most questions an allocation
}

type record struct {
	policy    *Policy
	statement *statement
	outcome   outcome
	layer     layer
	decisive  bool
}

func newRecorder() *recorder {
	r := &recorder{}
	r.records = r.room[:0]
	return r
}

func (e *eval) enter(l layer) {
	if e.recorder != nil {
		e.recorder.layer = l
	}
}

func (r *recorder) add(p *Policy, s *statement, o outcome) {
	r.records = append(r.records, record{policy: p, statement: s, outcome: o, layer: r.layer})
}
