package facts

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// blockLook is one of the two configurations: what it says, or the gap.
type blockLook struct {
	ref   string
	block *document.AccessBlock // nil: there is none, so that all of it is off
	gap   *scanner.Gap
}

// readBlocks reads the bucket's and the account's configuration.
func (e *view) readBlocks() []blockLook {
	var out []blockLook
	for _, kind := range []document.Kind{document.KindPublicAccessBlock, document.KindAccountAccessBlock} {
		l := e.look(kind)
		if l.doc == nil {
			out = append(out, blockLook{gap: &l.gap})
			continue
		}
		b := blockLook{ref: l.ref()}
		if l.read() {
			doc, gap := decode(e.run, l, (*document.PublicAccessBlock).Valid)
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
func (e *view) accessBlock(setting func(*document.AccessBlock) bool) restriction {
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
