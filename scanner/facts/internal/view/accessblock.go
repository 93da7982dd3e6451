package view

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
func (v *View) readBlocks() []blockLook {
	var out []blockLook
	for _, kind := range []document.Kind{document.KindPublicAccessBlock, document.KindAccountAccessBlock} {
		l := v.Look(kind)
		if l.Doc == nil {
			out = append(out, blockLook{gap: &l.Gap})
			continue
		}
		b := blockLook{ref: l.Ref()}
		if l.Read() {
			doc, gap := Decode(v.Run, l, (*document.PublicAccessBlock).Valid)
			if b.gap = gap; gap == nil {
				b.block = doc.Configuration
			}
		}
		out = append(out, b)
	}
	return out
}

// AccessBlock is a setting of Block Public Access as it takes effect: it is on
// when the bucket or its owner's account has it on, and off only when both are
// known not to.
func (v *View) AccessBlock(setting func(*document.AccessBlock) bool) Restriction {
	var r Restriction
	for _, b := range v.blocksRead() {
		switch {
		case b.gap != nil:
			r.Gaps = append(r.Gaps, *b.gap)
		case b.block != nil && setting(b.block):
			return Restriction{On: true, Refs: []string{b.ref}}
		}
		if b.ref != "" {
			r.Refs = append(r.Refs, b.ref)
		}
	}
	return r
}

// Restriction is a setting that is on, off, or not known for its gaps.
type Restriction struct {
	On   bool
	Refs []string
	Gaps []scanner.Gap
}
