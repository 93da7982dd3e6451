package policy

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/source"
)

// checkStatement refuses a statement that lacks an element, and warns of
// elements that AWS does not support in this type of policy.
func (d *decoder) checkStatement(s *rawStatement, at int) error {
	pointer := s.Pointer
	needsPrincipal := d.kind == ResourcePolicy || d.kind == TrustPolicy
	switch {
	case !s.hasEffect:
		return d.ErrorAt(at, pointer, "the statement has no Effect")
	case !s.hasAction:
		return d.ErrorAt(at, pointer, "the statement has neither Action nor NotAction")
	case !s.HasResource && d.kind != TrustPolicy:
		return d.ErrorAt(at, pointer, "the statement has neither Resource nor NotResource")
	case !s.HasPrincipal && needsPrincipal:
		return d.ErrorAt(at, pointer, "the statement has neither Principal nor NotPrincipal")
	}
	warn := func(format string, args ...any) { d.warn(pointer, s.Line, s.Column, format, args...) }
	if s.HasPrincipal && d.kind == IdentityPolicy {
		warn("an identity policy does not support Principal; evaluated as written")
	}
	if s.HasResource && d.kind == TrustPolicy {
		warn("a trust policy does not support Resource; evaluated as written")
	}
	if s.NotPrincipal && (!s.Deny || d.kind == TrustPolicy) {
		warn("NotPrincipal is not supported here; evaluated as written")
	}
	for i := range s.Actions {
		if a := s.Actions[i].Raw; a != "*" && !strings.Contains(a, ":") {
			warn("action %q has no service prefix and matches nothing", a)
		}
	}
	for i := range s.Resources {
		if r := s.Resources[i].Raw; r != "*" && !strings.HasPrefix(r, "arn:") && !strings.ContainsAny(r, "*?$") {
			warn("resource %q is no ARN and matches nothing", r)
		}
	}
	return nil
}

// compiled compiles what was read. Only now is the version known, and with it
// whether "${…}" is a variable.
func (d *decoder) compiled(name string) Document {
	p := Document{
		Name: name, Kind: d.kind, Version: d.version, ID: d.id, lone: d.lone,
		Statements: d.statements,
	}
	if d.version == "" {
		d.warn("", 1, 1, "the document has no Version, so policy variables are plain text; write \"2012-10-17\"")
	}
	if len(d.statements) == 0 {
		d.warn("/Statement", 1, 1, "the document has no statements and allows nothing")
	}
	sids := make(map[string]bool, len(d.statements))
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Sid != "" && sids[s.Sid] {
			d.warn(s.Pointer+"/Sid", s.Line, s.Column, "the Sid %q is not unique", s.Sid)
		}
		sids[s.Sid] = true
		d.compile(s)
	}
	p.Warnings = d.warnings
	p.Public = p.isPublic()
	return p
}

// compile fills in the patterns of a statement.
func (d *decoder) compile(s *Statement) {
	s.index()
	variables := d.version == "2012-10-17"
	for i := range s.Actions {
		a := &s.Actions[i]
		a.Pattern = pattern.FromGlob(strings.ToLower(a.Raw))
	}
	for i := range s.Resources {
		r := &s.Resources[i]
		r.Template = pattern.NewTemplate(r.Raw, pattern.ResourceText, variables)
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		for j := range c.Values {
			c.Values[j] = condition.NewValue(&c.Operator, c.Values[j].Raw, variables)
			d.warnValue(c, &c.Values[j], s.Pointer)
		}
	}
}

// warnValue warns of values that can never match, or that mean something else
// than they seem to.
func (d *decoder) warnValue(c *Condition, v *condition.Value, pointer string) {
	if !v.Valid {
		d.warn(c.Pointer(pointer), c.Line, c.Column, "%q is no value for %s and matches nothing", v.Raw, c.FullName())
	}
	if c.Kind == condition.StringEquals && v.Template.Kind == pattern.Literal && strings.ContainsAny(v.Template.Text, "*?") &&
		v.Raw == v.Template.Text {
		d.warn(c.Pointer(pointer), c.Line, c.Column, "%s takes the wildcard in %q literally", c.FullName(), v.Raw)
	}
}

func (d *decoder) warnAt(at int, pointer, format string, args ...any) {
	line, column := d.Position(at)
	d.warn(pointer, line, column, format, args...)
}

func (d *decoder) warn(pointer string, line, column int, format string, args ...any) {
	d.warnings = append(d.warnings, source.Warning{
		Pointer: pointer, Line: line, Column: column, Message: fmt.Sprintf(format, args...),
	})
}

// NewStandIn returns a document that allows, or denies, everything to
// everybody.
func NewStandIn(name string, deny bool) Document {
	return Document{
		Name: name, Version: "2012-10-17", StandIn: true, lone: true, Public: !deny,
		Statements: []Statement{{
			Deny: deny, Pointer: "/Statement",
			HasResource: true, HasPrincipal: true,
			Actions:    []Action{{Raw: "*", Pattern: pattern.FromGlob("*")}},
			Resources:  []Resource{{Raw: "*", Template: pattern.NewTemplate("*", pattern.GlobText, false)}},
			Principals: []principal.Entry{principal.NewEntry(principal.AWS, "*")},
		}},
	}
}
