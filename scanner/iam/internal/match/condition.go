package match

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/verdict"
)

// MatchCondition evaluates one operator on one key.
func (m *Matcher) MatchCondition(c *policy.Condition) verdict.Verdict {
	state, values := m.Lookup(c.Key)
	if c.Kind == condition.Null {
		return m.matchNull(c, state)
	}
	switch state {
	case KeyUnknown, KeyUnknownPresent:
		m.blockedByCondition(c)
		return verdict.Depends
	case KeyAbsent:
		return absent(&c.Operator)
	case KeyPresent:
	}
	switch c.Qualifier {
	case condition.ForAnyValue:
		if isNullSet(values) {
			return verdict.No
		}
		found := verdict.No
		for _, v := range values {
			if found = max(found, m.matchValue(c, v, c.Negated)); found == verdict.Yes {
				break
			}
		}
		return found
	case condition.ForAllValues:
		if isNullSet(values) {
			return verdict.Yes
		}
		return m.matchAll(c, values, c.Negated)
	case condition.NoQualifier:
	}
	found := m.matchAll(c, values, false)
	if c.Negated {
		return verdict.Not(found)
	}
	return found
}

// isNullSet reports whether a set operator sees no value at all. It takes an empty string for no
// value.
func isNullSet(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return v != "" })
}

// absent returns the verdict of an operator on a key that the request does not have.
func absent(op *condition.Operator) verdict.Verdict {
	switch {
	case op.IfExists || op.Qualifier == condition.ForAllValues:
		return verdict.Yes
	case op.Qualifier == condition.ForAnyValue:
		return verdict.No
	}
	return verdict.Of(op.Negated)
}

// matchAll demands that every value of the request matches.
func (m *Matcher) matchAll(c *policy.Condition, values []string, negated bool) verdict.Verdict {
	all := verdict.Yes
	for _, v := range values {
		if all = min(all, m.matchValue(c, v, negated)); all == verdict.No {
			break
		}
	}
	return all
}

// matchValue compares one value of the request with the policy's list: any of it, or none of it.
func (m *Matcher) matchValue(c *policy.Condition, value string, negated bool) verdict.Verdict {
	found := verdict.No
	for i := range c.Values {
		m.Steps += c.Values[i].Template.Cost(value)
		if found = max(found, m.matchConstant(&c.Operator, &c.Values[i], value)); found == verdict.Yes {
			break
		}
	}
	if negated {
		return verdict.Not(found)
	}
	return found
}

func (m *Matcher) matchNull(c *policy.Condition, state KeyState) verdict.Verdict {
	found := verdict.No
	for i := range c.Values {
		if !c.Values[i].Valid {
			continue
		}
		var v verdict.Verdict
		switch wantAbsent := strings.EqualFold(c.Values[i].Raw, "true"); state {
		case KeyAbsent:
			v = verdict.Of(wantAbsent)
		case KeyPresent, KeyUnknownPresent:
			v = verdict.Of(!wantAbsent)
		case KeyUnknown:
			v = verdict.Depends
		}
		found = max(found, v)
	}
	if found == verdict.Depends {
		m.blockedByCondition(c)
	}
	return found
}

// matchConstant compares one value of the request with one of the policy, without regard to
// negation.
func (m *Matcher) matchConstant(op *condition.Operator, v *condition.Value, s string) verdict.Verdict {
	if !v.Valid {
		return verdict.No
	}
	switch op.Kind {
	case condition.StringEquals, condition.StringLike, condition.ARN:
		return m.matchText(&v.Template, s)
	case condition.StringEqualsIgnoreCase:
		return m.matchIgnoreCase(&v.Template, s)
	case condition.Numeric:
		n, ok := condition.ParseNumber(s)
		return verdict.Of(ok && op.Relation.Holds(n.Compare(v.Number)))
	case condition.Date:
		t, ok := condition.ParseInstant(s)
		return verdict.Of(ok && op.Relation.Holds(t.Compare(v.Date)))
	case condition.IP:
		a, ok := condition.ParseAddr(s)
		return verdict.Of(ok && v.Prefix.Contains(a))
	case condition.Bool:
		return verdict.Of(strings.EqualFold(v.Raw, s))
	case condition.Binary:
		return verdict.Of(v.Raw == s)
	case condition.Null:
	}
	return verdict.No
}

func (m *Matcher) matchIgnoreCase(t *pattern.Template, s string) verdict.Verdict {
	if t.Parts == nil {
		return verdict.Of(strings.EqualFold(t.Text, s))
	}
	var stack [256]byte
	text, st, key := m.expand(t, stack[:0])
	if st == verdict.Depends {
		m.blockedBy(key)
		return verdict.Depends
	}
	return verdict.Of(st == verdict.Yes && strings.EqualFold(string(text), s))
}
