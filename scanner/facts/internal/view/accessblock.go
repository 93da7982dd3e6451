package view

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// blockLook is one of the configurations: what it says, or the gap.
type blockLook struct {
	ref   string
	block *document.AccessBlock // nil: there is none, so that all of it is off
	gap   *scanner.Gap
}

// readBlocks reads the bucket's configuration and that of the account, in whose place
// the organization may have put its own.
func (v *View) readBlocks() []blockLook {
	bucket, account, organization := v.readBlock(document.KindPublicAccessBlock), v.readBlock(document.KindAccountAccessBlock), v.readOrganizationBlock()
	if organization.block != nil {
		return []blockLook{bucket, organization}
	}
	blocks := []blockLook{bucket, account}
	if organization.gap != nil {
		// It may be that the organization turns off what the account has on, or the
		// reverse: what the account has is then no answer.
		blocks[1].block = nil
		blocks = append(blocks, organization)
	}
	return blocks
}

func (v *View) readBlock(kind document.Kind) blockLook {
	l := v.Look(kind)
	if l.Doc == nil {
		return blockLook{gap: &l.Gap}
	}
	b := blockLook{ref: l.Ref()}
	if l.Read() {
		doc, gap := Decode(v.Run, l, (*document.PublicAccessBlock).Valid)
		if b.gap = gap; gap == nil {
			b.block = doc.Configuration
		}
	}
	return b
}

// readOrganizationBlock reads what the organization says of all accounts: it has no
// block where it says nothing.
func (v *View) readOrganizationBlock() blockLook {
	l := v.Look(document.KindOrganizationAccessBlock)
	switch {
	case l.Doc == nil:
		return blockLook{gap: &l.Gap}
	case l.Absent():
		return blockLook{}
	}
	b := blockLook{ref: l.Ref()}
	doc, gap := Decode(v.Run, l, (*document.OrganizationAccessBlock).Valid)
	if b.gap = gap; gap == nil && doc.Setting() != "" {
		on := doc.Setting() == document.AccessBlockAll
		b.block = &document.AccessBlock{BlockPublicAcls: on, IgnorePublicAcls: on, BlockPublicPolicy: on, RestrictPublicBuckets: on}
	}
	return b
}

// AccessBlock is a setting of Block Public Access as it takes effect: it is on
// when the bucket or its owner's account has it on, and off only when both are
// known not to. The organization's word goes before the account's.
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
