package match

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/verdict"
)

// Outcome is what a statement does to the request.
type Outcome struct {
	Truth verdict.Verdict
	Level Level
	Cause Cause
	Index int32 // of the condition, for CauseCondition
}

// Cause is the element because of which a statement does not apply.
type Cause uint8

// The causes. A statement that applies, or may, has none.
const (
	CauseNone Cause = iota
	CauseAction
	CauseResource
	CausePrincipal
	CauseCondition
)

// Match evaluates one statement. The cheap and selective elements come first.
func (m *Matcher) Match(s *policy.Statement) Outcome {
	m.Steps++
	if !m.MatchAction(s) {
		return Outcome{Cause: CauseAction}
	}
	truth := m.MatchResource(s)
	if truth == verdict.No {
		return Outcome{Cause: CauseResource}
	}
	l, v := m.MatchPrincipal(s)
	if v == verdict.No {
		return Outcome{Cause: CausePrincipal}
	}
	truth = min(truth, v)
	for i := range s.Conditions {
		v := m.MatchCondition(&s.Conditions[i])
		if v == verdict.No {
			return Outcome{Cause: CauseCondition, Index: int32(i)}
		}
		truth = min(truth, v)
	}
	return Outcome{Truth: truth, Level: l}
}

// MatchAction reports whether a statement covers the action.
func (m *Matcher) MatchAction(s *policy.Statement) bool {
	for i := range s.Actions {
		m.Steps += s.Actions[i].Cost(m.Action)
		if s.Actions[i].MatchFold(m.Action) {
			return !s.NotAction
		}
	}
	return s.NotAction
}

// MatchResource returns whether a statement covers the resource. Depends means
// that it covers a part of the set, or holds a variable that is unknown.
func (m *Matcher) MatchResource(s *policy.Statement) verdict.Verdict {
	if !s.HasResource {
		return verdict.Yes
	}
	found := verdict.No
	for i := range s.Resources {
		var v verdict.Verdict
		r := &s.Resources[i]
		m.Steps += r.Cost(m.Resource)
		if m.Set {
			v = m.matchPrefixSet(&r.Template, m.Resource)
		} else {
			v = m.matchText(&r.Template, m.Resource)
		}
		if found = max(found, v); found == verdict.Yes {
			break
		}
	}
	if found == verdict.Depends && m.Set {
		m.blockedBySet()
	}
	if s.NotResource {
		return verdict.Not(found)
	}
	return found
}
