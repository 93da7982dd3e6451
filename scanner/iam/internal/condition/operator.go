package condition

import (
	"net/netip"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
)

// opKind is a condition operator without qualifier, negation and IfExists.
type opKind uint8

// The kinds of operator.
const (
	StringEquals opKind = iota
	StringEqualsIgnoreCase
	StringLike
	ARN
	Numeric
	Date
	Bool
	Binary
	IP
	Null
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

// The qualifiers.
const (
	NoQualifier qualifier = iota
	ForAllValues
	ForAnyValue
)

// Operator is a whole condition operator.
type Operator struct {
	full      string // as a policy writes it
	Name      string // without qualifier and IfExists
	Kind      opKind
	Relation  relation
	Negated   bool
	IfExists  bool
	Qualifier qualifier
}

// ParseOperator reads an operator's name, which is case-sensitive.
func ParseOperator(name string) (Operator, bool) {
	var op Operator
	rest := name
	switch {
	case strings.HasPrefix(rest, "ForAllValues:"):
		op.Qualifier, rest = ForAllValues, rest[len("ForAllValues:"):]
	case strings.HasPrefix(rest, "ForAnyValue:"):
		op.Qualifier, rest = ForAnyValue, rest[len("ForAnyValue:"):]
	}
	if base, ok := strings.CutSuffix(rest, "IfExists"); ok {
		op.IfExists, rest = true, base
	}
	op.full, op.Name = name, rest
	if !op.setBase(rest) {
		return Operator{}, false
	}
	if op.Kind == Null && op.IfExists {
		return Operator{}, false // AWS refuses NullIfExists: Null is about existence itself
	}
	return op, true
}

func (o *Operator) setBase(name string) bool {
	switch name {
	case "StringEquals", "StringNotEquals":
		o.Kind = StringEquals
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		o.Kind = StringEqualsIgnoreCase
	case "StringLike", "StringNotLike":
		o.Kind = StringLike
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		o.Kind = ARN
	case "Bool":
		o.Kind = Bool
	case "BinaryEquals":
		o.Kind = Binary
	case "IpAddress", "NotIpAddress":
		o.Kind = IP
	case "Null":
		o.Kind = Null
	default:
		return o.setRelation(name)
	}
	o.Negated = strings.Contains(name, "Not")
	return true
}

func (o *Operator) setRelation(name string) bool {
	rest, ok := strings.CutPrefix(name, "Numeric")
	o.Kind = Numeric
	if !ok {
		if rest, ok = strings.CutPrefix(name, "Date"); !ok {
			return false
		}
		o.Kind = Date
	}
	switch rest {
	case "Equals":
	case "NotEquals":
		o.Negated = true
	case "LessThan":
		o.Relation = relLess
	case "LessThanEquals":
		o.Relation = relLessEquals
	case "GreaterThan":
		o.Relation = relGreater
	case "GreaterThanEquals":
		o.Relation = relGreaterEquals
	default:
		return false
	}
	return true
}

// QualifierName returns the qualifier as a policy writes it, without the colon.
func (o *Operator) QualifierName() string {
	switch o.Qualifier {
	case ForAllValues:
		return "ForAllValues"
	case ForAnyValue:
		return "ForAnyValue"
	case NoQualifier:
	}
	return ""
}

// FullName returns the operator as a policy writes it.
func (o *Operator) FullName() string {
	return o.full
}

// Holds reports whether the relation holds for the outcome of a comparison: negative, zero or positive.
func (r relation) Holds(c int) bool {
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

// Value is one value of a condition, compiled for its operator.
type Value struct {
	Raw      string
	Template pattern.Template
	Number   Number
	Date     Instant
	Prefix   netip.Prefix
	Valid    bool // the value can be read as the operator demands
}

// NewValue compiles a value. Variables work with the string and ARN operators only.
func NewValue(op *Operator, raw string, variables bool) Value {
	v := Value{Raw: raw, Valid: true}
	switch op.Kind {
	case StringEquals, StringEqualsIgnoreCase:
		v.Template = pattern.NewTemplate(raw, pattern.LiteralText, variables)
	case StringLike:
		v.Template = pattern.NewTemplate(raw, pattern.GlobText, variables)
	case ARN:
		v.Template = pattern.NewTemplate(raw, pattern.ARNText, variables)
	case Numeric:
		v.Number, v.Valid = ParseNumber(raw)
	case Date:
		v.Date, v.Valid = ParseInstant(raw)
	case IP:
		v.Prefix, v.Valid = ParsePrefix(raw)
	case Bool, Null:
		v.Valid = strings.EqualFold(raw, "true") || strings.EqualFold(raw, "false")
	case Binary:
	}
	return v
}
