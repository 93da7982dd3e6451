package iam

import "github.com/trailguard/trailguard/scanner/iam/internal/policy"

// IsPublic is S3's test for public policies, which Block Public Access relies on: a policy is
// public when one Allow statement names everybody without limiting them to a fixed value of a key
// that S3 trusts. The reasons are the public statements. A policy made by AllowAll is public, since
// the one it replaces may be.
func IsPublic(p *Policy) (bool, []Reason) {
	if p == nil {
		return false, nil
	}
	var reasons []Reason
	for i := range p.doc.Statements {
		if s := &p.doc.Statements[i]; s.IsPublic() {
			reasons = append(reasons, reasonFor(p, s, "names nobody in particular and binds them to no fixed value"))
		}
	}
	return len(reasons) > 0, reasons
}

func reasonFor(p *Policy, s *policy.Statement, note string) Reason {
	return Reason{
		Policy: p.doc.Name, Sid: s.Sid, Index: s.Index, Effect: s.Effect(), Pointer: s.Pointer,
		Line: s.Line, Column: s.Column, Note: note,
	}
}
