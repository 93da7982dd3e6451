package facts

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
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

// blockLook is one of the two configurations: what it says, or the gap.
type blockLook struct {
	ref   string
	block *accessBlock // nil: there is none, so that all of it is off
	gap   *scanner.Gap
}

// readBlocks reads the bucket's and the account's configuration.
func (e *export) readBlocks() []blockLook {
	var out []blockLook
	for _, kind := range []document.Kind{document.KindPublicAccessBlock, document.KindAccountAccessBlock} {
		l := e.look(kind)
		if l.doc == nil {
			out = append(out, blockLook{gap: &l.gap})
			continue
		}
		b := blockLook{ref: l.ref()}
		if l.read() {
			doc, gap := decode(e.d, l, func(d *accessBlockDocument) bool { return d.Configuration != nil })
			if b.gap = gap; gap == nil {
				b.block = doc.Configuration
			}
		}
		out = append(out, b)
	}
	return out
}

// accessBlock is a setting of Block Public Access as it takes effect: it is on
// when the bucket or its owner's account has it on, and off only when both are
// known not to.
func (e *export) accessBlock(setting func(*accessBlock) bool) restriction {
	var r restriction
	for _, b := range e.blocksRead() {
		switch {
		case b.gap != nil:
			r.gaps = append(r.gaps, *b.gap)
		case b.block != nil && setting(b.block):
			return restriction{on: true, refs: []string{b.ref}}
		}
		if b.ref != "" {
			r.refs = append(r.refs, b.ref)
		}
	}
	return r
}
