package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/iam"
)

// way is one possible way of being public: the ways that there are, or the
// gaps that leave it open.
type way struct {
	ways    []fact.PublicWay
	reasons []scanner.Reason
	refs    []string
	gaps    []scanner.Gap
}

// publicAccess lists the ways in which the bucket is public. One that is
// certain decides, whatever else could not be read; that there is none is
// certain only when neither way is open.
func (e *export) publicAccess() *fact.Of[fact.PublicAccess] {
	if status, ok := e.existing(); !ok {
		return fact.Unresolved[fact.PublicAccess](status)
	}
	policy, acl := e.publicPolicy(), e.publicACL()
	value := fact.PublicAccess{Bucket: e.cfg.Endpoint.Bucket, Ways: append(fact.NonNil(policy.ways), acl.ways...)}
	gaps := append(policy.gaps, acl.gaps...)
	if len(value.Ways) == 0 && len(gaps) > 0 {
		status := fact.Unknown(e.bucketARN, "whether the bucket is public is open: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0]), gaps...)
		status.Evidence = proof.Evidence(nil, append(policy.refs, acl.refs...)...)
		return fact.Unresolved[fact.PublicAccess](status)
	}
	reasons := append(policy.reasons, acl.reasons...)
	return fact.Known(value, fact.Rests(e.bucketARN, proof.Evidence(reasons, append(policy.refs, acl.refs...)...), reasons...))
}

// publicPolicy says whether the bucket policy is public and takes effect as
// such: with RestrictPublicBuckets only the owner's account and AWS services
// get in by a public policy.
func (e *export) publicPolicy() way {
	restrict := e.accessBlock(func(b *document.AccessBlock) bool { return b.RestrictPublicBuckets })
	if restrict.on {
		return way{refs: restrict.refs, reasons: blockReasons(restrict.refs, "RestrictPublicBuckets keeps the public out of the bucket")}
	}
	p := e.bucketPolicy()
	switch {
	case p.gap != nil:
		return way{gaps: append([]scanner.Gap{*p.gap}, restrict.gaps...), refs: restrict.refs}
	case p.policy == nil:
		return way{refs: []string{p.ref}, reasons: []scanner.Reason{fact.Note(scanner.At(p.ref, ""), "the bucket has no policy")}}
	}
	test := p.doc.public()
	w := way{refs: append([]string{p.ref}, restrict.refs...)}
	switch {
	case !test.public:
		w.reasons = []scanner.Reason{fact.Note(scanner.At(p.ref, ""), "the bucket policy is not public")}
	case len(restrict.gaps) > 0:
		w.gaps = restrict.gaps
	default:
		w.reasons = proof.Of(map[string]string{p.policy.Name(): p.ref}, test.reasons)
		w.ways = publicStatements(p.doc, p.ref, test.reasons)
	}
	return w
}

// publicStatements turns the statements that make a policy public into ways.
func publicStatements(d *policyDocument, ref string, reasons []iam.Reason) []fact.PublicWay {
	var ways []fact.PublicWay
	statements := d.statements()
	for i := range reasons {
		r := &reasons[i]
		what := "the bucket policy lets anyone in"
		if r.Index >= 0 && r.Index < len(statements) {
			what = "the bucket policy allows " + everybodyIn(&statements[r.Index]) + " " + actionsOf(&statements[r.Index])
		}
		ways = append(ways, fact.PublicWay{Via: "policy", What: what, At: scanner.At(ref, r.Pointer), Key: d.digests()[r.Index]})
	}
	if len(ways) == 0 {
		ways = []fact.PublicWay{{Via: "policy", What: "the bucket policy is public", At: scanner.At(ref, ""), Key: "policy"}}
	}
	return ways
}

// everybodyIn names whom a public statement lets in. S3 takes whoever comes by
// an identity provider for the public.
func everybodyIn(s *iam.Statement) string {
	everybody := s.NotPrincipal || slices.ContainsFunc(s.Principals, func(p iam.Principal) bool { return p.Kind == iam.PrincipalAnyone || p.Value == "*" })
	provider := slices.IndexFunc(s.Principals, func(p iam.Principal) bool { return p.Kind == iam.PrincipalFederated })
	if everybody || provider < 0 {
		return "anyone"
	}
	return "any user of " + s.Principals[provider].Value
}

func actionsOf(s *iam.Statement) string {
	if len(s.NotActions) > 0 {
		return "everything but " + strings.Join(s.NotActions, ", ")
	}
	return strings.Join(s.Actions, ", ")
}

func blockReasons(refs []string, text string) []scanner.Reason {
	out := make([]scanner.Reason, len(refs))
	for i, ref := range refs {
		out[i] = fact.Note(scanner.At(ref, "/PublicAccessBlockConfiguration"), text)
	}
	return out
}

// publicACL says whether the ACL lets the public in and takes effect.
func (e *export) publicACL() way {
	owned := e.ownershipRead()
	if owned.enforced {
		return way{refs: []string{owned.ref}, reasons: []scanner.Reason{fact.Note(scanner.At(owned.ref, "/OwnershipControls"), "the bucket owner enforces ownership: ACLs have no effect")}}
	}
	ignore := e.accessBlock(func(b *document.AccessBlock) bool { return b.IgnorePublicAcls })
	if ignore.on {
		return way{refs: ignore.refs, reasons: blockReasons(ignore.refs, "IgnorePublicAcls keeps the public out of the bucket")}
	}
	l, acl, gap := e.acl()
	if gap != nil {
		return way{gaps: append([]scanner.Gap{*gap}, ignore.gaps...), refs: ignore.refs}
	}
	w := way{refs: append([]string{l.ref()}, ignore.refs...)}
	for i, grant := range acl.Grants {
		group := publicGroup(grant.Grantee.URI)
		if group == "" {
			w.gaps = append(w.gaps, unrecognisedGrant(l, &grant)...)
			continue
		}
		at := l.at(fmt.Sprintf("/Grants/%d", i))
		text := fmt.Sprintf("the ACL grants %s to %s", grant.Permission, group)
		w.ways = append(w.ways, fact.PublicWay{Via: "acl", What: text, At: at, Key: group + " " + grant.Permission})
		w.reasons = append(w.reasons, fact.Note(at, text))
	}
	if len(w.ways) == 0 && len(w.gaps) == 0 {
		w.reasons = []scanner.Reason{fact.Note(l.at("/Grants"), "the ACL grants nothing to the public")}
		return w
	}
	if len(w.ways) > 0 && len(ignore.gaps)+len(owned.gaps) > 0 {
		// It takes effect only where nothing that could not be read turns it off.
		return way{refs: w.refs, gaps: slices.Concat(owned.gaps, ignore.gaps)}
	}
	return w
}

// unrecognisedGrant is the gap of a grant to nobody knows whom, or of nobody
// knows what.
func unrecognisedGrant(l look, grant *document.ACLGrant) []scanner.Gap {
	if found := grant.Unrecognised(); found != "" {
		return []scanner.Gap{proof.Malformed(l.doc, newToUs(found))}
	}
	return nil
}

func publicGroup(uri string) string {
	switch uri {
	case document.GroupAllUsers:
		return "everyone (AllUsers)"
	case document.GroupAuthenticatedUsers:
		return "everyone with an AWS account (AuthenticatedUsers)"
	default:
		return ""
	}
}

func (e *export) acl() (look, *document.ACL, *scanner.Gap) {
	l := e.look(document.KindACL)
	if l.doc == nil {
		return l, nil, &l.gap
	}
	if l.absent() {
		gap := proof.Malformed(l.doc, "S3 said that the bucket has no ACL, which every bucket has")
		return l, nil, &gap
	}
	doc, gap := decode(e.run, l, (*document.ACL).Valid)
	return l, doc, gap
}

// ownership is who owns what others upload.
type ownership struct {
	ref      string
	enforced bool          // the bucket owner, which turns ACLs off
	gaps     []scanner.Gap // those that leave it open
}

// readOwnership reads the bucket's ownership controls. There may be none.
func (e *export) readOwnership() ownership {
	l := e.look(document.KindOwnership)
	switch {
	case l.doc == nil:
		return ownership{gaps: []scanner.Gap{l.gap}}
	case l.absent():
		return ownership{ref: l.ref()}
	}
	doc, gap := decode(e.run, l, (*document.Ownership).Valid)
	if gap != nil {
		return ownership{ref: l.ref(), gaps: []scanner.Gap{*gap}}
	}
	o := ownership{ref: l.ref()}
	o.enforced = doc.Setting() == document.OwnerEnforced
	return o
}
