package view

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/iam"
)

// WriterPolicies is what the writer's own side brings to an access question.
type WriterPolicies struct {
	// WriterMissing says that the writer does not exist, by the document MissingRef.
	WriterMissing bool
	MissingRef    string
	// Policies are those that were read, Refs their documents by the names
	// that reasons call them.
	Policies iam.Policies
	Refs     map[string]string
	Docs     []*PolicyDocument // the identity policies
	// IdentityGaps and BoundaryGaps stand for policies nobody could read.
	IdentityGaps []scanner.Gap
	BoundaryGaps []scanner.Gap
}

// Gaps are all that stand for policies nobody could read.
func (s *WriterPolicies) Gaps() []scanner.Gap {
	return append(append([]scanner.Gap(nil), s.IdentityGaps...), s.BoundaryGaps...)
}

// NearestGrant is the place in the identity policies at which to look for a grant
// that is lacking: the first statement that allows anything, else the first
// document. Empty: there is none.
func (s *WriterPolicies) NearestGrant() string {
	for _, p := range s.Policies.Identity {
		if pointer := FirstAllow(p); pointer != "" {
			return scanner.At(s.Refs[p.Name()], pointer)
		}
	}
	if len(s.Policies.Identity) == 0 {
		return ""
	}
	return scanner.At(s.Refs[s.Policies.Identity[0].Name()], "")
}

// writerPolicies gathers the identity policies and the boundary of the writer.
func (v *View) writerPolicies() WriterPolicies {
	s := WriterPolicies{Refs: map[string]string{}}
	if v.Writer.ARN == "" {
		s.IdentityGaps = v.WriterGaps()
		return s
	}
	exists, decided, l := v.WriterExists()
	if decided && !exists {
		s.WriterMissing, s.MissingRef = true, l.Ref()
		return s
	}
	boundary, boundaryKnown := v.identityPolicies(&s)
	v.boundaryPolicy(&s, boundary, boundaryKnown)
	return s
}

// identityPolicies adds every identity policy of the writer, and returns the
// ARN of its boundary, where the list of policies tells it.
func (v *View) identityPolicies(s *WriterPolicies) (boundary string, known bool) {
	listed := map[string]bool{}
	list := v.Look(document.KindIdentityPolicies)
	var names []string
	switch {
	case list.Doc == nil:
	case list.Absent():
		known = true
	default:
		doc, gap := Decode(v.Run, list, (*document.IdentityPolicies).Valid)
		if gap != nil {
			s.IdentityGaps = append(s.IdentityGaps, *gap)
			break
		}
		boundary, known, names = doc.Boundary, true, doc.Policies
		for _, name := range names {
			listed[name] = true
		}
	}
	for i := range v.Record.Evidence {
		ev := &v.Record.Evidence[i]
		if ev.Kind != document.KindIdentityPolicy {
			continue
		}
		delete(listed, ev.Name)
		if !ev.Absent {
			s.addIdentity(v.Parse(ev, iam.IdentityPolicy, identityName(ev.Name)))
		}
	}
	for i := range v.Record.Gaps {
		// A gap of the list beside the list itself means that part of it is
		// not known.
		if g := v.Record.Gaps[i]; g.Kind == document.KindIdentityPolicy || g.Kind == document.KindIdentityPolicies {
			delete(listed, g.Name)
			s.IdentityGaps = append(s.IdentityGaps, g)
		}
	}
	if list.Doc == nil && len(s.IdentityGaps) == 0 {
		s.IdentityGaps = append(s.IdentityGaps, list.Gap)
	}
	for _, name := range names {
		if listed[name] {
			s.IdentityGaps = append(s.IdentityGaps, proof.Undetermined(document.KindIdentityPolicy, list.Doc.Resource, "the policy "+name+" was not collected"))
		}
	}
	return boundary, known
}

// identityName is what reasons call an identity policy.
func identityName(name string) string { return "identity policy " + name }

func (s *WriterPolicies) addIdentity(p Slot) {
	if p.Gap != nil {
		s.IdentityGaps = append(s.IdentityGaps, *p.Gap)
		return
	}
	s.Policies.Identity, s.Docs = append(s.Policies.Identity, p.Policy), append(s.Docs, p.Doc)
	s.Refs[p.Policy.Name()] = p.Ref
}

// boundaryPolicy adds the writer's permissions boundary.
func (v *View) boundaryPolicy(s *WriterPolicies, arn string, listed bool) {
	if !listed {
		arn, listed = v.boundaryOfWriter()
	}
	l := v.Look(document.KindBoundary)
	switch {
	case l.Read():
		s.Policies.HasBoundary = true
		p := v.Parse(l.Doc, iam.IdentityPolicy, "permissions boundary")
		if p.Gap != nil {
			s.BoundaryGaps = append(s.BoundaryGaps, *p.Gap)
			return
		}
		s.Policies.Boundary = append(s.Policies.Boundary, p.Policy)
		s.Refs[p.Policy.Name()] = p.Ref
	case listed && arn == "", l.Absent() && arn == "":
	default:
		s.Policies.HasBoundary = arn != ""
		gap := l.Gap
		if l.Doc != nil {
			gap = proof.Malformed(l.Doc, "the policy "+scanner.Said(arn)+" is the writer's boundary and is said not to exist")
		}
		s.BoundaryGaps = append(s.BoundaryGaps, gap)
	}
}

// principalRecord returns what IAM told of the writer itself.
func (v *View) principalRecord() (*document.PrincipalDetail, bool) { return v.principalRead() }

func (v *View) readPrincipal() (*document.PrincipalDetail, bool) {
	l := v.Look(v.Writer.document())
	if !l.Read() {
		return nil, false
	}
	doc, gap := Decode(v.Run, l, (*document.Principal).Valid)
	if gap != nil {
		return nil, false
	}
	if doc.Role != nil {
		return doc.Role, true
	}
	return doc.User, true
}

func (v *View) boundaryOfWriter() (arn string, known bool) {
	p, ok := v.principalRecord()
	switch {
	case !ok:
		return "", false
	case p.PermissionsBoundary == nil:
		return "", true
	default:
		return p.PermissionsBoundary.ARN, true
	}
}
