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
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
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
	for i := range s.actions {
		if s.notAction {
			v.NotActions = append(v.NotActions, s.actions[i].raw)
		} else {
			v.Actions = append(v.Actions, s.actions[i].raw)
		}
	}
	for i := range s.resources {
		if s.notResource {
			v.NotResources = append(v.NotResources, s.resources[i].raw)
		} else {
			v.Resources = append(v.Resources, s.resources[i].raw)
		}
	}
	for i := range s.principals {
		v.Principals = append(v.Principals, s.principals[i].Principal)
	}
	for i := range s.conditions {
		v.Conditions = append(v.Conditions, s.conditions[i].view(v.Pointer))
	}
	return v
}

func (c *condition) view(statement string) Condition {
	v := Condition{
		Operator: c.operator.name, Qualifier: c.qualifierName(), IfExists: c.ifExists,
		Key: c.name, Pointer: c.pointer(statement), Line: c.line, Column: c.column,
	}
	for i := range c.values {
		v.Values = append(v.Values, c.values[i].raw)
	}
	return v
}
