package iam

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

const encryptionContext = "kms:encryptioncontext:"

// addGrants counts the KMS grants as allowing statements of the key.
func (e *eval) addGrants(t *tally) {
	if e.service != policy.KMS {
		return
	}
	for i := range e.policies.Grants {
		g := &e.policies.Grants[i]
		if l, v := e.matchGrant(g); v != No {
			t.allow[l] = max(t.allow[l], v)
		}
	}
}

func (e *eval) matchGrant(g *Grant) (level, Verdict) {
	if !grantsOperation(g, e.req.Action[len("kms:"):]) {
		return levelNone, No
	}
	kind := principal.AWS
	if !strings.HasPrefix(g.Grantee, "arn:") && !principal.IsAccountID(g.Grantee) {
		kind = principal.Service
	}
	entry := principal.NewEntry(kind, g.Grantee)
	l, v := e.matchEntry(&entry)
	if v == No {
		return levelNone, No
	}
	if g.EncryptionContextSubset != nil {
		v = min(v, e.hasPairs(g.EncryptionContextSubset))
	}
	if g.EncryptionContextEquals != nil {
		v = min(v, e.hasPairs(g.EncryptionContextEquals), e.hasOnly(g.EncryptionContextEquals))
	}
	return l, v
}

func grantsOperation(g *Grant, operation string) bool {
	for _, o := range g.Operations {
		if strings.EqualFold(o, operation) {
			return true
		}
	}
	return false
}

// hasPairs reports whether the request's encryption context holds every pair.
func (e *eval) hasPairs(pairs map[string]string) Verdict {
	all := Yes
	for k, want := range pairs { // the minimum does not depend on the order
		key := encryptionContext + strings.ToLower(k)
		switch state, values := e.lookup(key); state {
		case keyAbsent:
			return No
		case keyPresent:
			if len(values) != 1 || values[0] != want {
				return No
			}
		case keyUnknown, keyUnknownPresent:
			e.blockedByGrant(key)
			all = Depends
		}
	}
	return all
}

// hasOnly reports whether the request's encryption context holds nothing but the pairs.
func (e *eval) hasOnly(pairs map[string]string) Verdict {
	allowed := make([]string, 0, len(pairs))
	for k := range pairs {
		allowed = append(allowed, encryptionContext+strings.ToLower(k))
	}
	all := Yes
	for i := range e.req.Context.Entries {
		key := e.req.Context.Entries[i].Key
		if !strings.HasPrefix(key, encryptionContext) || pattern.ContainsFold(allowed, key) {
			continue
		}
		if state, _ := e.lookup(key); state == keyPresent {
			return No
		}
	}
	for i := range e.world {
		if w := &e.world[i]; len(w.values) > 0 && strings.HasPrefix(w.key, encryptionContext) && !pattern.ContainsFold(allowed, w.key) {
			return No
		}
	}
	if e.req.OthersUnknown {
		all = Depends // some other pair may be there
	}
	for _, names := range [...][]string{e.req.Unknown, e.req.AlwaysPresent} {
		for _, name := range names {
			key := strings.ToLower(name)
			if !strings.HasPrefix(key, encryptionContext) || pattern.ContainsFold(allowed, key) {
				continue
			}
			switch state, _ := e.lookup(key); state {
			case keyPresent:
				return No
			case keyUnknown, keyUnknownPresent:
				e.blockedByGrant(key)
				all = Depends
			case keyAbsent:
			}
		}
	}
	return all
}
