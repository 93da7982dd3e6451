package policy

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// Effect is what a statement does when it matches.
type Effect string

// The two effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// ConditionView is a read-only view of one operator applied to one key of a statement's Condition
// element.
type ConditionView struct {
	Operator  string   // without qualifier and suffix: "StringEquals", "Null"
	Qualifier string   // "", "ForAllValues" or "ForAnyValue"
	IfExists  bool     // the operator has the suffix IfExists
	Key       string   // as the document spells it
	Values    []string // as the document writes them; numbers and booleans as their JSON text
	Pointer   string   // JSON Pointer into the document
	Line      int      // 1-based, of the condition key
	Column    int      // 1-based, in characters
}

// View is a read-only view of one statement.
type View struct {
	Index        int
	Sid          string
	Effect       Effect
	Pointer      string // "/Statement/0", or "/Statement" when the element is a lone object
	Line         int    // 1-based, of the opening brace
	Column       int    // 1-based, in characters
	Actions      []string
	NotActions   []string
	Resources    []string
	NotResources []string
	Principals   []principal.ID
	// NotPrincipal means that Principals lists those whom the statement
	// exempts.
	NotPrincipal bool
	Conditions   []ConditionView
}

// Views returns a view of every statement, in the document's order.
func (p *Document) Views() []View {
	out := make([]View, len(p.Statements))
	for i := range p.Statements {
		out[i] = p.view(&p.Statements[i])
	}
	return out
}

func (p *Document) view(s *Statement) View {
	v := View{
		Index: s.Index, Sid: s.Sid, Effect: Effect(s.Effect()), Pointer: s.Pointer,
		Line: s.Line, Column: s.Column, NotPrincipal: s.NotPrincipal,
	}
	actions, resources := &v.Actions, &v.Resources
	if s.NotAction {
		actions = &v.NotActions
	}
	if s.NotResource {
		resources = &v.NotResources
	}
	*actions = listed(s.Actions, func(a *Action) string { return a.Raw })
	*resources = listed(s.Resources, func(r *Resource) string { return r.Raw })
	v.Principals = listed(s.Principals, func(p *principal.Entry) principal.ID { return p.ID })
	v.Conditions = listed(s.Conditions, func(c *Condition) ConditionView { return conditionView(c, v.Pointer) })
	return v
}

func conditionView(c *Condition, statement string) ConditionView {
	return ConditionView{
		Operator: c.Operator.Name, Qualifier: c.QualifierName(), IfExists: c.IfExists,
		Key: c.Name, Pointer: c.Pointer(statement), Line: c.Line, Column: c.Column,
		Values: listed(c.Values, func(v *condition.Value) string { return v.Raw }),
	}
}

// listed applies take to every item. It returns nil for no items.
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
