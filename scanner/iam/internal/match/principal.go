package match

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/verdict"
)

// Level says how directly a statement names the caller. The more directly, the fewer implicit
// denies of other policies count.
type Level uint8

// The levels, from no name to the most direct one. Levels is how many there are.
const (
	LevelNone    Level = iota
	LevelAccount       // through its account: a delegation
	LevelRole          // the role: adds to what the identity policies allow
	LevelUser          // the user: an implicit deny of identity policy and boundary does not count
	LevelSession       // the session itself, or anyone: no implicit deny counts
	Levels
)

// MatchEntry compares one entry with the caller. Depends means an account known only by a
// canonical user id.
func (m *Matcher) MatchEntry(p *principal.Entry) (Level, verdict.Verdict) {
	c := &m.Caller
	m.Steps++
	direct := LevelNone
	switch p.Form {
	case principal.FormAnyone:
		if principal.WildcardCovers(p.Kind, c.Kind) {
			direct = LevelSession
		}
	case principal.FormAccount:
		if p.Account == c.Account && c.IsIdentity() && (p.Partition == "" || c.Partition == "" || p.Partition == c.Partition) {
			direct = LevelAccount
		}
	case principal.FormRole:
		switch {
		case c.Kind == principal.CallerRole && p.Value == c.ARN:
			direct = LevelRole
		case c.Kind == principal.CallerSession && p.Name == c.Name && p.Account == c.Account && p.Partition == c.Partition:
			direct = LevelRole
		}
	case principal.FormUser:
		if c.Kind == principal.CallerUser && p.Value == c.ARN {
			direct = LevelUser
		}
	case principal.FormSession, principal.FormFederatedUser, principal.FormOther:
		if p.Value == c.ARN {
			direct = LevelSession
		}
	case principal.FormService:
		if c.Kind == principal.CallerService && p.Value == c.ARN {
			direct = LevelSession
		}
	case principal.FormFederated:
		if c.Kind == principal.CallerFederated && p.Value == c.ARN {
			direct = LevelSession
		}
	case principal.FormCanonical:
		return m.matchCanonical(p)
	case principal.FormNobody:
	}
	return direct, verdict.Of(direct != LevelNone)
}

func (m *Matcher) matchCanonical(p *principal.Entry) (Level, verdict.Verdict) {
	if m.Caller.Kind == principal.CallerOther && m.Caller.ARN == p.Value {
		return LevelSession, verdict.Yes
	}
	if !m.Caller.IsIdentity() {
		return LevelNone, verdict.No
	}
	m.Steps += 3
	account, known := m.CanonicalUsers[p.Value]
	if !known {
		return LevelAccount, verdict.Depends
	}
	if account != m.Caller.Account {
		return LevelNone, verdict.No
	}
	return LevelAccount, verdict.Yes
}

// MatchPrincipal returns the most direct level at which the statement applies to the caller.
func (m *Matcher) MatchPrincipal(s *policy.Statement) (Level, verdict.Verdict) {
	if !s.HasPrincipal {
		return LevelSession, verdict.Yes // what the policy is attached to decides who it applies to
	}
	if s.NotPrincipal {
		return LevelSession, verdict.Not(m.spared(s))
	}
	best, truth := LevelNone, verdict.No
	for l := range s.NamingLists() {
		list := s.Naming(&m.Caller, l)
		for i := range list {
			if l, v := m.MatchEntry(&list[i]); v > truth || v == truth && l > best {
				best, truth = l, v
			}
		}
	}
	return best, truth
}

// spared reports whether NotPrincipal exempts the caller. For a Deny the list must hold the
// caller's account, its role or user, and its session, as AWS demands; a principal with a
// boundary is never exempt. For an Allow, unsupported by AWS, whoever is named is exempt.
func (m *Matcher) spared(s *policy.Statement) verdict.Verdict {
	if !s.Deny {
		return m.namedIn(s, LevelNone+1, Levels)
	}
	if !m.Caller.IsIdentity() {
		return m.namedIn(s, LevelSession, Levels)
	}
	if m.Bounded {
		return verdict.No
	}
	everyone := m.anyoneIn(s)
	all := m.namedIn(s, LevelAccount, LevelAccount)
	switch m.Caller.Kind {
	case principal.CallerRole, principal.CallerUser:
		all = min(all, m.namedIn(s, LevelRole, LevelUser))
	case principal.CallerSession:
		all = min(all, m.namedIn(s, LevelRole, LevelRole), m.namedIn(s, LevelSession, LevelSession))
	case principal.CallerFederatedUser, principal.CallerOther:
		all = min(all, m.namedIn(s, LevelSession, LevelSession))
	case principal.CallerRoot, principal.CallerFederated, principal.CallerService, principal.CallerAnonymous:
	}
	return max(everyone, all)
}

// namedIn reports whether an entry names the caller at a level within the given bounds.
func (m *Matcher) namedIn(s *policy.Statement, from, to Level) verdict.Verdict {
	found := verdict.No
	for l := range s.NamingLists() {
		list := s.Naming(&m.Caller, l)
		for i := range list {
			if l, v := m.MatchEntry(&list[i]); l >= from && l <= to {
				found = max(found, v)
			}
		}
	}
	return found
}

func (m *Matcher) anyoneIn(s *policy.Statement) verdict.Verdict {
	for _, p := range s.Naming(&m.Caller, 0) {
		if p.Form == principal.FormAnyone && principal.WildcardCovers(p.Kind, m.Caller.Kind) {
			return verdict.Yes
		}
	}
	return verdict.No
}
