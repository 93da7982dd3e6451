package iam

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// tally is the combined effect of a group of policies.
type tally struct {
	allow [match.Levels]Verdict
	deny  Verdict
}

func (t *tally) any() Verdict {
	return max(t.allow[match.LevelAccount], t.allow[match.LevelRole], t.allow[match.LevelUser], t.allow[match.LevelSession])
}

// add evaluates every statement of a policy. Without a recorder it stops at an explicit deny.
func (t *tally) add(e *eval, p *Policy) {
	for i := range p.doc.Statements {
		s := &p.doc.Statements[i]
		mark := e.Tracer.Mark()
		o := e.Match(s)
		if e.recorder != nil {
			e.recorder.add(p, i, o)
		}
		switch {
		case o.Truth == No || !s.Deny && t.allow[o.Level] == Yes:
			e.Tracer.Rollback(mark) // what is unknown in it does not matter
		case !s.Deny:
			t.allow[o.Level] = max(t.allow[o.Level], o.Truth)
		default:
			if t.deny = max(t.deny, o.Truth); t.deny == Yes && e.recorder == nil {
				return
			}
		}
	}
}

// addAll evaluates the policies of one layer.
func (t *tally) addAll(e *eval, ps []*Policy) {
	for _, p := range ps {
		if p != nil {
			t.add(e, p)
		}
	}
}

// layers are the verdicts of every group of policies, before they are combined.
type layers struct {
	identity Verdict
	boundary Verdict
	session  Verdict
	resource tally
	scps     Verdict
	scpLevel int // the first level that allows least
	deny     Verdict
}

// verdict combines all policies in Kleene's three-valued logic: a Yes or No holds whatever the
// unknown keys are; Depends may still turn out to be decided.
func (e *eval) verdict() Verdict {
	var l layers
	e.gather(&l)
	return e.combine(&l)
}

func (e *eval) combine(l *layers) Verdict {
	if e.needsNothing() {
		return Yes
	}
	if l.deny == Yes {
		return No
	}
	return min(not(l.deny), e.granted(l), l.scps)
}

// needsNothing holds for the one action that needs no grant and that no policy can deny.
func (e *eval) needsNothing() bool {
	const action = "sts:getcalleridentity"
	return len(e.Action) == len(action) && pattern.HasPrefixFold(e.Action, action) && e.Caller.Kind != principal.CallerAnonymous
}

// gather evaluates every policy that applies to the caller. Without a recorder it stops at an
// explicit deny.
func (e *eval) gather(l *layers) {
	p := e.policies
	l.identity, l.boundary, l.session, l.scps = No, Yes, Yes, Yes
	if e.Caller.IsIdentity() {
		e.gatherIdentity(l)
		if l.deny == Yes && e.recorder == nil {
			return
		}
	}
	e.enter(layerResource)
	if p.Resource != nil {
		l.resource.add(e, p.Resource)
	}
	e.addGrants(&l.resource)
	if l.resource.deny != No && e.rootOverrides() {
		l.resource.deny = No
	}
	if l.deny = max(l.deny, l.resource.deny); l.deny == Yes && e.recorder == nil {
		return
	}
	e.enter(layerRCP)
	if e.rcpsApply() {
		for _, lvl := range p.RCPs {
			var t tally
			t.addAll(e, lvl)
			l.deny = max(l.deny, t.deny)
		}
	}
}

func (e *eval) gatherIdentity(l *layers) {
	p := e.policies
	var t tally
	e.enter(layerIdentity)
	t.addAll(e, p.Identity)
	l.identity, l.deny = t.any(), t.deny
	if e.Caller.Kind == principal.CallerRoot {
		l.identity = Yes // the root user may do everything in its account
	}
	if e.Bounded {
		t = tally{}
		e.enter(layerBoundary)
		t.addAll(e, p.Boundary)
		l.boundary, l.deny = t.any(), max(l.deny, t.deny)
	}
	if len(p.Session) > 0 {
		t = tally{}
		e.enter(layerSession)
		t.addAll(e, p.Session)
		l.session, l.deny = t.any(), max(l.deny, t.deny)
	}
	if !e.scpsApply() {
		return
	}
	e.enter(layerSCP)
	for i, lvl := range p.SCPs {
		t = tally{}
		t.addAll(e, lvl)
		if t.any() < l.scps {
			l.scps, l.scpLevel = t.any(), i
		}
		l.deny = max(l.deny, t.deny)
	}
}

