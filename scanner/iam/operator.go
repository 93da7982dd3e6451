package iam

import (
	"net/netip"
	"strings"
)

// opKind is a condition operator without qualifier, negation and IfExists.
type opKind uint8

const (
	opStringEquals opKind = iota
	opStringEqualsIgnoreCase
	opStringLike
	opArn
	opNumeric
	opDate
	opBool
	opBinary
	opIP
	opNull
)

// relation is how a number or date is compared.
type relation uint8

const (
	relEquals relation = iota
	relLess
	relLessEquals
	relGreater
	relGreaterEquals
)

type qualifier uint8

const (
	noQualifier qualifier = iota
	forAllValues
	forAnyValue
)

// operator is a condition operator as a whole.
type operator struct {
	full      string // as a policy writes it
	name      string // without qualifier and IfExists
	kind      opKind
	relation  relation
	negated   bool
	ifExists  bool
	qualifier qualifier
}

// parseOperator reads an operator's name, which is case-sensitive.
func parseOperator(name string) (operator, bool) {
	var op operator
	rest := name
	switch {
	case strings.HasPrefix(rest, "ForAllValues:"):
		op.qualifier, rest = forAllValues, rest[len("ForAllValues:"):]
	case strings.HasPrefix(rest, "ForAnyValue:"):
		op.qualifier, rest = forAnyValue, rest[len("ForAnyValue:"):]
	}
	if base, ok := strings.CutSuffix(rest, "IfExists"); ok {
		op.ifExists, rest = true, base
	}
	op.full, op.name = name, rest
	if !op.setBase(rest) {
		return operator{}, false
	}
	if op.kind == opNull && op.ifExists {
		return operator{}, false // AWS refuses NullIfExists: Null is about existence itself
	}
	return op, true
}

func (o *operator) setBase(name string) bool {
	switch name {
	case "StringEquals", "StringNotEquals":
		o.kind = opStringEquals
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		o.kind = opStringEqualsIgnoreCase
	case "StringLike", "StringNotLike":
		o.kind = opStringLike
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		o.kind = opArn
	case "Bool":
		o.kind = opBool
	case "BinaryEquals":
		o.kind = opBinary
	case "IpAddress", "NotIpAddress":
		o.kind = opIP
	case "Null":
		o.kind = opNull
	default:
		return o.setRelation(name)
	}
	o.negated = strings.Contains(name, "Not")
	return true
}

func (o *operator) setRelation(name string) bool {
	rest, ok := strings.CutPrefix(name, "Numeric")
	o.kind = opNumeric
	if !ok {
		if rest, ok = strings.CutPrefix(name, "Date"); !ok {
			return false
		}
		o.kind = opDate
	}
	switch rest {
	case "Equals":
	case "NotEquals":
		o.negated = true
	case "LessThan":
		o.relation = relLess
	case "LessThanEquals":
		o.relation = relLessEquals
	case "GreaterThan":
		o.relation = relGreater
	case "GreaterThanEquals":
		o.relation = relGreaterEquals
	default:
		return false
	}
	return true
}

// qualifierName is the qualifier as a policy writes it, without the colon.
func (o *operator) qualifierName() string {
	switch o.qualifier {
	case forAllValues:
		return "ForAllValues"
	case forAnyValue:
		return "ForAnyValue"
	case noQualifier:
	}
	return ""
}

// fullName is the operator as a policy writes it.
func (o *operator) fullName() string {
	return o.full
}

func (r relation) holds(c int) bool {
	switch r {
	case relEquals:
		return c == 0
	case relLess:
		return c < 0
	case relLessEquals:
		return c <= 0
	case relGreater:
		return c > 0
	case relGreaterEquals:
		return c >= 0
	}
	return false
}

// condValue is one value of a condition, compiled for its operator.
type condValue struct {
	raw      string
	template template
	num      number
	date     instant
	prefix   netip.Prefix
	ok       bool // the value is not garbage
}

// newCondValue compiles a value. Variables work with the string and ARN operators only.
func newCondValue(op *operator, raw string, variables bool) condValue {
	v := condValue{raw: raw, ok: true}
	switch op.kind {
	case opStringEquals, opStringEqualsIgnoreCase:
		v.template = newTemplate(raw, literalText, variables)
	case opStringLike:
		v.template = newTemplate(raw, globText, variables)
	case opArn:
		v.template = newTemplate(raw, arnText, variables)
	case opNumeric:
		v.num, v.ok = parseNumber(raw)
	case opDate:
		v.date, v.ok = parseInstant(raw)
	case opIP:
		v.prefix, v.ok = parsePrefix(raw)
	case opBool, opNull:
		v.ok = strings.EqualFold(raw, "true") || strings.EqualFold(raw, "false")
	case opBinary:
	}
	return v
}
