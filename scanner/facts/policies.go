package facts

import (
	"errors"
	"fmt"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// slot is the place of one policy in an access question: the policy, the
// certainty that there is none (both nil), or the gap in its place.
type slot struct {
	policy *iam.Policy
	doc    *policyDocument // of the policy
	ref    string
	gap    *scanner.Gap
}

// parse reads a policy document into a slot. A document that AWS would refuse
// is a gap that quotes the place, in the lines of the document as shown.
func (e *view) parse(doc *scanner.Evidence, kind iam.Type, name string) slot {
	d := e.run.parsed(doc, kind, name)
	if d.err == nil {
		return slot{policy: d.policy, doc: d, ref: doc.Ref()}
	}
	gap := proof.Malformed(doc, scanner.Said(parseDetail(doc.Text, name, d.err)))
	return slot{ref: doc.Ref(), gap: &gap}
}

func parseDetail(text, name string, err error) string {
	var refused *iam.ParseError
	if !errors.As(err, &refused) {
		return fmt.Sprintf("the %s cannot be read: %v", name, err)
	}
	line, column := refused.Line, refused.Column
	where := ""
	if refused.Pointer != "" {
		line, column = scanner.NewDisplay(text).Position(refused.Pointer)
		where = " at " + refused.Pointer
	}
	return fmt.Sprintf("the %s is refused%s, line %d, column %d: %s", name, where, line, column, refused.Message)
}

// resourcePolicy reads a policy that is attached to the bucket or the key.
func (e *view) resourcePolicy(kind document.Kind, name string) slot {
	l := e.look(kind)
	switch {
	case l.doc == nil:
		return slot{gap: &l.gap}
	case l.absent():
		return slot{ref: l.ref()}
	default:
		return e.parse(l.doc, iam.ResourcePolicy, name)
	}
}

func (e *view) bucketPolicy() slot {
	return e.resourcePolicy(document.KindBucketPolicy, "bucket policy")
}

// policySet is what the writer's own side brings to an access question.
type policySet struct {
	// missing says that the writer does not exist, by the document at ref.
	missing bool
	ref     string
	// policies are those that were read, refs their documents by the names
	// that reasons call them.
	policies iam.Policies
	refs     map[string]string
	docs     []*policyDocument // the identity policies
	// identityGaps and boundaryGaps stand for policies nobody could read.
	identityGaps []scanner.Gap
	boundaryGaps []scanner.Gap
}

func (s *policySet) gaps() []scanner.Gap {
	return append(append([]scanner.Gap(nil), s.identityGaps...), s.boundaryGaps...)
}

// nearest is the place in the identity policies where a grant that lacks would
// be expected: the first statement that allows anything, else the first
// document. Empty: there is none.
func (s *policySet) nearest() string {
	for _, p := range s.policies.Identity {
		if pointer := firstAllow(p); pointer != "" {
			return scanner.At(s.refs[p.Name()], pointer)
		}
	}
	if len(s.policies.Identity) == 0 {
		return ""
	}
	return scanner.At(s.refs[s.policies.Identity[0].Name()], "")
}

// firstAllow is the pointer of a policy's first Allow; empty: there is none.
func firstAllow(p *iam.Policy) string {
	if p == nil {
		return ""
	}
	return p.FirstAllow()
}

// writerPolicies gathers the identity policies and the boundary of the writer.
func (e *view) writerPolicies() policySet {
	s := policySet{refs: map[string]string{}}
	if e.who.arn == "" {
		s.identityGaps = e.writerGaps()
		return s
	}
	exists, decided, l := e.writerExists()
	if decided && !exists {
		s.missing, s.ref = true, l.ref()
		return s
	}
	boundary, boundaryKnown := e.identityPolicies(&s)
	e.boundaryPolicy(&s, boundary, boundaryKnown)
	return s
}

// identityPolicies adds every identity policy of the writer, and returns the
// ARN of its boundary, where the list of policies tells it.
func (e *view) identityPolicies(s *policySet) (boundary string, known bool) {
	listed := map[string]bool{}
	list := e.look(document.KindIdentityPolicies)
	var names []string
	switch {
	case list.doc == nil:
	case list.absent():
		known = true
	default:
		doc, gap := decode(e.run, list, (*document.IdentityPolicies).Valid)
		if gap != nil {
			s.identityGaps = append(s.identityGaps, *gap)
			break
		}
		boundary, known, names = doc.Boundary, true, doc.Policies
		for _, name := range names {
			listed[name] = true
		}
	}
	for i := range e.record.Evidence {
		ev := &e.record.Evidence[i]
		if ev.Kind != document.KindIdentityPolicy {
			continue
		}
		delete(listed, ev.Name)
		if !ev.Absent {
			s.addIdentity(e.parse(ev, iam.IdentityPolicy, identityName(ev.Name)))
		}
	}
	for i := range e.record.Gaps {
		// A gap of the list beside the list itself means that part of it is
		// not known.
		if g := e.record.Gaps[i]; g.Kind == document.KindIdentityPolicy || g.Kind == document.KindIdentityPolicies {
			delete(listed, g.Name)
			s.identityGaps = append(s.identityGaps, g)
		}
	}
	if list.doc == nil && len(s.identityGaps) == 0 {
		s.identityGaps = append(s.identityGaps, list.gap)
	}
	for _, name := range names {
		if listed[name] {
			s.identityGaps = append(s.identityGaps, proof.Undetermined(document.KindIdentityPolicy, list.doc.Resource, "the policy "+name+" was not collected"))
		}
	}
	return boundary, known
}

// identityName is what reasons call an identity policy.
func identityName(name string) string { return "identity policy " + name }

func (s *policySet) addIdentity(p slot) {
	if p.gap != nil {
		s.identityGaps = append(s.identityGaps, *p.gap)
		return
	}
	s.policies.Identity, s.docs = append(s.policies.Identity, p.policy), append(s.docs, p.doc)
	s.refs[p.policy.Name()] = p.ref
}

// boundaryPolicy adds the writer's permissions boundary.
func (e *view) boundaryPolicy(s *policySet, arn string, listed bool) {
	if !listed {
		arn, listed = e.boundaryOfWriter()
	}
	l := e.look(document.KindBoundary)
	switch {
	case l.read():
		s.policies.HasBoundary = true
		p := e.parse(l.doc, iam.IdentityPolicy, "permissions boundary")
		if p.gap != nil {
			s.boundaryGaps = append(s.boundaryGaps, *p.gap)
			return
		}
		s.policies.Boundary = append(s.policies.Boundary, p.policy)
		s.refs[p.policy.Name()] = p.ref
	case listed && arn == "", l.absent() && arn == "":
	default:
		s.policies.HasBoundary = arn != ""
		gap := l.gap
		if l.doc != nil {
			gap = proof.Malformed(l.doc, "the policy "+scanner.Said(arn)+" is the writer's boundary and is said not to exist")
		}
		s.boundaryGaps = append(s.boundaryGaps, gap)
	}
}

// principalRecord returns what IAM told of the writer itself.
func (e *view) principalRecord() (*document.PrincipalDetail, bool) { return e.principalRead() }

func (e *view) readPrincipal() (*document.PrincipalDetail, bool) {
	kind := document.KindUser
	if e.who.method == methodRole {
		kind = document.KindRole
	}
	l := e.look(kind)
	if !l.read() {
		return nil, false
	}
	doc, gap := decode(e.run, l, (*document.Principal).Valid)
	if gap != nil {
		return nil, false
	}
	if doc.Role != nil {
		return doc.Role, true
	}
	return doc.User, true
}

func (e *view) boundaryOfWriter() (arn string, known bool) {
	p, ok := e.principalRecord()
	switch {
	case !ok:
		return "", false
	case p.PermissionsBoundary == nil:
		return "", true
	default:
		return p.PermissionsBoundary.ARN, true
	}
}
