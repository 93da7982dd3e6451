package policy

import (
	"slices"
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
	// naming indexes the principals of a long list by the part that names a
	// caller.
	naming map[string][]principal.Entry
}

// AllowsEverything reports whether a statement allows every action on every resource without any
// condition, to whoever it is about.
func (s *Statement) AllowsEverything() bool {
	if s.Deny || s.NotAction || s.NotResource || s.NotPrincipal || len(s.Conditions) > 0 {
		return false
	}
	return slices.ContainsFunc(s.Actions, func(a Action) bool { return a.Raw == "*" }) &&
		slices.ContainsFunc(s.Resources, func(r Resource) bool { return r.Raw == "*" })
}

// longList is the number of principals from which a list gets an index.
const longList = 16

// index builds naming for a long list.
func (s *Statement) index() {
	if len(s.Principals) <= longList {
		return
	}
	s.naming = make(map[string][]principal.Entry, len(s.Principals))
	for i := range s.Principals {
		p := &s.Principals[i]
		by := p.Value
		switch p.Form {
		case principal.FormNobody:
			continue
		case principal.FormAnyone, principal.FormCanonical:
			by = ""
		case principal.FormAccount, principal.FormRole:
			by = p.Account
		case principal.FormUser, principal.FormSession, principal.FormFederatedUser, principal.FormOther, principal.FormService, principal.FormFederated:
		}
		s.naming[by] = append(s.naming[by], *p)
	}
}

// NamingLists is how many lists [Statement.Naming] has.
func (s *Statement) NamingLists() int {
	if s.naming == nil {
		return 1
	}
	return 3
}

// Naming returns one of the lists of principals that together include all that name a caller.
// Wildcards are in list 0.
func (s *Statement) Naming(c *principal.Caller, list int) []principal.Entry {
	switch {
	case s.naming == nil:
		return s.Principals
	case list == 0:
		return s.naming[""]
	case list == 1:
		return s.naming[c.ARN]
	case c.Account == "" || c.Account == c.ARN:
		return nil
	}
	return s.naming[c.Account]
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

// Effect returns the Effect element as written.
func (s *Statement) Effect() string {
	if s.Deny {
		return "Deny"
	}
	return "Allow"
}

// AsksAbout reports whether the statement's conditions or resources use a key
// for which key is true.
func (s *Statement) AsksAbout(key func(string) bool) bool {
	return slices.ContainsFunc(s.Conditions, func(c Condition) bool {
		return key(c.Key) || slices.ContainsFunc(c.Values, func(v condition.Value) bool { return v.Template.UsesAny(key) })
	}) || slices.ContainsFunc(s.Resources, func(r Resource) bool { return r.UsesAny(key) })
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
