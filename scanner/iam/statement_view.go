package iam

// Statements returns a view of every statement, in the document's order.
func (p *Policy) Statements() []Statement {
	out := make([]Statement, len(p.doc.statements))
	for i := range p.doc.statements {
		out[i] = p.view(&p.doc.statements[i])
	}
	return out
}

func (p *Policy) view(s *statement) Statement {
	v := Statement{
		Index: s.index, Sid: s.sid, Effect: Effect(s.effect()), Pointer: s.pointer,
		Line: s.line, Column: s.column, Digest: p.doc.statementDigest(s), NotPrincipal: s.notPrincipal,
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
	v.Conditions = listed(s.conditions, func(c *condition) Condition { return conditionView(c, v.Pointer) })
	return v
}

func conditionView(c *condition, statement string) Condition {
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
