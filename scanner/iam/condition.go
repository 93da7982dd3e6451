package iam

import "strings"

// matchCondition evaluates one operator on one key.
func (e *eval) matchCondition(c *condition) Verdict {
	state, values := e.lookup(c.key)
	if c.kind == opNull {
		return e.matchNull(c, state)
	}
	switch state {
	case keyUnknown, keyUnknownPresent:
		e.blockedByCondition(c)
		return Depends
	case keyAbsent:
		return absent(&c.operator)
	case keyPresent:
	}
	switch c.qualifier {
	case forAnyValue:
		found := No
		for _, v := range values {
			if found = max(found, e.matchValue(c, v, c.negated)); found == Yes {
				break
			}
		}
		return found
	case forAllValues:
		return e.matchAll(c, values, c.negated)
	case noQualifier:
	}
	found := e.matchAll(c, values, false)
	if c.negated {
		return not(found)
	}
	return found
}

// absent is an operator's value for a key that the request does not have.
func absent(op *operator) Verdict {
	switch {
	case op.ifExists || op.qualifier == forAllValues:
		return Yes
	case op.qualifier == forAnyValue:
		return No
	}
	return verdictOf(op.negated)
}

// matchAll demands that every value of the request matches.
func (e *eval) matchAll(c *condition, values []string, negated bool) Verdict {
	all := Yes
	for _, v := range values {
		if all = min(all, e.matchValue(c, v, negated)); all == No {
			break
		}
	}
	return all
}

// matchValue compares one value of the request with the policy's list: any of it, or none of it.
func (e *eval) matchValue(c *condition, value string, negated bool) Verdict {
	found := No
	for i := range c.values {
		if found = max(found, e.matchConstant(&c.operator, &c.values[i], value)); found == Yes {
			break
		}
	}
	if negated {
		return not(found)
	}
	return found
}

func (e *eval) matchNull(c *condition, state keyState) Verdict {
	found := No
	for i := range c.values {
		if !c.values[i].ok {
			continue
		}
		var v Verdict
		switch wantAbsent := strings.EqualFold(c.values[i].raw, "true"); state {
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
func (e *eval) matchConstant(op *operator, v *condValue, s string) Verdict {
	if !v.ok {
		return No
	}
	switch op.kind {
	case opStringEquals, opStringLike, opArn:
		return e.matchText(&v.template, s)
	case opStringEqualsIgnoreCase:
		return e.matchIgnoreCase(&v.template, s)
	case opNumeric:
		n, ok := parseNumber(s)
		return verdictOf(ok && op.relation.holds(n.compare(v.num)))
	case opDate:
		t, ok := parseInstant(s)
		return verdictOf(ok && op.relation.holds(t.compare(v.date)))
	case opIP:
		a, ok := parseAddr(s)
		return verdictOf(ok && v.prefix.Contains(a))
	case opBool:
		return verdictOf(strings.EqualFold(v.raw, s))
	case opBinary:
		return verdictOf(v.raw == s)
	case opNull:
	}
	return No
}

func (e *eval) matchIgnoreCase(t *template, s string) Verdict {
	if t.parts == nil {
		return verdictOf(strings.EqualFold(t.text, s))
	}
	var stack [256]byte
	text, st, key := e.expand(t, stack[:0])
	if st == Depends {
		e.blockedBy(key)
		return Depends
	}
	return verdictOf(st == Yes && strings.EqualFold(string(text), s))
}
