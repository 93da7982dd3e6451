package iam

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// WhoCanQuestion asks who may do an action on a resource.
type WhoCanQuestion struct {
	// Action and Resource are as in Request.
	Action, Resource string
	// ResourceAccount owns the resource.
	ResourceAccount string
	// Policies are those of the resource: Resource, RCPs, RestrictPublicBuckets, Grants and the
	// like. Policies of principals are ignored: everybody is assumed to have every right that their
	// own account can grant.
	Policies Policies
	// Context and Absent are as in Request. Every other key is unknown, except those that are
	// derived from the principal.
	Context Context
	Absent  []string
	// Outside leaves out principals of the resource's own account.
	Outside bool
	// Effort adds up the work of the answers; it may be nil.
	Effort *Effort

	unnamedServices bool // ask only about services that no policy names, and about classes that include them
}

// WhoCan lists everybody who may do the action: whoever a policy names, the resource's own account,
// any AWS account, anonymous, services and identity providers, the widest classes first. It leaves
// out those who may not. An account stands for all of its principals whom no policy names. Services
// that no policy names are one class, [AnyService], which is left out where anyone may by the same
// statements. Where there are too many to ask about, one capped access of any account stands for
// the rest.
func WhoCan(q WhoCanQuestion) []Access {
	owner := q.ResourceAccount
	if owner == "" {
		owner = ownerOf(q.Resource, &principal.Caller{})
	}
	if q.Outside && owner != "" && !q.admits() {
		return nil
	}
	return q.among(owner)
}

// admits reports whether the policies of the resource let anybody do what is asked. If not, nobody
// of another account and nobody without an account can do it.
func (q *WhoCanQuestion) admits() bool {
	if q.Policies.Resource == nil || len(q.Policies.Grants) > 0 {
		return len(q.Policies.Grants) > 0
	}
	var e eval
	e.init(&Request{Action: q.Action, Resource: q.Resource, OthersUnknown: true}, &Policies{})
	statements := q.Policies.Resource.doc.Statements
	for i := range statements {
		if s := &statements[i]; !s.Deny && e.MatchAction(s) && e.MatchResource(s) != No {
			return true
		}
	}
	return false
}

// among asks about all candidates.
func (q *WhoCanQuestion) among(owner string) []Access {
	p := Policies{
		Identity: everything, Resource: q.Policies.Resource, RCPs: q.Policies.RCPs,
		RestrictPublicBuckets: q.Policies.RestrictPublicBuckets, Grants: q.Policies.Grants,
		AWSManagedKey: q.Policies.AWSManagedKey, ManagementAccount: q.Policies.ManagementAccount,
		CanonicalUsers: q.Policies.CanonicalUsers,
	}
	question := Request{Action: q.Action, Resource: q.Resource, ResourceAccount: owner, Context: q.Context, Absent: q.Absent, OthersUnknown: true}
	p.narrow(&question)
	r := listCallers(p.documents(), owner, principal.PartitionOf(q.Resource))
	for i := range p.Grants {
		r.AddGrantee(p.Grants[i].Grantee)
	}
	var out []Access
	in := newWhoCanAsker(&p, owner)
	in.eval.Steps = weight(p.documents())
	defer func() { q.Effort.add(in.eval.Steps) }()
	for i := range r.Candidates {
		c := r.Candidates[i]
		if !c.Calls(q.Action) || q.unnamedServices && !c.Class.CoversUnnamedServices() && !c.Class.IsUnnamedService() {
			continue
		}
		if in.exhausted() {
			return append(out, notAsked(q.Action))
		}
		if q.Outside && c.Class.Account == owner && owner != "" || !in.turnTo(c, q.Action) {
			continue
		}
		if a, ok := in.ask(requestOf(c, q.Action, q.Resource, owner, q.Context, q.Absent)); ok && !q.onlyWhenRestricted(&a.Principal) {
			if out == nil {
				out = make([]Access, 0, len(r.Candidates)-i)
			}
			out = append(out, a)
		}
	}
	return out
}

// everything stands for whatever a caller's own account grants.
var everything = []*Policy{AllowAll("identity policies")}

// admits reports whether the policies of the resource let anybody do anything. If not, nobody of
// another account and nobody without an account can do anything.
func (p *Policies) admits() bool {
	if len(p.Grants) > 0 || p.Resource == nil {
		return len(p.Grants) > 0
	}
	for i := range p.Resource.doc.Statements {
		if !p.Resource.doc.Statements[i].Deny {
			return true
		}
	}
	return false
}

// documents returns the policies that belong to the resource.
func (p *Policies) documents() []*Policy {
	return append(one(p.Resource), slices.Concat(p.RCPs...)...)
}

// forCandidate replaces the unknown account of a canonical user by a stand-in, so that it can be
// asked about.
func (p *Policies) forCandidate(c *candidate) *Policies {
	if c.Class.Kind != ClassCanonicalUser {
		return p
	}
	q := *p
	q.CanonicalUsers = map[string]string{c.Class.Value: callers.CanonicalAccount}
	return &q
}

// narrow keeps only the statements of the resource's policies that can apply to the action and the
// resource. All others make no difference to any answer.
func (p *Policies) narrow(req *Request) {
	var e eval
	e.init(req, p)
	p.keepStatements(&Policy{}, func(s *policy.Statement) bool { return e.MatchAction(s) && e.MatchResource(s) != No })
}

// keepStatements removes those statements of the resource's policies that cannot apply. The
// resource policy is shared and must not change: where it would lose statements, a copy replaces
// it.
func (p *Policies) keepStatements(resource *Policy, applies func(*policy.Statement) bool) {
	if p.Resource != nil && !p.Resource.doc.AllMatch(applies) {
		p.Resource.doc.CopyMatching(applies, &resource.doc)
		p.Resource = resource
	}
	if len(p.RCPs) == 0 {
		return
	}
	levels := make([][]*Policy, len(p.RCPs))
	for i, l := range p.RCPs {
		for _, doc := range l {
			if doc != nil {
				only := &Policy{}
				doc.doc.CopyMatching(applies, &only.doc)
				levels[i] = append(levels[i], only)
			}
		}
	}
	p.RCPs = levels
}
