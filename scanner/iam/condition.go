package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
)

// matchCondition evaluates one operator on one key.
func (e *eval) matchCondition(c *policy.Condition) Verdict {
	state, values := e.lookup(c.Key)
	if c.Kind == condition.Null {
		return e.matchNull(c, state)
	}
	switch state {
	case keyUnknown, keyUnknownPresent:
		e.blockedByCondition(c)
		return Depends
	case keyAbsent:
		return absent(&c.Operator)
	case keyPresent:
	}
	switch c.Qualifier {
	case condition.ForAnyValue:
		if isNullSet(values) {
			return No
		}
		found := No
		for _, v := range values {
			if found = max(found, e.matchValue(c, v, c.Negated)); found == Yes {
				break
			}
		}
		return found
	case condition.ForAllValues:
		if isNullSet(values) {
			return Yes
		}
		return e.matchAll(c, values, c.Negated)
	case condition.NoQualifier:
	}
	found := e.matchAll(c, values, false)
	if c.Negated {
		return not(found)
	}
	return found
}

// isNullSet reports whether the set operators take values for none at all: an empty string is no value.
func isNullSet(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return v != "" })
}

// absent is an operator's value for a key that the request does not have.
func absent(op *condition.Operator) Verdict {
	switch {
	case op.IfExists || op.Qualifier == condition.ForAllValues:
		return Yes
	case op.Qualifier == condition.ForAnyValue:
		return No
	}
	return verdictOf(op.Negated)
}

// matchAll demands that every value of the request matches.
func (e *eval) matchAll(c *policy.Condition, values []string, negated bool) Verdict {
	all := Yes
	for _, v := range values {
		if all = min(all, e.matchValue(c, v, negated)); all == No {
			break
		}
	}
	return all
}

// matchValue compares one value of the request with the policy's list: any of it, or none of it.
func (e *eval) matchValue(c *policy.Condition, value string, negated bool) Verdict {
	found := No
	for i := range c.Values {
		e.steps += c.Values[i].Template.Cost(value)
		if found = max(found, e.matchConstant(&c.Operator, &c.Values[i], value)); found == Yes {
			break
		}
	}
	if negated {
		return not(found)
	}
	return found
}

func (e *eval) matchNull(c *policy.Condition, state keyState) Verdict {
	found := No
	for i := range c.Values {
		if !c.Values[i].Valid {
			continue
		}
		var v Verdict
		switch wantAbsent := strings.EqualFold(c.Values[i].Raw, "true"); state {
		case keyAbsent:
			v = verdictOf(wantAbsent)
		case keyPresent, keyUnknownPresent:
			v = verdictOf(!wantAbsent)
		case keyUnknown:
			v = Depends
		}
		found = max(found, v)
	}
	if found == Depends {
		e.blockedByCondition(c)
	}
	return found
}

// matchConstant compares one value of the request with one of the policy, negation left aside.
func (e *eval) matchConstant(op *condition.Operator, v *condition.Value, s string) Verdict {
	if !v.Valid {
		return No
	}
	switch op.Kind {
	case condition.StringEquals, condition.StringLike, condition.ARN:
		return e.matchText(&v.Template, s)
	case condition.StringEqualsIgnoreCase:
		return e.matchIgnoreCase(&v.Template, s)
	case condition.Numeric:
		n, ok := condition.ParseNumber(s)
		return verdictOf(ok && op.Relation.Holds(n.Compare(v.Number)))
	case condition.Date:
		t, ok := condition.ParseInstant(s)
		return verdictOf(ok && op.Relation.Holds(t.Compare(v.Date)))
	case condition.IP:
		a, ok := condition.ParseAddr(s)
		return verdictOf(ok && v.Prefix.Contains(a))
	case condition.Bool:
		return verdictOf(strings.EqualFold(v.Raw, s))
	case condition.Binary:
		return verdictOf(v.Raw == s)
	case condition.Null:
	}
	return No
}

func (e *eval) matchIgnoreCase(t *pattern.Template, s string) Verdict {
	if t.Parts == nil {
		return verdictOf(strings.EqualFold(t.Text, s))
	}
	var stack [256]byte
	text, st, key := e.expand(t, stack[:0])
	if st == Depends {
		e.blockedBy(key)
		return Depends
	}
	return verdictOf(st == Yes && strings.EqualFold(string(text), s))
}
