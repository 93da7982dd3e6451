package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// Statements returns a view of every statement, in the document's order.
func (p *Policy) Statements() []Statement {
	out := make([]Statement, len(p.doc.Statements))
	for i := range p.doc.Statements {
		out[i] = p.view(&p.doc.Statements[i])
	}
	return out
}

func (p *Policy) view(s *policy.Statement) Statement {
	v := Statement{
		Index: s.Index, Sid: s.Sid, Effect: Effect(s.Effect()), Pointer: s.Pointer,
		Line: s.Line, Column: s.Column, Digest: p.doc.StatementDigest(s), NotPrincipal: s.NotPrincipal,
	}
	actions, resources := &v.Actions, &v.Resources
	if s.NotAction {
		actions = &v.NotActions
	}
	if s.NotResource {
		resources = &v.NotResources
	}
	*actions = listed(s.Actions, func(a *policy.Action) string { return a.Raw })
	*resources = listed(s.Resources, func(r *policy.Resource) string { return r.Raw })
	v.Principals = listed(s.Principals, func(p *principal.Entry) principal.ID { return p.ID })
	v.Conditions = listed(s.Conditions, func(c *policy.Condition) Condition { return conditionView(c, v.Pointer) })
	return v
}

func conditionView(c *policy.Condition, statement string) Condition {
	return Condition{
		Operator: c.Operator.Name, Qualifier: c.QualifierName(), IfExists: c.IfExists,
		Key: c.Name, Pointer: c.Pointer(statement), Line: c.Line, Column: c.Column,
		Values: listed(c.Values, func(v *condition.Value) string { return v.Raw }),
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
