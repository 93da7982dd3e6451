package facts

import (
	"github.com/trailguard/trailguard/scanner"
)

// accessBlock is a Block Public Access configuration.
type accessBlock struct {
	BlockPublicAcls       bool `json:"BlockPublicAcls"`
	IgnorePublicAcls      bool `json:"IgnorePublicAcls"`
	BlockPublicPolicy     bool `json:"BlockPublicPolicy"`
	RestrictPublicBuckets bool `json:"RestrictPublicBuckets"`
}

// accessBlockDocument is the text of both kinds of Block Public Access.
type accessBlockDocument struct {
	Configuration *accessBlock `json:"PublicAccessBlockConfiguration"`
}

// accessBlock is a setting of Block Public Access as it takes effect: it is on
// when the bucket or its owner's account has it on, and off only when both are
// known not to.
func (e *export) accessBlock(setting func(*accessBlock) bool) restriction {
	var r restriction
	for _, kind := range []scanner.Kind{scanner.KindPublicAccessBlock, scanner.KindAccountAccessBlock} {
		l := e.look(kind)
		if l.doc == nil {
			r.gaps = append(r.gaps, l.gap)
			continue
		}
		r.refs = append(r.refs, l.ref())
		if l.absent() {
			continue
		}
		var doc accessBlockDocument
		gap, ok := decode(&l, &doc, func(d *accessBlockDocument) bool { return d.Configuration != nil })
		if !ok {
			r.gaps = append(r.gaps, gap)
			continue
		}
		if setting(doc.Configuration) {
			return restriction{on: true, refs: []string{l.ref()}}
		}
	}
	return r
}