// scpsApply: service control policies reach neither the management account nor service-linked roles.
func (e *eval) scpsApply() bool {
	return e.Caller.IsIdentity() && !e.Caller.Linked &&
		(e.policies.ManagementAccount == "" || e.Caller.Account != e.policies.ManagementAccount)
}

// rcpsApply: resource control policies do not reach resources of the management account,
// service-linked roles, or AWS managed keys.
func (e *eval) rcpsApply() bool {
	return !e.Caller.Linked && !e.policies.AWSManagedKey &&
		(e.policies.ManagementAccount == "" || e.owner != e.policies.ManagementAccount)
}

// rootOverrides: the root user of the bucket's account can always read and replace the bucket
// policy, whatever that policy says.
func (e *eval) rootOverrides() bool {
	if e.Caller.Kind != principal.CallerRoot || e.service != policy.S3 || e.Caller.Account != e.owner {
		return false
	}
	for _, a := range [...]string{"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"} {
		if len(a) == len(e.Action) && pattern.HasPrefixFold(e.Action, a) {
			return true
		}
	}
	return false
}

// granted combines the allowing sides, explicit denies and SCPs left aside.
func (e *eval) granted(l *layers) Verdict {
	if e.impossible() {
		return No
	}
	if !e.Caller.IsIdentity() {
		return e.grantedToOutsider(l)
	}
	if e.owner == "" {
		return agree(e.grantedWithin(l), e.grantedAcross(l))
	}
	if e.owner == e.Caller.Account {
		return e.grantedWithin(l)
	}
	return e.grantedAcross(l)
}

// agree returns what holds in both cases.
func agree(a, b Verdict) Verdict {
	if a == b {
		return a
	}
	return Depends
}

// impossible holds for requests that AWS refuses regardless of the policies.
func (e *eval) impossible() bool {
	switch e.service {
	case policy.STS:
		// Assuming a role takes a signed request, and the root user cannot do it.
		if e.Caller.Kind == principal.CallerAnonymous || e.Caller.Kind == principal.CallerRoot && pattern.HasPrefixFold(e.Action, "sts:assumerole") {
			return true
		}
	case policy.KMS:
		if e.Caller.Kind == principal.CallerAnonymous {
			return true
		}
	case policy.OtherService, policy.S3:
	}
	return e.foreignPartition(e.Resource)
}

// foreignPartition reports whether a resource, or the prefix of a set of resources, lies in another
// partition than the caller. Nobody can reach another partition. A set of resources means those in
// the caller's own.
func (e *eval) foreignPartition(resource string) bool {
	rest, ok := strings.CutPrefix(resource, "arn:")
	if !ok || e.Caller.Partition == "" {
		return false
	}
	partition, _, ok := strings.Cut(rest, ":")
	return ok && partition != e.Caller.Partition
}

func (e *eval) grantedToOutsider(l *layers) Verdict {
	if e.Caller.Kind == principal.CallerAnonymous && e.publicAccessRestricted() {
		return No
	}
	return l.resource.any()
}

// grantedWithin is the rule inside one account: the identity policy or the resource policy must
// allow. The more directly the resource policy names the caller, the fewer other layers limit it.
// For roles and keys, identity policies count only where the role's or key's own policy delegates
// to the account.
func (e *eval) grantedWithin(l *layers) Verdict {
	identity := l.identity
	if e.service == policy.KMS || e.service == policy.STS {
		identity = min(identity, l.resource.any())
	}
	r := &l.resource
	user := min(r.allow[match.LevelUser], l.session)
	if len(e.policies.Session) > 0 {
		user = min(user, l.boundary) // a federated session of the user
	}
	limited := min(max(r.allow[match.LevelRole], identity), l.boundary, l.session)
	return max(r.allow[match.LevelSession], user, limited)
}

// grantedAcross is the rule between accounts: both sides must allow, and no layer can be bypassed.
func (e *eval) grantedAcross(l *layers) Verdict {
	if e.publicAccessRestricted() || e.service == policy.KMS && e.policies.AWSManagedKey {
		return No
	}
	return min(l.identity, l.boundary, l.session, l.resource.any())
}

// publicAccessRestricted holds where RestrictPublicBuckets removes all access from other accounts,
// which it does once one statement of the bucket policy is public. A policy that a stand-in
// replaces need not be public.
func (e *eval) publicAccessRestricted() bool {
	p := e.policies
	return p.RestrictPublicBuckets && e.service == policy.S3 && p.Resource != nil && p.Resource.doc.Public && !p.Resource.doc.StandIn
}
