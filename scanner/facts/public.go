package facts

import (
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// way is one kind of access that makes a bucket public: the ways of that kind that
// there are, or the gaps that leave it open.
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
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.PublicAccess](status)
	}
	policy, acl := e.publicPolicy(), e.publicACL()
	value := fact.PublicAccess{Bucket: e.Config.Endpoint.Bucket, Ways: append(fact.NonNil(policy.ways), acl.ways...)}
	gaps := append(policy.gaps, acl.gaps...)
	if len(value.Ways) == 0 && len(gaps) > 0 {
		status := fact.Unknown(e.BucketARN, "whether the bucket is public is open: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0]), gaps...)
		status.Evidence = proof.Evidence(nil, append(policy.refs, acl.refs...)...)
		return fact.Unresolved[fact.PublicAccess](status)
	}
	reasons := append(policy.reasons, acl.reasons...)
	return fact.Known(value, fact.Rests(e.BucketARN, proof.Evidence(reasons, append(policy.refs, acl.refs...)...), reasons...))
}

// publicPolicy says whether the bucket policy is public and takes effect as
// such: with RestrictPublicBuckets only the owner's account and AWS services
// get in by a public policy.
func (e *export) publicPolicy() way {
	restrict := e.AccessBlock(func(b *document.AccessBlock) bool { return b.RestrictPublicBuckets })
	if restrict.On {
		return way{refs: restrict.Refs, reasons: blockReasons(restrict.Refs, "RestrictPublicBuckets keeps the public out of the bucket")}
	}
	p := e.BucketPolicy()
	switch {
	case p.Gap != nil:
		return way{gaps: append([]scanner.Gap{*p.Gap}, restrict.Gaps...), refs: restrict.Refs}
	case p.Policy == nil:
		return way{refs: []string{p.Ref}, reasons: []scanner.Reason{fact.Note(scanner.At(p.Ref, ""), "the bucket has no policy")}}
	}
	test := p.Doc.Public()
	w := way{refs: append([]string{p.Ref}, restrict.Refs...)}
	switch {
	case !test.Public:
		w.reasons = []scanner.Reason{fact.Note(scanner.At(p.Ref, ""), "the bucket policy is not public")}
	case len(restrict.Gaps) > 0:
		w.gaps = restrict.Gaps
	default:
		w.reasons = proof.Of(map[string]string{p.Policy.Name(): p.Ref}, test.Reasons)
		w.ways = publicStatements(p.Doc, p.Ref, test.Reasons)
	}
	return w
}

// publicStatements turns the statements that make a policy public into ways.
func publicStatements(d *view.PolicyDocument, ref string, reasons []iam.Reason) []fact.PublicWay {
	var ways []fact.PublicWay
	statements := d.Statements()
	for i := range reasons {
		r := &reasons[i]
		what := "the bucket policy lets anyone in"
		if r.Index >= 0 && r.Index < len(statements) {
			what = "the bucket policy allows " + everybodyIn(&statements[r.Index]) + " " + listed.Actions(&statements[r.Index])
		}
		ways = append(ways, fact.PublicWay{Via: "policy", What: what, At: scanner.At(ref, r.Pointer), Key: d.Digests()[r.Index]})
	}
	if len(ways) == 0 {
		ways = []fact.PublicWay{{Via: "policy", What: "the bucket policy is public", At: scanner.At(ref, ""), Key: "policy"}}
	}
	return ways
}

// everybodyIn names whom a public statement lets in. To S3, whoever comes through an
// identity provider is the public.
func everybodyIn(s *iam.Statement) string {
	everybody := s.NotPrincipal || slices.ContainsFunc(s.Principals, func(p iam.Principal) bool { return p.Kind == iam.PrincipalAnyone || p.Value == "*" })
	provider := slices.IndexFunc(s.Principals, func(p iam.Principal) bool { return p.Kind == iam.PrincipalFederated })
	if everybody || provider < 0 {
		return "anyone"
	}
	return "any user of " + s.Principals[provider].Value
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
		return way{refs: []string{owned.ref}, reasons: []scanner.Reason{
			fact.Note(scanner.At(owned.ref, "/OwnershipControls"), "the bucket owner enforces ownership: ACLs have no effect"),
		}}
	}
	ignore := e.AccessBlock(func(b *document.AccessBlock) bool { return b.IgnorePublicAcls })
	if ignore.On {
		return way{refs: ignore.Refs, reasons: blockReasons(ignore.Refs, "IgnorePublicAcls keeps the public out of the bucket")}
	}
	l, acl, gap := e.acl()
	if gap != nil {
		return way{gaps: append([]scanner.Gap{*gap}, ignore.Gaps...), refs: ignore.Refs}
	}
	w := way{refs: append([]string{l.Ref()}, ignore.Refs...)}
	for i, grant := range acl.Grants {
		group := publicGroup(grant.Grantee.URI)
		if group == "" {
			w.gaps = append(w.gaps, unrecognisedGrant(l, &grant)...)
			continue
		}
		at := l.At(fmt.Sprintf("/Grants/%d", i))
		text := fmt.Sprintf("the ACL grants %s to %s", grant.Permission, group)
		w.ways = append(w.ways, fact.PublicWay{Via: "acl", What: text, At: at, Key: group + " " + grant.Permission})
		w.reasons = append(w.reasons, fact.Note(at, text))
	}
	if len(w.ways) == 0 && len(w.gaps) == 0 {
		w.reasons = []scanner.Reason{fact.Note(l.At("/Grants"), "the ACL grants nothing to the public")}
		return w
	}
	if len(w.ways) > 0 && len(ignore.Gaps)+len(owned.gaps) > 0 {
		// It takes effect only where nothing that could not be read turns it off.
		return way{refs: w.refs, gaps: slices.Concat(owned.gaps, ignore.Gaps)}
	}
	return w
}

// unrecognisedGrant is the gap of a grant whose grantee or permission is not one that
// this version knows.
func unrecognisedGrant(l view.Look, grant *document.ACLGrant) []scanner.Gap {
	if found := grant.Unrecognised(); found != "" {
		return []scanner.Gap{proof.Malformed(l.Doc, view.UnknownValue(found))}
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

func (e *export) acl() (view.Look, *document.ACL, *scanner.Gap) {
	l := e.Look(document.KindACL)
	if l.Doc == nil {
		return l, nil, &l.Gap
	}
	if l.Absent() {
		gap := proof.Malformed(l.Doc, "S3 said that the bucket has no ACL, which every bucket has")
		return l, nil, &gap
	}
	doc, gap := view.Decode(e.Run, l, (*document.ACL).Valid)
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
	l := e.Look(document.KindOwnership)
	switch {
	case l.Doc == nil:
		return ownership{gaps: []scanner.Gap{l.Gap}}
	case l.Absent():
		return ownership{ref: l.Ref()}
	}
	doc, gap := view.Decode(e.Run, l, (*document.Ownership).Valid)
	if gap != nil {
		return ownership{ref: l.Ref(), gaps: []scanner.Gap{*gap}}
	}
	o := ownership{ref: l.Ref()}
	o.enforced = doc.Setting() == document.OwnerEnforced
	return o
}
