package iam

import (
	"strconv"
	"strings"
)

// statement is a statement ready for evaluation.
type statement struct {
	index        int
	sid          string
	pointer      string
	deny         bool
	line, column int

	actions      []action
	notAction    bool
	resources    []resource
	notResource  bool
	hasResource  bool // trust policies have none
	principals   []principalEntry
	notPrincipal bool
	hasPrincipal bool // identity policies have none
	conditions   []condition
}

type action struct {
	pattern
	raw string
}

type resource struct {
	template
	raw string
}

// condition is one operator applied to one key.
type condition struct {
	operator
	key          string // in lower case
	name         string // as written
	values       []condValue
	line, column int
}

// statementPointer is the JSON Pointer of a statement.
func statementPointer(lone bool, index int) string {
	if lone {
		return "/Statement"
	}
	return "/Statement/" + strconv.Itoa(index)
}

func (c *condition) pointer(statement string) string {
	return statement + "/Condition/" + escapePointer(c.fullName()) + "/" + escapePointer(c.name)
}

func escapePointer(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

func (s *statement) effect() Effect {
	if s.deny {
		return Deny
	}
	return Allow
}

// Statements returns a view of every statement, in the document's order.
func (p *Policy) Statements() []Statement {
	out := make([]Statement, len(p.statements))
	for i := range p.statements {
		out[i] = p.view(&p.statements[i])
	}
	return out
}

func (p *Policy) view(s *statement) Statement {
	v := Statement{
		Index: s.index, Sid: s.sid, Effect: s.effect(), Pointer: s.pointer,
		Line: s.line, Column: s.column, Digest: p.statementDigest(s), NotPrincipal: s.notPrincipal,
	}
	actions, resources := &v.Actions, &v.Resources
	if s.notAction {
		actions = &v.NotActions
	}
	if s.notResource {
		resources = &v.NotResources
	}
	*actions = listed(s.actions, func(a *action) string { return a.raw })
	*resources = listed(s.resources, func(r *resource) string { return r.raw })
	v.Principals = listed(s.principals, func(p *principalEntry) Principal { return p.Principal })
	v.Conditions = listed(s.conditions, func(c *condition) Condition { return c.view(v.Pointer) })
	return v
}

func (c *condition) view(statement string) Condition {
	return Condition{
		Operator: c.operator.name, Qualifier: c.qualifierName(), IfExists: c.ifExists,
		Key: c.name, Pointer: c.pointer(statement), Line: c.line, Column: c.column,
		Values: listed(c.values, func(v *condValue) string { return v.raw }),
	}
}

// listed takes one thing from every item; nil for none.
func listed[T, V any](items []T, take func(*T) V) []V {
	if len(items) == 0 {
		return nil
	}
	out := make([]V, len(items))
	for i := range items {
		out[i] = take(&items[i])
	}
	return out
}
