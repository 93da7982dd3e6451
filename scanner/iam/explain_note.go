package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
)

// note says in words what a statement did.
func (r *record) note(e *eval) string {
	switch r.outcome.Cause {
	case match.CauseAction:
		return "the action does not match"
	case match.CauseResource:
		return "the resource does not match"
	case match.CausePrincipal:
		return "the principal does not match"
	case match.CauseCondition:
		return e.conditionNote(&r.statement().Conditions[r.outcome.Index])
	case match.CauseNone:
	}
	if r.outcome.Truth == Depends {
		return e.openNote(r.statement())
	}
	if declared := e.declaredKeys(r.statement()); len(declared) > 0 {
		return "matches, where the operator declares " + strings.Join(declared, ", ")
	}
	return "matches"
}

// declaredKeys returns the declared keys that one statement, or any that can
// apply, asks about.
func (e *eval) declaredKeys(s *policy.Statement) []string {
	if len(e.req.Declared) == 0 {
		return nil
	}
	var names []string
	for _, name := range e.req.Declared {
		key := strings.ToLower(name)
		found := s != nil && asksAbout(s, key)
		if s == nil {
			e.forEachStatement(func(s *policy.Statement) { found = found || asksAbout(s, key) })
		}
		if found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// conditionNote says why a condition does not hold.
func (e *eval) conditionNote(c *policy.Condition) string {
	why, value := "the key is never absent", ""
	switch state, values := e.Lookup(c.Key); state {
	case match.KeyPresent:
		why, value = "the key holds ", values[0]
		if len(values) > 1 {
			value = strings.Join(values, ", ")
		}
		if isStandIn(value) {
			why, value = "the key holds another value", ""
		}
	case match.KeyAbsent:
		why = "the key is absent"
	case match.KeyUnknown, match.KeyUnknownPresent:
	}
	if pattern.ContainsFold(e.req.Declared, c.Key) {
		value += ", as the operator declares"
	}
	return "the condition " + c.FullName() + " " + c.Name + " does not hold: " + why + value
}

// openNote says what a statement's effect depends on.
func (e *eval) openNote(s *policy.Statement) string {
	if e.MatchResource(s) == Depends {
		return "matches some of the resources"
	}
	for i := range s.Conditions {
		if c := &s.Conditions[i]; e.MatchCondition(c) == Depends {
			return "depends on " + c.Name
		}
	}
	return "depends on whom a canonical user id names"
}
