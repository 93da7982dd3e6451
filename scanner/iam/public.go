package iam

// IsPublic is S3's public-policy test, the one that Block Public Access relies on: a policy is
// public when one Allow statement names everybody without binding them to a fixed value of a key
// that S3 trusts. The reasons are the public statements. A policy made by AllowAll is public,
// since what it stands for may be.
func IsPublic(p *Policy) (bool, []Reason) {
	if p == nil {
		return false, nil
	}
	var reasons []Reason
	for i := range p.doc.statements {
		if s := &p.doc.statements[i]; s.isPublic() {
			reasons = append(reasons, reasonFor(p, s, "allows everybody and binds them to no fixed value"))
		}
	}
	return len(reasons) > 0, reasons
}

func reasonFor(p *Policy, s *statement, note string) Reason {
	return Reason{
		Policy: p.doc.name, Sid: s.sid, Index: s.index, Effect: s.effect(), Pointer: s.pointer,
		Line: s.line, Column: s.column, Note: note,
	}
}
