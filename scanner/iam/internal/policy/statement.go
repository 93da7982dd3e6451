package policy

import (
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// Statement is a statement ready for evaluation.
type Statement struct {
	Index        int
	Sid          string
	Pointer      string
	Deny         bool
	Line, Column int

	Actions      []Action
	NotAction    bool
	Resources    []Resource
	NotResource  bool
	HasResource  bool // trust policies have none
	Principals   []principal.Entry
	NotPrincipal bool
	HasPrincipal bool // identity policies have none
	Conditions   []Condition
}

// Action is one entry of an Action or NotAction element.
type Action struct {
	pattern.Pattern
	Raw string
}

// Resource is one entry of a Resource or NotResource element.
type Resource struct {
	pattern.Template
	Raw string
}

// Condition is one operator applied to one key.
type Condition struct {
	condition.Operator
	Key          string // in lower case
	Name         string // as written
	Values       []condition.Value
	Line, Column int
}

// statementPointer is the JSON Pointer of a statement.
func statementPointer(lone bool, index int) string {
	if lone {
		return "/Statement"
	}
	return "/Statement/" + strconv.Itoa(index)
}

// Pointer is the JSON Pointer of the condition key, below that of its statement.
func (c *Condition) Pointer(statement string) string {
	return statement + "/Condition/" + escapePointer(c.FullName()) + "/" + escapePointer(c.Name)
}

func escapePointer(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

// Effect is the Effect element as it is written.
func (s *Statement) Effect() string {
	if s.Deny {
		return "Deny"
	}
	return "Allow"
}

// Uses reports whether the key is a variable in the condition's values.
func (c *Condition) Uses(key string) bool {
	for i := range c.Values {
		if c.Values[i].Template.Uses(key) {
			return true
		}
	}
	return false
}
