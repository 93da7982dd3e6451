package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// level says how directly a statement names the caller. The more directly, the less an
// implicit deny elsewhere counts.
type level uint8

const (
	levelNone    level = iota
	levelAccount       // through its account: a delegation
	levelRole          // the role: adds to what the identity policies allow
	levelUser          // the user: an implicit deny of identity policy and boundary does not count
	levelSession       // the session itself, or anyone: no implicit deny counts
	levels
)

// matchEntry compares one entry with the caller. Depends means an account known only by a
// canonical user id.
func (e *eval) matchEntry(p *principal.Entry) (level, Verdict) {
	c := &e.caller
	e.steps++
	direct := levelNone
	switch p.Form {
	case principal.FormAnyone:
		if principal.WildcardCovers(p.Kind, c.Kind) {
			direct = levelSession
		}
	case principal.FormAccount:
		if p.Account == c.Account && c.IsIdentity() && (p.Partition == "" || c.Partition == "" || p.Partition == c.Partition) {
			direct = levelAccount
		}
	case principal.FormRole:
		switch {
		case c.Kind == principal.CallerRole && p.Value == c.ARN:
			direct = levelRole
		case c.Kind == principal.CallerSession && p.Name == c.Name && p.Account == c.Account && p.Partition == c.Partition:
			direct = levelRole
		}
	case principal.FormUser:
		if c.Kind == principal.CallerUser && p.Value == c.ARN {
			direct = levelUser
		}
	case principal.FormSession, principal.FormFederatedUser, principal.FormOther:
		if p.Value == c.ARN {
			direct = levelSession
		}
	case principal.FormService:
		if c.Kind == principal.CallerService && p.Value == c.ARN {
			direct = levelSession
		}
	case principal.FormFederated:
		if c.Kind == principal.CallerFederated && p.Value == c.ARN {
			direct = levelSession
		}
	case principal.FormCanonical:
		return e.matchCanonical(p)
	case principal.FormNobody:
	}
	return direct, verdictOf(direct != levelNone)
}

func (e *eval) matchCanonical(p *principal.Entry) (level, Verdict) {
	if e.caller.Kind == principal.CallerOther && e.caller.ARN == p.Value {
		return levelSession, Yes
	}
	if !e.caller.IsIdentity() {
		return levelNone, No
	}
	e.steps += 3
	account, known := e.policies.CanonicalUsers[p.Value]
	if !known {
		return levelAccount, Depends
	}
	if account != e.caller.Account {
		return levelNone, No
	}
	return levelAccount, Yes
}

// matchPrincipal gives the most direct level at which the statement applies to the caller.
func (e *eval) matchPrincipal(s *policy.Statement) (level, Verdict) {
	if !s.HasPrincipal {
		return levelSession, Yes // who it applies to is decided by where the policy is attached
	}
	if s.NotPrincipal {
		return levelSession, not(e.spared(s))
	}
	best, truth := levelNone, No
	for _, list := range s.Naming(&e.caller) {
		for i := range list {
			if l, v := e.matchEntry(&list[i]); v > truth || v == truth && l > best {
				best, truth = l, v
			}
		}
	}
	return best, truth
}

// spared reports whether NotPrincipal exempts the caller. For a Deny the list must hold the
// caller's account, its role or user, and its session, as AWS demands; a principal with a
// boundary is never exempt. For an Allow, unsupported by AWS, whoever is named is exempt.
func (e *eval) spared(s *policy.Statement) Verdict {
	if !s.Deny {
		return e.namedIn(s, levelNone+1, levels)
	}
	if !e.caller.IsIdentity() {
		return e.namedIn(s, levelSession, levels)
	}
	if e.hasBoundary() {
		return No
	}
	everyone := e.anyoneIn(s)
	all := e.namedIn(s, levelAccount, levelAccount)
	switch e.caller.Kind {
	case principal.CallerRole, principal.CallerUser:
		all = min(all, e.namedIn(s, levelRole, levelUser))
	case principal.CallerSession:
		all = min(all, e.namedIn(s, levelRole, levelRole), e.namedIn(s, levelSession, levelSession))
	case principal.CallerFederatedUser, principal.CallerOther:
		all = min(all, e.namedIn(s, levelSession, levelSession))
	case principal.CallerRoot, principal.CallerFederated, principal.CallerService, principal.CallerAnonymous:
	}
	return max(everyone, all)
}

// namedIn reports whether an entry names the caller at a level within the given bounds.
func (e *eval) namedIn(s *policy.Statement, from, to level) Verdict {
	found := No
	for _, list := range s.Naming(&e.caller) {
		for i := range list {
			if l, v := e.matchEntry(&list[i]); l >= from && l <= to {
				found = max(found, v)
			}
		}
	}
	return found
}

func (e *eval) anyoneIn(s *policy.Statement) Verdict {
	for _, p := range s.Naming(&e.caller)[0] {
		if p.Form == principal.FormAnyone && principal.WildcardCovers(p.Kind, e.caller.Kind) {
			return Yes
		}
	}
	return No
}
