package iam

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// WhoIsNotDenied lists everybody to whom the resource's policy does not deny an action: who may do
// it where everything else allows it. It names classes as [WhoCan] does, but leaves out services
// and identity providers. The condition keys for the resource's account hold the owner, where it is
// known.
func WhoIsNotDenied(q WhoCanQuestion) []Access {
	open, all := *q.Policies.Resource, AllowAll("")
	isAllow := func(s policy.Statement) bool { return !s.Deny }
	open.doc.Statements = append(slices.DeleteFunc(slices.Clone(open.doc.Statements), isAllow), all.doc.Statements...)
	q.Policies.Resource = &open
	for _, key := range keys.Owner() {
		if q.ResourceAccount != "" {
			q.Context = q.Context.With(key, q.ResourceAccount)
		}
	}
	if deniesEverybody(&q, &open) {
		return nil
	}
	found := slices.DeleteFunc(WhoCan(q), func(a Access) bool {
		return a.Principal.Kind == ClassService || a.Principal.Kind == ClassFederated
	})
	steps := 0
	for _, root := range sparedRoots(&open, principal.PartitionOf(q.Resource)) {
		if steps > maxSteps {
			found = append(found, notAsked(q.Action))
			break
		}
		account := AccountOf(root)
		req := Request{
			Principal: root, Action: q.Action, Resource: q.Resource, ResourceAccount: account,
			Context: q.Context, Absent: q.Absent, OthersUnknown: true, Kind: keys.Signed,
		}
		var v Verdict
		if v, steps = evaluate(&req, &q.Policies, steps); v != No {
			found = append(found, Access{Principal: PrincipalClass{Kind: ClassPrincipal, Value: root, Account: account}, Action: q.Action, Verdict: v})
		}
	}
	q.Effort.add(steps)
	return found
}

// deniesEverybody reports whether a single statement denies the action to everybody, so that no
// principal has to be tried.
func deniesEverybody(q *WhoCanQuestion, p *Policy) bool {
	req := Request{
		Principal: "anonymous", Action: q.Action, Resource: q.Resource, ResourceAccount: q.ResourceAccount,
		Context: q.Context, Absent: q.Absent, OthersUnknown: true, Kind: keys.Signed,
	}
	var e eval
	e.init(&req, &q.Policies)
	defer func() { q.Effort.add(e.Steps) }()
	for i := range p.doc.Statements {
		if s := &p.doc.Statements[i]; s.Deny && q.decides(s) && e.Match(s).Truth == Yes {
			return true
		}
	}
	return false
}

// decides reports whether a statement does the same to everybody: its principal is everybody, and
// its conditions use only keys that the question holds.
func (q *WhoCanQuestion) decides(s *policy.Statement) bool {
	everybody := func(p principal.Entry) bool { return p.Form == principal.FormAnyone }
	inResource := func(r policy.Resource) bool { return r.Parts != nil }
	inValue := func(v condition.Value) bool { return v.Template.Parts != nil }
	open := func(c policy.Condition) bool {
		_, given := q.Context.Get(c.Key)
		return !given && !pattern.ContainsFold(q.Absent, c.Key) || slices.ContainsFunc(c.Values, inValue)
	}
	return !s.NotPrincipal && slices.ContainsFunc(s.Principals, everybody) &&
		!slices.ContainsFunc(s.Resources, inResource) && !slices.ContainsFunc(s.Conditions, open)
}

// CoveredAlike reports whether every Deny statement of a policy covers both of two resources or
// neither. A resource may be a set, which a statement must then cover completely or not at all.
func CoveredAlike(p *Policy, one, other string) bool {
	var first, second eval
	first.init(&Request{Resource: one, OthersUnknown: true}, &Policies{})
	second.init(&Request{Resource: other, OthersUnknown: true}, &Policies{})
	for i := range p.doc.Statements {
		s := &p.doc.Statements[i]
		if v := first.MatchResource(s); s.Deny && (v == Depends || v != second.MatchResource(s)) {
			return false
		}
	}
	return true
}

// DeniedAlike reports whether every Deny statement of a policy names both of two actions or
// neither. Whoever is then denied one is denied the other on the same resource.
func DeniedAlike(p *Policy, one, other string) bool {
	var first, second eval
	first.init(&Request{Action: one}, &Policies{})
	second.init(&Request{Action: other}, &Policies{})
	for i := range p.doc.Statements {
		if s := &p.doc.Statements[i]; s.Deny && first.MatchAction(s) != second.MatchAction(s) {
			return false
		}
	}
	return true
}

// sparedRoots returns the root users that a NotPrincipal element exempts. Other principals of their
// accounts are not exempt with them.
func sparedRoots(p *Policy, partition string) (roots []string) {
	for i := range p.doc.Statements {
		for _, entry := range p.doc.Statements[i].Principals {
			if p.doc.Statements[i].NotPrincipal && entry.Form == principal.FormAccount {
				roots = append(roots, "arn:"+partition+":iam::"+entry.Account+":root")
			}
		}
	}
	return roots
}

// UnnamedAction returns an action that stands for all actions of S3 that the policies do not name.
func UnnamedAction(policies []*Policy) string {
	return leastNamed(policies, "s3:QzAnyAction", "s3:XvOtherOperation", "s3:0")
}
