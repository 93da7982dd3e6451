package iam

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
func (e *eval) matchEntry(p *principalEntry) (level, Verdict) {
	c := &e.caller
	direct := levelNone
	switch p.kind {
	case entryAnyone:
		if anyOf(p.Kind, c.kind) {
			direct = levelSession
		}
	case entryAccount:
		if p.account == c.account && c.isIdentity() && (p.partition == "" || c.partition == "" || p.partition == c.partition) {
			direct = levelAccount
		}
	case entryRole:
		switch {
		case c.kind == callerRole && p.Value == c.arn:
			direct = levelRole
		case c.kind == callerSession && p.name == c.name && p.account == c.account && p.partition == c.partition:
			direct = levelRole
		}
	case entryUser:
		if c.kind == callerUser && p.Value == c.arn {
			direct = levelUser
		}
	case entrySession, entryFederatedUser, entryOther:
		if p.Value == c.arn {
			direct = levelSession
		}
	case entryService:
		if c.kind == callerService && p.Value == c.arn {
			direct = levelSession
		}
	case entryFederated:
		if c.kind == callerFederated && p.Value == c.arn {
			direct = levelSession
		}
	case entryCanonical:
		return e.matchCanonical(p)
	case entryNobody:
	}
	return direct, verdictOf(direct != levelNone)
}

func (e *eval) matchCanonical(p *principalEntry) (level, Verdict) {
	if e.caller.kind == callerOther && e.caller.arn == p.Value {
		return levelSession, Yes
	}
	if !e.caller.isIdentity() {
		return levelNone, No
	}
	account, known := e.policies.CanonicalUsers[p.Value]
	if !known {
		return levelAccount, Depends
	}
	if account != e.caller.account {
		return levelNone, No
	}
	return levelAccount, Yes
}

// matchPrincipal gives the most direct level at which the statement applies to the caller.
func (e *eval) matchPrincipal(s *statement) (level, Verdict) {
	if !s.hasPrincipal {
		return levelSession, Yes // who it applies to is decided by where the policy is attached
	}
	if s.notPrincipal {
		return levelSession, not(e.spared(s))
	}
	best, truth := levelNone, No
	for i := range s.principals {
		if l, v := e.matchEntry(&s.principals[i]); v > truth || v == truth && l > best {
			best, truth = l, v
		}
	}
	return best, truth
}

// spared reports whether NotPrincipal exempts the caller. For a Deny the list must hold the
// caller's account, its role or user, and its session, as AWS demands; a principal with a
// boundary is never exempt. For an Allow, unsupported by AWS, whoever is named is exempt.
func (e *eval) spared(s *statement) Verdict {
	if !s.deny {
		return e.namedIn(s, levelNone+1, levels)
	}
	if !e.caller.isIdentity() {
		return e.namedIn(s, levelSession, levels)
	}
	if e.hasBoundary() {
		return No
	}
	everyone := e.anyoneIn(s)
	all := e.namedIn(s, levelAccount, levelAccount)
	switch e.caller.kind {
	case callerRole, callerUser:
		all = min(all, e.namedIn(s, levelRole, levelUser))
	case callerSession:
		all = min(all, e.namedIn(s, levelRole, levelRole), e.namedIn(s, levelSession, levelSession))
	case callerFederatedUser, callerOther:
		all = min(all, e.namedIn(s, levelSession, levelSession))
	case callerRoot, callerFederated, callerService, callerAnonymous:
	}
	return max(everyone, all)
}

// namedIn reports whether an entry names the caller at a level within the given bounds.
func (e *eval) namedIn(s *statement, from, to level) Verdict {
	found := No
	for i := range s.principals {
		if l, v := e.matchEntry(&s.principals[i]); l >= from && l <= to {
			found = max(found, v)
		}
	}
	return found
}

func (e *eval) anyoneIn(s *statement) Verdict {
	for i := range s.principals {
		if s.principals[i].kind == entryAnyone && anyOf(s.principals[i].Kind, e.caller.kind) {
			return Yes
		}
	}
	return No
}
