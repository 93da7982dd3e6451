package facts

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// confining are the actions that a Deny has to cover.
var confining = []string{"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}

// unconfined gathers who is not denied which actions.
type unconfined struct {
	order   []string
	of      map[string]fact.Unconfined
	actions map[string][]string
	needs   listed.Distinct // keys that decide, and do not tell who the caller is
	open    bool

	rcps *view.Controls   // of the bucket, where the bucket policy leaves somebody
	scps []*view.Controls // likewise, of the accounts of those it leaves
	tags []scanner.Gap    // in the place of the bucket's tags, where they decide
}

func (e *export) writersConfined() *fact.Of[fact.WritersConfined] {
	if status, ok := e.PathIsThere(e.BucketARN); !ok {
		return fact.Unresolved[fact.WritersConfined](status)
	}
	p := e.BucketPolicy()
	if p.Gap != nil {
		return fact.Unresolved[fact.WritersConfined](fact.Unknown(e.BucketARN, proof.Because("the bucket policy", p.Gap), *p.Gap))
	}
	owner, l := e.BucketAccount()
	if owner == "" {
		return fact.Unresolved[fact.WritersConfined](fact.Unknown(e.BucketARN, proof.Because("the bucket's owner", &l.Gap), l.Gap))
	}
	value := fact.WritersConfined{Bucket: e.Config.Endpoint.Bucket, Target: e.Target(), Writer: e.Writer.ARN, BreakGlass: fact.NonNil(e.Expect.BreakGlass)}
	x := unconfined{of: map[string]fact.Unconfined{}, actions: map[string][]string{}}
	for _, account := range e.accounts(p, owner) {
		for _, actions := range askedTogether(p) {
			x.ask(e, p, actions, account)
		}
	}
	value.Unconfined = x.list()
	switch gaps := x.unread(); {
	case len(value.Unconfined) > 0 && len(gaps) > 0:
		return fact.Unresolved[fact.WritersConfined](fact.Unknown(e.BucketARN,
			"the bucket policy is not known to deny writing and deleting to others, nor whether the organization does: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0]), gaps...))
	case len(value.Unconfined) > 0:
	case x.open:
		gap := proof.TooIntricate(document.KindBucketPolicy, e.BucketARN, "to whom it denies writing and deleting")
		return fact.Unresolved[fact.WritersConfined](fact.Unknown(e.BucketARN, gap.Detail, gap))
	case len(x.needs.List) > 0:
		status := scanner.FactStatus{State: scanner.FactUnknown, Resource: e.BucketARN, Needs: x.needs.List, Evidence: []string{p.Ref}}
		status.Because = "to whom writing and deleting is denied depends on " + proof.DependsOn(x.needs.List) + ", which do not tell whose they are"
		return fact.Unresolved[fact.WritersConfined](status)
	}
	return fact.Known(value, x.status(e, p, value.Unconfined))
}

// askedTogether puts actions to which the same Denies apply into one group, so that
// one question answers for all of it.
func askedTogether(p view.Slot) [][]string {
	if p.Policy == nil {
		return [][]string{confining}
	}
	var groups [][]string
	for _, action := range confining {
		i := slices.IndexFunc(groups, func(group []string) bool { return iam.DeniedAlike(p.Policy, group[0], action) })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], action)
	}
	return groups
}

// ask asks who in an account is not denied actions by the bucket policy, which treats
// them alike, and by the control policies, which may not.
func (x *unconfined) ask(e *export, p view.Slot, actions []string, account string) {
	left := e.notDenied(p, actions[0], account, nil)
	controls := x.above(e, left, account)
	if len(controls) == 0 {
		x.take(e, left, actions, account)
		return
	}
	for _, action := range actions {
		x.take(e, e.notDenied(p, action, account, controls), []string{action}, account)
	}
}

// take adds those who are not denied actions.
func (x *unconfined) take(e *export, left []iam.Access, actions []string, account string) {
	for i := range left {
		a := &left[i]
		switch {
		case listed.IsOpen(*a), a.Rest:
			x.open = true
		case listed.AccountOf(&a.Principal) != account || e.mayWrite(&a.Principal, account):
		case a.Verdict == iam.Depends && slices.ContainsFunc(a.Needs, ofNobody):
			for _, need := range a.Needs {
				x.needs.Add(need)
			}
		default:
			if x.tags == nil {
				x.tags = e.BucketTagGaps(a.Needs)
			}
			x.add(&a.Principal, actions)
		}
	}
}

// accounts are those in which an identity policy is enough for access to the bucket:
// the owner's, and the writer's where the bucket policy lets in the whole account.
func (e *export) accounts(p view.Slot, owner string) []string {
	writers := iam.AccountOf(e.Writer.ARN)
	whole := func(x iam.Principal) bool {
		return x.Kind == iam.PrincipalAnyone || x.Value == writers || iam.AccountOf(x.Value) == writers && strings.HasSuffix(x.Value, ":root")
	}
	if writers == "" || writers == owner || p.Policy == nil || !slices.ContainsFunc(p.Doc.Statements(), func(s iam.Statement) bool {
		return s.Effect == iam.Allow && slices.ContainsFunc(s.Principals, whole)
	}) {
		return []string{owner}
	}
	return []string{owner, writers}
}

// mayWrite says that somebody is meant to: the writer, a break-glass principal, or
// the owner's root user, who can take any bucket policy away.
func (e *export) mayWrite(p *iam.PrincipalClass, owner string) bool {
	if p.Kind != iam.ClassPrincipal {
		return false
	}
	root := listed.AccountOf(p) == owner && view.ParseARN(p.Value).Resource == "root"
	return root || p.Value == e.Writer.ARN || slices.ContainsFunc(e.Expect.BreakGlass, func(x string) bool { return identities.Same(x, p.Value) })
}

// ofNobody says that a key does not tell who the caller is: ids, and tags that an
// administrator gives.
func ofNobody(key string) bool {
	key = strings.ToLower(key)
	return key == "aws:userid" || strings.HasPrefix(key, "aws:principaltag/")
}

func (x *unconfined) add(p *iam.PrincipalClass, actions []string) {
	u := fact.Unconfined{Principal: p.Value, Named: true, Key: p.Value}
	if p.Kind != iam.ClassPrincipal {
		u = fact.Unconfined{Principal: "every principal of account " + listed.AccountOf(p), Key: listed.AccountOf(p)}
	}
	if _, met := x.of[u.Key]; !met {
		x.order, x.of[u.Key] = append(x.order, u.Key), u
	}
	x.actions[u.Key] = append(x.actions[u.Key], actions...)
}

// list puts accounts before principals, each once.
func (x *unconfined) list() []fact.Unconfined {
	list := []fact.Unconfined{}
	for _, key := range x.order {
		u := x.of[key]
		u.Actions = listed.Some(x.actions[key])
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b fact.Unconfined) int {
		if a.Named != b.Named {
			return map[bool]int{true: 1, false: -1}[a.Named]
		}
		return cmp.Compare(a.Principal, b.Principal)
	})
	return list
}
