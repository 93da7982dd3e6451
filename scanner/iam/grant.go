package iam

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// everyGrant stands in for grants that nobody could read: it lets the caller do what it asks for.
func everyGrant(req *Request) Grant {
	_, operation, _ := strings.Cut(req.Action, ":")
	return Grant{Grantee: req.Principal, Operations: []string{operation}}
}

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

func (e *eval) matchGrant(g *Grant) (match.Level, Verdict) {
	if !grantsOperation(g, e.Action[len("kms:"):]) {
		return match.LevelNone, No
	}
	kind := principal.AWS
	if !strings.HasPrefix(g.Grantee, "arn:") && !principal.IsAccountID(g.Grantee) {
		kind = principal.Service
	}
	entry := principal.NewEntry(kind, g.Grantee)
	l, v := e.MatchEntry(&entry)
	if v == No {
		return match.LevelNone, No
	}
	if g.SourceARN != "" {
		v = min(v, e.HasSource(g.SourceARN))
	}
	if g.EncryptionContextSubset != nil {
		v = min(v, e.HasPairs(g.EncryptionContextSubset))
	}
	if g.EncryptionContextEquals != nil {
		v = min(v, e.HasPairs(g.EncryptionContextEquals), e.HasOnly(g.EncryptionContextEquals))
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
